import type { Host, HostLock, ToolOptions } from "../host.ts";
import type { ToolResult } from "../run.ts";
import { FakeKernel } from "./kernel.ts";

/**
 * What goes wrong at one call. `half`: a tool does the first half of its input, then fails. `late`: it does everything
 * and is killed by the timeout before it can say so. `garbage`: it does everything and prints nonsense, or a file
 * reads as nonsense. The `kill-…` ones end the process that calls, before, in the middle of, or after the call.
 */
export type Fault =
  | "fail"
  | "half"
  | "hang"
  | "late"
  | "garbage"
  | "kill-before"
  | "kill-half"
  | "kill-after";

/** The process that uses the host is dead: nothing that it still tries has any effect. */
export class Killed extends Error {}

/** What outlives a process: the kernel until the next boot, the disk for ever. */
export class FakeMachine {
  readonly files = new Map<string, string>();
  kernel = new FakeKernel((path) => this.files.get(path));
  boots = 1;
  /** By the path of the lock. */
  readonly lockHolders = new Map<string, FakeHost>();

  /** A process of its own on this machine. */
  host(fault?: { readonly call: number; readonly fault: Fault }): FakeHost {
    return new FakeHost(this, fault);
  }

  /** The same machine in another world, with no process on it. */
  copy(): FakeMachine {
    const copy = new FakeMachine();
    for (const [path, text] of this.files) copy.files.set(path, text);
    copy.kernel.copyFrom(this.kernel);
    copy.boots = this.boots;
    return copy;
  }

  /** Kernel and daemons start empty; processes are gone, files stay. */
  reboot(): void {
    this.kernel = new FakeKernel((path) => this.files.get(path));
    this.boots++;
    this.lockHolders.clear();
  }
}

/** A process's view of a machine in memory, with one fault injected where it is wanted. */
export class FakeHost implements Host {
  readonly iptablesVariant = "nft";
  readonly stateDirectory = "/state";
  /** What was asked, in order; the index is what `call` of a fault counts. */
  readonly calls: string[] = [];
  readonly #machine: FakeMachine;
  readonly #fault: { readonly call: number; readonly fault: Fault } | undefined;
  #dead = false;

  constructor(machine: FakeMachine, fault: { readonly call: number; readonly fault: Fault } | undefined) {
    this.#machine = machine;
    this.#fault = fault;
  }

  async run(tool: string, args: readonly string[], { input = "" }: ToolOptions = {}): Promise<ToolResult> {
    const { kernel } = this.#machine;
    const lines = input.split("\n");
    return this.#call([tool, ...args].join(" "), {
      whole: () => kernel.run(tool, args, input),
      half: () => {
        kernel.run(tool, args, lines.slice(0, Math.ceil(lines.length / 2)).join("\n"));
        return { code: 1, stdout: "", stderr: "stopped half way\n" };
      },
      fail: () => ({ code: 1, stdout: "", stderr: "injected failure\n" }),
      hang: () => ({ code: undefined, stdout: "", stderr: "Command timed out\n" }),
      garbage: (result) => ({ ...result, stdout: "*%\u0000 nonsense" }),
    });
  }

  async readFile(path: string): Promise<string | undefined> {
    const { files } = this.#machine;
    return this.#call(`read ${path}`, {
      whole: () => files.get(path),
      garbage: (text) => (text === undefined ? undefined : "*%\u0000 nonsense"),
      ...brokenDisk("EIO: i/o error"),
    });
  }

  async writeFile(path: string, text: string): Promise<void> {
    return this.#call(`write ${path}`, {
      whole: () => void this.#machine.files.set(path, text),
      garbage: () => undefined,
      ...brokenDisk("ENOSPC: no space left on device"),
    });
  }

  async removeFile(path: string): Promise<void> {
    return this.#call(`remove ${path}`, {
      whole: () => void this.#machine.files.delete(path),
      garbage: () => undefined,
      ...brokenDisk("EROFS: read-only file system"),
    });
  }

  async lock(path: string): Promise<HostLock | undefined> {
    if (this.#dead) throw new Killed();
    const { lockHolders } = this.#machine;
    if (lockHolders.has(path)) return undefined;
    lockHolders.set(path, this);
    return {
      release: async () => {
        if (lockHolders.get(path) === this) lockHolders.delete(path);
      },
    };
  }

  async bootId(): Promise<string> {
    return `boot-${this.#machine.boots}`;
  }

  /** Whether the fault was reached. */
  get faulted(): boolean {
    return this.#fault !== undefined && this.calls.length > this.#fault.call;
  }

  #call<T>(
    what: string,
    ways: {
      readonly whole: () => T;
      readonly half: () => T;
      readonly fail: () => T;
      readonly hang: () => T;
      readonly garbage: (result: T) => T;
    },
  ): T {
    if (this.#dead) throw new Killed();
    const isHere = this.#fault?.call === this.calls.length;
    this.calls.push(what);
    const fault = isHere ? this.#fault?.fault : undefined;
    switch (fault) {
      case undefined:
        return ways.whole();
      case "fail":
      case "half":
      case "hang":
        return ways[fault]();
      case "late":
        ways.whole();
        return ways.hang();
      case "garbage":
        return ways.garbage(ways.whole());
      case "kill-before":
        return this.#die();
      case "kill-half":
        // A file is old or new; there is no half to see.
        if (!/^(read|write|remove) /.test(what)) ways.half();
        return this.#die();
      case "kill-after":
        ways.whole();
        return this.#die();
    }
  }

  #die(): never {
    this.#dead = true;
    for (const [path, holder] of this.#machine.lockHolders)
      if (holder === this) this.#machine.lockHolders.delete(path);
    throw new Killed();
  }
}

function brokenDisk(reason: string) {
  const broken = (): never => {
    throw new Error(reason);
  };
  return { half: broken, fail: broken, hang: broken };
}
