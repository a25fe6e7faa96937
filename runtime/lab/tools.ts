import { availableParallelism } from "node:os";
import { mapAtOnce } from "../at-once.ts";
import { type RunOptions, runTool } from "../host/run.ts";
import { LabError } from "./errors.ts";

/** Runs a tool; what it refuses is a `LabError`. */
export async function must(tool: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  // What we start dies with us, so that a lab never goes on being built by nobody.
  const result = await runTool("setpriv", ["--pdeathsig", "KILL", tool, ...args], options);
  if (result.code !== 0)
    throw new LabError(`${tool} ${args.join(" ")} failed: ${result.stderr.trim() || result.stdout.trim()}`);
  return result.stdout;
}

/** Runs `ip` commands, one a line, inside a namespace; nothing to do is no error. */
export async function ipBatch(space: string | undefined, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  const where = space === undefined ? [] : ["-n", space];
  await must("ip", [...where, "-batch", "-"], { input: `${commands.join("\n")}\n` });
}

/** Deletes those of the devices that are there. */
export async function deleteLinks(space: string, devices: readonly string[]): Promise<void> {
  if (devices.length === 0) return;
  const input = devices.map((device) => `link delete ${device}\n`).join("");
  await runTool("ip", ["-n", space, "-force", "-batch", "-"], { input });
}

/** Sets kernel parameters inside a namespace: `net.ipv4.ip_forward=1`. */
export async function sysctl(space: string, settings: readonly string[]): Promise<void> {
  await must("sysctl", ["-q", "-w", ...settings], { netns: space });
}

/** Runs the tasks a few at a time, little more than there are processors: see `mapAtOnce`. */
export function inParallel<T, R>(items: readonly T[], task: (item: T) => Promise<R>): Promise<readonly R[]> {
  return mapAtOnce(availableParallelism() + 1, items, task);
}
