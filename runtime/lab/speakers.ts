import { setTimeout as sleep } from "node:timers/promises";
import { birdBackend, printSecrets } from "../../compiler/index.ts";
import { askBird, BirdError } from "../bird/socket.ts";
import { readFileIfAny, writeFileDurably } from "../host/durable-file.ts";
import { spaceCommand, startDaemon } from "../host/network-space.ts";
import type { LabDirectory, SpeakerFiles } from "./directory.ts";
import { LabError } from "./errors.ts";
import { type OutsideSpeaker, outsideSpeakers } from "./outside.ts";
import type { LabPlan } from "./plan.ts";

/** Milliseconds that a daemon may take to open its socket. */
const START_PATIENCE = 10_000;
const POLL = 50;

/** Starts the daemon unless it runs. `-R`: what an earlier one has left in the kernel stays until its peers are back. */
export async function startBird(space: string, files: SpeakerFiles): Promise<void> {
  if (await birdRuns(files)) return;
  const bird = ["bird", "-f", "-R", "-c", files.config, "-s", files.socket];
  startDaemon([...spaceCommand(space), ...bird], files.log);
  for (const end = Date.now() + START_PATIENCE; Date.now() < end; await sleep(POLL))
    if (await birdRuns(files)) return;
  const log = (await readFileIfAny(files.log))?.trim().split("\n").at(-1);
  throw new LabError(`BIRD did not start in ${space}: ${log ?? "it said nothing"}`);
}

/** One that is silent runs: a second daemon would take its socket away. */
export async function birdRuns({ socket }: SpeakerFiles): Promise<boolean> {
  try {
    await askBird(socket, "show status");
    return true;
  } catch (cause) {
    if (cause instanceof BirdError) return cause.kind !== "not-running";
    throw cause;
  }
}

/** What a `bird.conf` includes, by symbol. */
export async function writeSecrets(files: SpeakerFiles, values: ReadonlyMap<string, string>): Promise<void> {
  await writeFileDurably(files.secrets, printSecrets(values), 0o600);
}

/** Writes the configurations of everybody but the nodes, starts or reloads their daemons, and ends others. */
export async function runSpeakers(
  directory: LabDirectory,
  plan: LabPlan,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const speakers = outsideSpeakers(plan);
  for (const speaker of speakers) await load(speaker, directory.router(speaker.name), passwords);
  await endOthers(
    directory,
    speakers.map(({ name }) => name),
  );
}

/** Stops the speakers that nobody peers with any more. */
async function endOthers(directory: LabDirectory, wanted: readonly string[]): Promise<void> {
  for (const name of await directory.routersExcept(wanted)) {
    const files = directory.router(name);
    if (await birdRuns(files)) await askBird(files.socket, "down");
    await directory.removeFilesOf("routers", name);
  }
}

async function load(
  { name, space, config, sessions }: OutsideSpeaker,
  files: SpeakerFiles,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const needed = sessions.flatMap(({ password }) => password ?? []);
  await writeSecrets(files, new Map(needed.map(({ symbol, secret }) => [symbol, passwords[secret]!])));
  const text = birdBackend
    .print(config, name)
    .map((artifact) => artifact.text)
    .join("");
  const before = await readFileIfAny(files.config);
  await writeFileDurably(files.config, text, 0o600);
  const runs = await birdRuns(files);
  if (runs && before !== text) await askBird(files.socket, "configure");
  if (!runs) await startBird(space, files);
}
