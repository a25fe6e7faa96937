import type { Host } from "../host/host.ts";
import { StepError } from "./errors.ts";
import type { Goal } from "./goal.ts";

const MODE = 0o640;
/** Beside `bird.conf`, which includes it: the host's own, where the passwords of sessions are. */
const SECRETS = "bird.secrets.conf";
/** Seconds after which BIRD goes back by itself, should we die before we confirm. */
const UNDO_TIMEOUT = 60;

/** "Already": sessions of the last change are still going down, and this one comes after them. */
const SWITCHES = /Reconfigured|Reconfiguration in progress|Reconfiguration already in progress, queueing/;

/** What birdc prints before the answer. */
const PREFACE = /^(?:BIRD \S+ ready\.|Reading configuration from .*)$/gm;

/** `FILE:LINE:COLUMN WHY`, or `FILE: WHY` of one that it cannot open. */
const REFUSAL = /^\S+:(?:\d+(?::\d+)?)? \S/;

/** `waits`: no daemon answers, so the file takes effect when one starts. */
export type BirdAnswer = "switched" | "waits";

/** It says what is wrong with the file, and goes on as it was. */
class RefusedFile extends StepError {}

/**
 * Puts the file in the place of `old` (`undefined`: there is none) and has BIRD switch over: it reads the whole file
 * before it changes anything, so a check before would only read it once more. A file that it refuses goes again, so
 * that the one that is there is what BIRD runs with. Without a daemon nothing is switched: on the way back, and on a
 * node that had no file, it reads the file when it starts; a daemon that should run is a failure.
 */
export async function loadBird(
  host: Host,
  text: string,
  goal: Goal,
  old: string | undefined,
): Promise<BirdAnswer> {
  const { config } = goal.bird;
  // On the way back it may never have been replaced, and its directory may be the reason.
  if ((await host.readFile(config)) !== text) await host.writeFile(config, text, MODE);
  try {
    const runs = await birdc(host, goal, `configure timeout ${UNDO_TIMEOUT}`, SWITCHES);
    if (runs) await birdc(host, goal, "configure confirm", /Reconfiguration confirmed/);
    else if (goal.direction === "forward") await checkWithoutDaemon(host, goal, old === undefined);
    return runs ? "switched" : "waits";
  } catch (cause) {
    if (!(cause instanceof RefusedFile)) throw cause;
    if (goal.direction === "forward")
      await (old === undefined ? host.removeFile(config) : host.writeFile(config, old, MODE));
    throw new Error(`${cause.message}${meantLine(cause.message, config, text)}`, { cause });
  }
}

/** What stands at the place in the file that BIRD complains of; empty where it names none. */
function meantLine(complaint: string, config: string, text: string): string {
  const [, after] = complaint.split(`${config}:`);
  const line = text.split("\n")[Number.parseInt(after ?? "", 10) - 1]?.trim();
  if (line === undefined) return "";
  const [, symbol] = /^password (\w+);/.exec(line) ?? [];
  const remedy = symbol === undefined ? "" : `; a line 'define ${symbol} = "…";' in ${SECRETS} says it`;
  return `, at '${line}'${remedy}`;
}

async function checkWithoutDaemon(host: Host, { bird: { config } }: Goal, isFirst: boolean): Promise<void> {
  if (!isFirst)
    throw new StepError(
      "birdc configure",
      "BIRD does not run: start it, or name its socket with --bird-socket",
    );
  const { code, stdout, stderr } = await host.run("bird", ["-p", "-c", config]);
  if (code !== 0)
    throw new RefusedFile("check of bird.conf", withoutSecrets(stderr.trim() || lastLine(stdout)));
}

/** A node that takes no part in BGP has no daemon: there is no configuration for doing nothing. */
export async function stopBird(host: Host, goal: Goal): Promise<void> {
  await birdc(host, goal, "down", /Shutdown requested/);
  await host.removeFile(goal.bird.config);
}

/** False = no daemon runs. What BIRD answered counts, as the exit code does not tell one success from another. */
async function birdc(host: Host, goal: Goal, command: string, agreed: RegExp): Promise<boolean> {
  const socket = goal.bird.socket === undefined ? [] : ["-s", goal.bird.socket];
  const { code, stdout, stderr } = await host.run("birdc", [...socket, ...command.split(" ")]);
  if (code === 0 && agreed.test(stdout)) return true;
  // What the daemon says comes on standard output; the other one is for what birdc itself cannot do.
  const answer = withoutSecrets(lastLine(stdout.replace(PREFACE, "")));
  if (REFUSAL.test(answer)) throw new RefusedFile(`birdc ${command}`, answer);
  const reason = answer || stderr.trim();
  if (code !== 0 && /Unable to connect/.test(reason)) return false;
  throw new StepError(`birdc ${command}`, reason);
}

/** BIRD's complaints quote the file; of one with passwords only the place is told. */
function withoutSecrets(reason: string): string {
  const [place] = /\S*bird\.secrets\S*\.conf:\d+(?::\d+)?/.exec(reason) ?? [];
  return place === undefined
    ? reason
    : `${place} is not understood; its text is not shown, as it may hold a password`;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
