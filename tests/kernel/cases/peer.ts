import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Namespace } from "../namespace.ts";
import type { PeerReply, PeerRequest } from "./peer-process.ts";

const PROCESS = fileURLToPath(new URL("./peer-process.ts", import.meta.url));

/** Real sockets in one namespace. Packets alone show neither connections nor whom the other end sees. */
export class Peer {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: PeerReply) => void>();
  #next = 0;

  constructor(namespace: Namespace) {
    this.#child = spawn("ip", ["netns", "exec", namespace.name, process.execPath, PROCESS], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const { id, reply } = JSON.parse(line) as { readonly id: number; readonly reply: PeerReply };
      this.#waiting.get(id)?.(reply);
      this.#waiting.delete(id);
    });
  }

  #ask(request: PeerRequest): Promise<PeerReply> {
    const id = this.#next++;
    const { promise, resolve } = Promise.withResolvers<PeerReply>();
    this.#waiting.set(id, resolve);
    this.#child.stdin!.write(`${JSON.stringify({ id, request })}\n`);
    return promise;
  }

  async listen(protocol: "tcp" | "udp", address: string, port: number): Promise<void> {
    const reply = await this.#ask({ op: "listen", protocol, at: { address, port } });
    if ("error" in reply) throw new Error(`cannot listen on ${address} ${protocol}/${port}: ${reply.error}`);
  }

  /** Opens a TCP connection, or makes a UDP socket; the source port is the kernel's choice. */
  async open(protocol: "tcp" | "udp", source: string, address: string, port: number): Promise<Connection> {
    const connection = this.#next++;
    const opened = await this.#ask({
      op: "open",
      protocol,
      connection,
      source: { address: source, port: 0 },
      at: { address, port },
    });
    return {
      error: "error" in opened ? opened.error : undefined,
      say: () => this.#ask({ op: "say", connection }),
    };
  }

  stop(): void {
    this.#child.kill();
  }
}

export interface Connection {
  /** Why it could not be opened: a code such as `ECONNREFUSED`, or `silence`. */
  readonly error: string | undefined;
  /** Says something and waits for the answer: by which address and port the other end sees this one. */
  readonly say: () => Promise<PeerReply>;
}
