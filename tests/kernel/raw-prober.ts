import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("./raw-prober.py", import.meta.url));

/** A packet to be sent, as `raw-prober.py` reads it; what a protocol does not have is null. */
export interface RawPacket {
  readonly id: number;
  /** Name of the space that sends it. */
  readonly from: string;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  readonly type: number | null;
  readonly code: number | null;
}

interface Reply {
  readonly error?: string;
  readonly arrived?: readonly (readonly [space: string, id: number])[];
}

/** The process behind `raw-prober.py`. Requests are answered in their order. */
export class RawProber {
  readonly #child: ChildProcess;
  readonly #waiting: PromiseWithResolvers<Reply>[] = [];
  #ended: Error | undefined;

  constructor() {
    this.#child = spawn("python3", [PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.once("error", (error) => this.#end(error));
    this.#child.once("exit", (code, signal) =>
      this.#end(new Error(`the raw prober ended (${signal ?? code})`)),
    );
    this.#child.stdin!.on("error", (error) => this.#end(error));
    createInterface({ input: this.#child.stdout! }).on("line", (line) =>
      this.#waiting.shift()?.resolve(JSON.parse(line) as Reply),
    );
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }

  async #ask(request: object): Promise<Reply> {
    if (this.#ended !== undefined) throw this.#ended;
    const waiting = Promise.withResolvers<Reply>();
    this.#waiting.push(waiting);
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
    const reply = await waiting.promise;
    if (reply.error !== undefined) throw new Error(`raw prober: ${reply.error}`);
    return reply;
  }

  /** Takes a namespace in: behind `device` if given, else as the host whose own stack sends and receives. */
  async open(space: string, netns: string, device?: string): Promise<void> {
    await this.#ask({ op: "open", space, netns, device: device ?? null });
  }

  async forget(space: string): Promise<void> {
    await this.#ask({ op: "close", space });
  }

  /** Sends all of them; returns the spaces that each id arrived in. `quiet`: milliseconds of silence that end it. */
  async probe(packets: readonly RawPacket[], quiet: number): Promise<ReadonlyMap<number, readonly string[]>> {
    const { arrived = [] } = await this.#ask({ op: "probe", packets, quiet: quiet / 1000 });
    const spaces = new Map<number, string[]>();
    for (const [space, id] of arrived) spaces.set(id, [...(spaces.get(id) ?? []), space]);
    return spaces;
  }

  stop(): void {
    this.#child.kill();
  }
}
