import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { execa } from "execa";
import type { HostLock } from "./host.ts";

const HELD_BY_ANOTHER = 75;
/** Seconds; a holder whose process has just been killed needs a moment to notice. */
const PATIENCE = "0.3";

/**
 * Node has no flock(2). `flock` runs `cat` under the lock: the line that comes back says that the lock is held, and
 * the end of our side of the pipe, by `release` or by our death, ends `cat` and with it the lock.
 */
export async function flock(path: string): Promise<HostLock | undefined> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const holder = execa(
    "flock",
    ["--timeout", PATIENCE, "--conflict-exit-code", `${HELD_BY_ANOTHER}`, "--no-fork", path, "cat"],
    // In a session of its own: Ctrl-C at the terminal is for us, and must not free the lock while we tidy up.
    { reject: false, buffer: false, detached: true, stdin: "pipe", stdout: "pipe", stderr: "ignore" },
  );
  // A holder that has already ended cannot take the line; its exit code tells the reason.
  holder.stdin.on("error", () => undefined);
  holder.stdin.write("held\n");
  const held = new Promise<boolean>((resolve) => holder.stdout.once("data", () => resolve(true)));
  const ended = holder.then((result) => result);
  const first = await Promise.race([held, ended]);
  if (first === true)
    return {
      release: async () => {
        holder.stdin.end();
        await ended;
      },
    };
  if (first !== false && first.exitCode === HELD_BY_ANOTHER) return undefined;
  throw new Error(`cannot lock ${path}: ${first === false ? "" : (first.shortMessage ?? "flock ended")}`);
}
