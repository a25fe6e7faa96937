import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runTool } from "../../runtime/host/run.ts";
import type { ProberReply, ProberRequest, ProbeTarget } from "./prober.ts";

const PROBER = fileURLToPath(new URL("./prober.ts", import.meta.url));
let serial = 0;

/** One network namespace of a test, with a prober inside on demand. Removed by `close`, whatever happened. */
export class Namespace {
  readonly name: string;
  #prober: Promise<Prober> | undefined;

  private constructor(name: string) {
    this.name = name;
  }

  static async create(role: string): Promise<Namespace> {
    const namespace = new Namespace(
      `ct${process.pid}-${serial++}-${role.replaceAll(/[^\w-]/g, "-")}`.slice(0, 60),
    );
    await must("ip", ["netns", "add", namespace.name]);
    await namespace.run("ip", ["link", "set", "lo", "up"]);
    return namespace;
  }

  /** Runs a tool inside; a failure is the test's failure. */
  async run(tool: string, args: readonly string[], input?: string): Promise<string> {
    return must(tool, args, { netns: this.name, ...(input === undefined ? {} : { input }) });
  }

  async prober(): Promise<Prober> {
    this.#prober ??= Prober.start(this.name);
    return this.#prober;
  }

  async close(): Promise<void> {
    (await this.#prober?.catch(() => undefined))?.stop();
    await runTool("ip", ["netns", "delete", this.name]);
  }
}

async function must(tool: string, args: readonly string[], options: Parameters<typeof runTool>[2] = {}) {
  const result = await runTool(tool, args, options);
  if (result.code !== 0)
    throw new Error(
      `${tool} ${args.join(" ")} failed (${result.code}): ${result.stderr.trim() || result.stdout}`,
    );
  return result.stdout;
}

/** The prober process of one namespace. */
export class Prober {
  readonly #child: ChildProcess;
  readonly #received = new Set<number>();
  readonly #waiting = new Map<number, (outcome: string) => void>();
  readonly #listening: ((error: string | undefined) => void)[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(netns: string): Promise<Prober> {
    const child = spawn("ip", ["netns", "exec", netns, process.execPath, PROBER], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const prober = new Prober(child);
    const ready = Promise.withResolvers<void>();
    child.once("error", ready.reject);
    child.once("exit", () => ready.reject(new Error(`the prober of ${netns} ended`)));
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const reply = JSON.parse(line) as ProberReply;
      if (reply.event === "ready") ready.resolve();
      else prober.#handle(reply);
    });
    await ready.promise;
    return prober;
  }

  #handle(reply: Exclude<ProberReply, { event: "ready" }>): void {
    if (reply.event === "listening") this.#listening.shift()?.(reply.error);
    else if (reply.event === "received") this.#received.add(reply.id);
    else {
      this.#waiting.get(reply.id)?.(reply.outcome);
      this.#waiting.delete(reply.id);
    }
  }

  #ask(request: ProberRequest): void {
    this.#child.stdin!.write(`${JSON.stringify(request)}\n`);
  }

  async listen(protocol: "tcp" | "udp", address: string, port: number): Promise<void> {
    const done = Promise.withResolvers<string | undefined>();
    this.#listening.push(done.resolve);
    this.#ask({ op: "listen", protocol, address, port });
    const error = await done.promise;
    if (error !== undefined) throw new Error(`cannot listen on ${address} ${protocol}/${port}: ${error}`);
  }

  async probe(id: number, target: ProbeTarget, timeout: number): Promise<string> {
    const done = Promise.withResolvers<string>();
    this.#waiting.set(id, done.resolve);
    this.#ask({ op: "probe", id, timeout, ...target });
    return done.promise;
  }

  received(id: number): boolean {
    return this.#received.has(id);
  }

  stop(): void {
    this.#child.kill();
  }
}
