import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { BirdSecret } from "../../compiler/index.ts";
import { askBird, BirdError } from "../bird/socket.ts";
import { readFileIfAny, writeFileDurably } from "../host/durable-file.ts";
import { startDaemon } from "../host/network-space.ts";
import type { LabDirectory, SpeakerFiles } from "./directory.ts";
import { LabError } from "./errors.ts";
import type { LabPlan, RouterSession, Speaker } from "./plan.ts";
import {
  routerConfig,
  SPINE_AS,
  type SpineSession,
  secretSymbol,
  spineConfig,
  workloadConfig,
} from "./router-config.ts";
import { nameOfSecret } from "./secrets.ts";

/** Milliseconds that a daemon may take to open its socket. */
const START_PATIENCE = 10_000;
const POLL = 50;
/** Of RFC 5737; for speakers that have no IPv4 address. */
const ROUTER_ID_PREFIX = "198.51.100";
const FABRIC = "fabric";

/** Starts the daemon unless it runs. `-R`: what an earlier one has left in the kernel stays until its peers are back. */
export async function startBird(space: string, files: SpeakerFiles): Promise<void> {
  if (await birdRuns(files)) return;
  startDaemon(space, "bird", ["-f", "-R", "-c", files.config, "-s", files.socket], files.log);
  for (const end = Date.now() + START_PATIENCE; Date.now() < end; await sleep(POLL))
    if (await birdRuns(files)) return;
  const log = (await readFileIfAny(files.log))?.trim().split("\n").at(-1);
  throw new LabError(`BIRD did not start in ${space}: ${log ?? "it said nothing"}`);
}

export async function birdRuns({ socket }: SpeakerFiles): Promise<boolean> {
  try {
    await askBird(socket, "show status");
    return true;
  } catch (cause) {
    if (cause instanceof BirdError) return false;
    throw cause;
  }
}

/** The values that `secrets` stand for in the lab, made up where they are new. */
export async function passwordsFor(
  directory: LabDirectory,
  secrets: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const known = await directory.readPasswords();
  const missing = secrets.filter((secret) => known[secret] === undefined);
  if (missing.length === 0) return known;
  const all = { ...known };
  for (const secret of missing) all[secret] = randomBytes(12).toString("hex");
  await directory.writePasswords(all);
  return all;
}

/** What a node's `bird.conf` includes. */
export async function writeNodeSecrets(
  files: SpeakerFiles,
  secrets: readonly BirdSecret[],
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const lines = secrets.map(({ symbol, ref }) => `define ${symbol} = "${passwords[nameOfSecret(ref)]}";\n`);
  await writeFileDurably(files.secrets, lines.join(""), 0o600);
}

/** Writes the configurations of everybody but the nodes, starts or reloads their daemons, and ends others. */
export async function runSpeakers(
  directory: LabDirectory,
  plan: LabPlan,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const spine = spineSessions(plan);
  for (const [i, router] of plan.routers.entries()) {
    const own = spine.find(({ remote }) => remote === router.name);
    const config = routerConfig(router, routerId(router, i), own && reversed(own));
    await load(router.space, directory.router(router.name), config, router.sessions, passwords);
  }
  for (const [i, speaker] of plan.workloadSpeakers.entries()) {
    const config = workloadConfig(speaker, routerId(speaker, plan.routers.length + i));
    await load(speaker.space, directory.router(speaker.name), config, speaker.sessions, passwords);
  }
  const fabric = directory.router(FABRIC);
  if (spine.length > 0)
    await load(plan.fabric.space, fabric, spineConfig(`${ROUTER_ID_PREFIX}.254`, spine), [], passwords);
  const wanted = [...plan.routers, ...plan.workloadSpeakers].map(({ name }) => name);
  await endOthers(directory, spine.length > 0 ? [...wanted, FABRIC] : wanted);
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
  space: string,
  files: SpeakerFiles,
  config: string,
  sessions: readonly RouterSession[],
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const secrets = new Set(sessions.flatMap(({ secret }) => secret ?? []));
  const defines = [...secrets].map((secret) => `define ${secretSymbol(secret)} = "${passwords[secret]}";\n`);
  await mkdir(files.directory, { recursive: true, mode: 0o700 });
  await writeFileDurably(files.secrets, defines.join(""), 0o600);
  const before = await readFileIfAny(files.config);
  await writeFileDurably(files.config, config, 0o600);
  const runs = await birdRuns(files);
  if (runs && before !== config) await askBird(files.socket, "configure");
  if (!runs) await startBird(space, files);
}

/** The fabric's sessions with the routers, as the fabric sees them; one router alone has nobody to tell. */
function spineSessions(plan: LabPlan): readonly SpineSession[] {
  if (plan.routers.length < 2) return [];
  const own = new Set(plan.fabric.segments.flatMap(({ gateways }) => gateways.map(withoutLength)));
  return plan.routers.flatMap(({ name, gateways, sessions }) => {
    const version = name.includes(":") ? 6 : 4;
    const local = gateways.find((gateway) => own.has(gateway) && gateway.includes(":") === (version === 6));
    const [first] = sessions;
    return local === undefined || first === undefined
      ? []
      : [{ local, remote: name, remoteAs: first.localAs }];
  });
}

function reversed({ local, remote }: SpineSession): SpineSession {
  return { local: remote, remote: local, remoteAs: SPINE_AS };
}

function routerId({ name }: Speaker, i: number): string {
  return name.includes(":") ? `${ROUTER_ID_PREFIX}.${i + 1}` : name;
}

function withoutLength(address: string): string {
  return address.replace(/\/\d+$/, "");
}
