import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { runTool } from "./run.ts";

/** How long processes that are asked to end may take before they are killed, in milliseconds. */
const PATIENCE = 1500;
const POLL = 30;

const WIREGUARD_SOCKETS = "/var/run/wireguard";

/**
 * What runs a command inside a network namespace. `wireguardSockets`: the directory that it sees as
 * `/var/run/wireguard`: userspace devices have their sockets there by name, whatever their namespace, so that equal
 * names in two of them would be in each other's way.
 */
export function spaceCommand(space: string, wireguardSockets?: string): readonly string[] {
  const enter = ["ip", "netns", "exec", space];
  if (wireguardSockets === undefined) return enter;
  // `ip netns exec` has made a mount namespace of the command's own.
  const script = `mkdir -p ${WIREGUARD_SOCKETS} && mount --bind "$0" ${WIREGUARD_SOCKETS} && exec "$@"`;
  return [...enter, "sh", "-c", script, wireguardSockets];
}

/** Names of the network namespaces on this machine that `ip netns` knows. */
export async function networkSpaces(): Promise<ReadonlySet<string>> {
  return new Set(await readdir("/run/netns").catch(() => []));
}

/** Process ids by the name of the network namespace that they are in; only of the namespaces named. */
export async function processesIn(
  spaces: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  const byInode = new Map<number, string>();
  for (const space of spaces) {
    const found = await stat(`/run/netns/${space}`).catch(() => undefined);
    if (found !== undefined) byInode.set(found.ino, space);
  }
  const processes = new Map<string, number[]>();
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    // A process may end between the listing and the look.
    const own = await stat(`/proc/${entry}/ns/net`).catch(() => undefined);
    const space = own && byInode.get(own.ino);
    if (space !== undefined) processes.set(space, [...(processes.get(space) ?? []), Number(entry)]);
  }
  return processes;
}

/** Ends every process in the namespaces: asked first, killed when it takes too long. */
export async function endProcesses(spaces: readonly string[]): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (let signal: NodeJS.Signals = "SIGTERM"; ; signal = Date.now() < end ? "SIGTERM" : "SIGKILL") {
    const left = [...(await processesIn(spaces)).values()].flat();
    if (left.length === 0) return;
    for (const pid of left) signalTo(pid, signal);
    await sleep(POLL);
  }
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (cause) {
    // It has ended by itself.
    if (!(cause instanceof Error && "code" in cause && cause.code === "ESRCH")) throw cause;
  }
}

/** Ends what runs in the namespaces, and removes them with all their devices; one that is not there is no error. */
export async function removeNetworkSpaces(spaces: readonly string[]): Promise<void> {
  await endProcesses(spaces);
  const present = await networkSpaces();
  for (const space of spaces) {
    if (!present.has(space)) continue;
    const { code, stderr } = await runTool("ip", ["netns", "delete", space]);
    if (code !== 0) throw new Error(`cannot remove network namespace ${space}: ${stderr.trim()}`);
  }
}

/** Starts a daemon that outlives us, in a session of its own; what it prints is appended to `log`. */
export function startDaemon([tool = "", ...args]: readonly string[], log: string): void {
  const output = openSync(log, "a", 0o600);
  try {
    spawn(tool, args, {
      detached: true,
      cwd: "/",
      stdio: ["ignore", output, output],
    }).unref();
  } finally {
    closeSync(output);
  }
}

/** Runs a command at the caller's terminal; its exit code, 128 + signal where it was killed. */
export async function runInteractively(
  [tool = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const child = await execa(tool, args, {
    reject: false,
    stdio: "inherit",
    env,
  });
  return child.exitCode ?? 128 + 1;
}
