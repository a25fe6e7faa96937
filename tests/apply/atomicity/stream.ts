import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { RawPacket } from "../../kernel/raw-prober.ts";

const PROGRAM = fileURLToPath(new URL("./stream-prober.py", import.meta.url));

/** What differs from probe to probe is the source port, so that each is a connection of its own. */
export interface Flow extends Omit<RawPacket, "id" | "sourcePort"> {
  /** Space where it shall arrive. */
  readonly to: string;
}

export interface Space {
  readonly space: string;
  readonly netns: string;
  /** `null` = the host under test, whose own stack sends and receives. */
  readonly device: string | null;
}

/** Probes that were sent one right after the other; times of the monotonic clock in nanoseconds. */
export interface Burst {
  /** Number of its first probe; probe n is of flow n modulo the number of flows. */
  readonly first: number;
  readonly sent: number;
  readonly until: number;
  readonly arrived: readonly boolean[];
}

/** Packets sent at `rate` a second until `stop`; `tell` is called for each burst some seconds after it was sent. */
export class Stream {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #late = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, "close");
  }

  static async start(
    order: { readonly spaces: readonly Space[]; readonly flows: readonly Flow[]; readonly rate: number },
    tell: (burst: Burst) => void,
  ): Promise<Stream> {
    const child = spawn("python3", [PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
    const stream = new Stream(child);
    const ready = Promise.withResolvers<void>();
    child.once("close", (code) => ready.reject(new Error(`the stream ended (${code})`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const said = JSON.parse(line) as { arrived?: string; late: number } & Omit<Burst, "arrived">;
      if (said.arrived === undefined) return ready.resolve();
      stream.#late = said.late;
      tell({ ...said, arrived: [...Buffer.from(said.arrived, "hex")].map((byte) => byte === 1) });
    });
    child.stdin!.write(`${JSON.stringify(order)}\n`);
    await ready.promise;
    return stream;
  }

  /** Ends the stream once all is told. Throws where packets came later than anybody waited: they counted as lost. */
  async stop(): Promise<void> {
    this.#child.stdin!.end();
    await this.#ended;
    if (this.#child.exitCode !== 0) throw new Error(`the stream ended (${this.#child.exitCode})`);
    if (this.#late > 0) throw new Error(`${this.#late} packets came too late: this machine is too busy`);
  }

  /** For the way out of a test that has failed. */
  kill(): void {
    this.#child.kill();
  }
}
