import { readFile } from "node:fs/promises";
import { readFileIfAny, removeFileDurably, writeFileDurably } from "./durable-file.ts";
import type { Host, HostLock, ToolOptions } from "./host.ts";
import { flock } from "./lock.ts";
import { spaceCommand } from "./network-space.ts";
import { runTool, type ToolResult } from "./run.ts";

const DEFAULT_STATE_DIRECTORY = "/var/lib/calico/apply";

export interface LinuxHostOptions {
  readonly iptablesVariant: "nft" | "legacy";
  /** Tools run in this network namespace, by name; files are the machine's in any case. */
  readonly netns?: string;
  /** With `netns`: see `spaceCommand`. */
  readonly wireguardSockets?: string;
  /** Else `CALICO_STATE_DIR`, else `/var/lib/calico/apply`. */
  readonly stateDirectory?: string;
}

/** The machine that this process runs on. */
export class LinuxHost implements Host {
  readonly iptablesVariant: "nft" | "legacy";
  readonly stateDirectory: string;
  readonly #enter: readonly string[];

  constructor(options: LinuxHostOptions) {
    this.iptablesVariant = options.iptablesVariant;
    this.#enter = options.netns === undefined ? [] : spaceCommand(options.netns, options.wireguardSockets);
    this.stateDirectory = options.stateDirectory ?? process.env.CALICO_STATE_DIR ?? DEFAULT_STATE_DIRECTORY;
  }

  /** The tool dies with us: once our lock is free, nothing that we started may still write. */
  async run(tool: string, args: readonly string[], options: ToolOptions = {}): Promise<ToolResult> {
    return runTool("setpriv", ["--pdeathsig", "KILL", ...this.#enter, tool, ...args], options);
  }

  async readFile(path: string): Promise<string | undefined> {
    return readFileIfAny(path);
  }

  async writeFile(path: string, text: string, mode: number): Promise<void> {
    await writeFileDurably(path, text, mode);
  }

  async removeFile(path: string): Promise<void> {
    await removeFileDurably(path);
  }

  async lock(path: string): Promise<HostLock | undefined> {
    return flock(path);
  }

  async bootId(): Promise<string> {
    return (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  }
}
