import { spawn } from "node:child_process";
import { closeSync, openSync, realpathSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/** The descriptor on which the new process says that it runs. */
export const READY_FD = 3;

/** Milliseconds that it may take to start. */
const PATIENCE = 30_000;

export interface Detached {
  /** Words of the command line after the program's own name. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it prints is appended here; made with mode 0600. */
  readonly log: string;
}

/**
 * Starts this same program once more, in a session of its own: it outlives us, our terminal and any signal that is
 * meant for either. Returns once it has written to `READY_FD`; throws where it does not come to that.
 */
export async function startDetached({ args, env, log }: Detached): Promise<void> {
  const program = realpathSync(process.argv[1] ?? "");
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  const output = openSync(log, "a", 0o600);
  const child = spawn(process.execPath, [program, ...args], {
    detached: true,
    cwd: "/",
    env: { ...process.env, ...env },
    stdio: ["ignore", output, output, "pipe"],
  });
  closeSync(output);
  const pipe = child.stdio[READY_FD];
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("it does not start in time")), PATIENCE);
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`it ended at once; see ${log}`)));
      pipe?.once("data", () => resolve());
    });
  } catch (cause) {
    child.kill("SIGKILL");
    throw cause;
  } finally {
    clearTimeout(timer);
    pipe?.destroy();
    child.removeAllListeners();
    child.unref();
  }
}
