import type { Host, HostLock, ToolOptions } from "../../runtime/host/host.ts";
import type { ToolResult } from "../../runtime/host/run.ts";

/** A host whose calls that change something are clocked, one by one. */
export class MeteredHost implements Host {
  readonly iptablesVariant: "nft" | "legacy";
  readonly stateDirectory: string;
  /** Milliseconds that tools took to write since `reset`. */
  written = 0;
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
    this.iptablesVariant = host.iptablesVariant;
    this.stateDirectory = host.stateDirectory;
  }

  reset(): void {
    this.written = 0;
  }

  async run(tool: string, args: readonly string[], options?: ToolOptions): Promise<ToolResult> {
    const start = performance.now();
    const result = await this.#host.run(tool, args, options);
    const writes = /-restore$/.test(tool) || args[0] === "restore" || args.includes("-batch");
    // The same tools list, too.
    const lists = args.includes("-j") || /^-S /m.test(options?.input ?? "");
    if (writes && !lists) this.written += performance.now() - start;
    return result;
  }

  readFile(path: string): Promise<string | undefined> {
    return this.#host.readFile(path);
  }

  writeFile(path: string, text: string, mode: number): Promise<void> {
    return this.#host.writeFile(path, text, mode);
  }

  removeFile(path: string): Promise<void> {
    return this.#host.removeFile(path);
  }

  lock(path: string): Promise<HostLock | undefined> {
    return this.#host.lock(path);
  }

  bootId(): Promise<string> {
    return this.#host.bootId();
  }
}
