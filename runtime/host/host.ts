import type { ToolResult } from "./run.ts";

export interface ToolOptions {
  /** Text for standard input. */
  readonly input?: string;
  /** Milliseconds after which the tool is killed; 30 s unless given. */
  readonly timeout?: number;
}

/** Held until `release`, or until the process that took it ends, however it ends. */
export interface HostLock {
  release(): Promise<void>;
}

/**
 * One machine as the applier sees it: tools that it runs, files that it keeps, one lock. Two implementations pass one
 * contract suite: `LinuxHost`, and `FakeHost`, which holds a kernel in memory and can be made to fail anywhere.
 */
export interface Host {
  /** Which of the two iptables this host filters with; both tools may be installed. */
  readonly iptablesVariant: "nft" | "legacy";
  /** Absolute; holds journal, history and lock, for root alone. */
  readonly stateDirectory: string;
  /** Runs one stock tool. A non-zero exit is a result, a missing tool too; `code` is `undefined` when it was killed. */
  run(tool: string, args: readonly string[], options?: ToolOptions): Promise<ToolResult>;
  /** `undefined` = there is no such file. Throws for anything else that keeps it from being read. */
  readFile(path: string): Promise<string | undefined>;
  /**
   * Old content or new, never a part, and durable when it returns: written beside, synced, renamed, directory synced.
   * Of the directory's group; makes missing directories with mode 0700. Throws when the disk is full or not writable;
   * then nothing has changed.
   */
  writeFile(path: string, text: string, mode: number): Promise<void>;
  /** Durable when it returns; that there is no such file is no error. */
  removeFile(path: string): Promise<void>;
  /** `undefined` = another process holds it. Waits for a killed holder to be gone, not for a live one. */
  lock(path: string): Promise<HostLock | undefined>;
  /** Differs after every boot of the kernel. */
  bootId(): Promise<string>;
}
