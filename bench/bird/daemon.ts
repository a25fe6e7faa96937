import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { runTool } from "../../runtime/host/run.ts";

/** One BIRD in a network namespace, with its files in a directory of the caller's. */
export class Daemon {
  readonly config: string;
  readonly socket: string;
  readonly #child: ChildProcess;

  private constructor(config: string, socket: string, child: ChildProcess) {
    this.config = config;
    this.socket = socket;
    this.#child = child;
  }

  static async start(netns: string, directory: string, name: string, text: string): Promise<Daemon> {
    const config = join(directory, `${name}.conf`);
    const socket = join(directory, `${name}.ctl`);
    await writeFile(config, text);
    const args = ["netns", "exec", netns, "bird", "-f", "-c", config, "-s", socket];
    return new Daemon(config, socket, spawn("ip", args, { stdio: "ignore" }));
  }

  async birdc(...command: readonly string[]): Promise<string> {
    return (await runTool("birdc", ["-s", this.socket, ...command])).stdout;
  }

  async until(command: string, holds: (answer: string) => boolean): Promise<void> {
    const end = performance.now() + 120_000;
    while (!holds(await this.birdc(...command.split(" ")))) {
      if (performance.now() > end) throw new Error(`${command} never showed what was waited for`);
      await sleep(50);
    }
  }

  /** Resident memory in MB. */
  async memory(): Promise<number> {
    const status = await readFile(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1024;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL");
    await ended;
  }
}
