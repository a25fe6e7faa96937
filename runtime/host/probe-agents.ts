import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { AgentReply, AgentRequest } from "./probe-agent.ts";

type Question = AgentRequest extends infer R ? (R extends AgentRequest ? Omit<R, "id"> : never) : never;

/** The agent process of one network namespace; it ends with us. */
export class ProbeAgent {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (reply: AgentReply) => void>();
  #serial = 0;
  #ended: Error | undefined;

  /** `command`: what starts `runProbeAgent` in a process of its own. */
  constructor(space: string, command: readonly string[]) {
    this.#child = spawn("ip", ["netns", "exec", space, ...command], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const reply = JSON.parse(line) as AgentReply;
      this.#waiting.get(reply.id)?.(reply);
      this.#waiting.delete(reply.id);
    });
    const end = (reason: string) => {
      this.#ended = new Error(`the prober in network namespace ${space} ended: ${reason}`);
      for (const [id, resolve] of this.#waiting) resolve({ id, reached: false, error: this.#ended.message });
      this.#waiting.clear();
    };
    this.#child.once("error", ({ message }) => end(message));
    this.#child.once("exit", (code, signal) => end(signal ?? `exit code ${code}`));
    this.#child.stdin!.on("error", () => undefined);
  }

  /** Whether it was reached, or listens. Throws where that could not be tried. */
  async ask(question: Question): Promise<boolean> {
    if (this.#ended !== undefined) throw this.#ended;
    const id = this.#serial++;
    const reply = await new Promise<AgentReply>((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.stdin!.write(`${JSON.stringify({ ...question, id })}\n`);
    });
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.reached;
  }

  stop(): void {
    this.#child.stdin!.end();
  }
}
