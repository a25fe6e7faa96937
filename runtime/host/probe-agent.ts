import { execFile } from "node:child_process";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";

/** What the agent of a network namespace is asked, one JSON object a line. Times in milliseconds. */
export type AgentRequest =
  | { readonly op: "listen"; readonly id: number; readonly ports: readonly number[] }
  | {
      readonly op: "tcp";
      readonly id: number;
      readonly source: string;
      readonly address: string;
      readonly port: number;
      readonly timeout: number;
    }
  | {
      readonly op: "ping";
      readonly id: number;
      readonly source: string;
      readonly address: string;
      readonly timeout: number;
    };

/** `error` of `listen`: a port is taken; of `ping`: the tool cannot be run. */
export interface AgentReply {
  readonly id: number;
  readonly reached: boolean;
  readonly error?: string;
}

/**
 * Runs inside a network namespace until standard input ends: listens on TCP ports of all its addresses and greets who
 * connects; connects and pings on request. A connection counts only when the greeting comes, so that neither a reset
 * from a policy nor one from a closed port passes for success.
 */
export function runProbeAgent(): void {
  createInterface({ input: process.stdin })
    .on("line", (line) => {
      const request = JSON.parse(line) as AgentRequest;
      void answer(request).then((reply) => process.stdout.write(`${JSON.stringify(reply)}\n`));
    })
    .on("close", () => process.exit(0));
}

const GREETING = "calicoctl lab\n";

async function answer(request: AgentRequest): Promise<AgentReply> {
  switch (request.op) {
    case "listen":
      return listen(request);
    case "tcp":
      return tcp(request);
    case "ping":
      return ping(request);
  }
}

async function listen({ id, ports }: AgentRequest & { op: "listen" }): Promise<AgentReply> {
  const problems = await Promise.all(
    ports.map(
      (port) =>
        new Promise<string | undefined>((resolve) => {
          createServer((socket) => {
            socket.on("error", () => undefined);
            socket.end(GREETING);
          })
            .once("error", (cause) => resolve(cause.message))
            .listen(port, "::", () => resolve(undefined));
        }),
    ),
  );
  const error = problems.find((problem) => problem !== undefined);
  return { id, reached: error === undefined, ...(error === undefined ? {} : { error }) };
}

async function tcp(request: AgentRequest & { op: "tcp" }): Promise<AgentReply> {
  const { id, source, address, port, timeout } = request;
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, localAddress: source });
    const done = (reached: boolean) => {
      socket.destroy();
      resolve({ id, reached });
    };
    socket.setTimeout(timeout, () => done(false));
    socket.on("error", () => done(false));
    socket.once("data", (data) => done(data.toString() === GREETING));
    socket.once("close", () => done(false));
  });
}

async function ping({ id, source, address, timeout }: AgentRequest & { op: "ping" }): Promise<AgentReply> {
  const args = ["-n", "-q", "-c", "1", "-W", String(timeout / 1000), "-I", source, address];
  return new Promise((resolve) => {
    execFile("ping", args, (cause) => {
      const isMissing = cause !== null && cause.code === "ENOENT";
      resolve({ id, reached: cause === null, ...(isMissing ? { error: "ping is not installed" } : {}) });
    });
  });
}
