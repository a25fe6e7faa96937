import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { missingForKernelTests } from "../kernel/requirements.ts";

const INIT = fileURLToPath(new URL("./init.sh", import.meta.url));

/** Why no user-mode Linux can be tried here, or `undefined`. That one does not boot shows only then: `NotBooted`. */
export const missingForUml = missingForKernelTests(["linux.uml", "modprobe", "insmod", "pivot_root"]);

/** The kernel of user-mode Linux did not come so far as to start anything. The message has its last words. */
export class NotBooted extends Error {}

/**
 * Boots Debian's user-mode Linux on the host's files, read-only below memory, without any network to the outside, and
 * runs a bundled `program` with Node.js as root, with `directory` as its argument: an absolute path of the host's that
 * both can write. Gives what the program has printed. `timeout` in milliseconds, after which the machine is killed.
 */
export async function runInUml(program: string, directory: string, timeout: number): Promise<string> {
  const child = spawn(
    "linux.uml",
    [
      ...["mem=512M", "root=none", "rootfstype=hostfs", "hostfs=/", "ro"],
      ...["con=null", "con0=null,fd:1", `uml_dir=${directory}/`, "umid=machine"],
      ...["init=/bin/sh", "--", INIT, directory, process.execPath, program],
    ],
    // Its processes are a group of their own, to be killed as one.
    { stdio: ["ignore", "pipe", "pipe"], detached: true },
  );
  const kill = () => {
    try {
      process.kill(-child.pid!, "SIGKILL");
    } catch {
      // It has ended.
    }
  };
  const timer = setTimeout(kill, timeout);
  process.once("exit", kill);
  let console = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => {
      console += data.toString();
    });
  try {
    await once(child, "close");
  } finally {
    clearTimeout(timer);
    process.off("exit", kill);
    kill();
  }
  if (!existsSync(join(directory, "booted")))
    throw new NotBooted(`user-mode Linux does not boot here: ${console.trim().split("\n").at(-1)}`);
  return readFile(join(directory, "log"), "utf8");
}
