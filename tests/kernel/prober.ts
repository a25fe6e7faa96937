// Runs inside one network namespace of a test host and does what the test asks, one JSON object a line: open
// listeners, send probes. A UDP probe counts when its payload reaches a listener; a TCP probe when it connects.
import dgram from "node:dgram";
import net from "node:net";
import { createInterface } from "node:readline";

export type ProberRequest =
  | {
      readonly op: "listen";
      readonly protocol: "tcp" | "udp";
      readonly address: string;
      readonly port: number;
    }
  | ({ readonly op: "probe"; readonly id: number; readonly timeout: number } & ProbeTarget);

export interface ProbeTarget {
  readonly protocol: "tcp" | "udp";
  readonly source: string;
  readonly address: string;
  readonly port: number;
}

export type ProberReply =
  | { readonly event: "ready" }
  | { readonly event: "listening"; readonly error?: string }
  | { readonly event: "received"; readonly id: number }
  | { readonly event: "done"; readonly id: number; readonly outcome: "open" | "refused" | "silent" | "sent" };

function say(reply: ProberReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

const family = (address: string): "udp4" | "udp6" => (address.includes(":") ? "udp6" : "udp4");

function listen(request: Extract<ProberRequest, { op: "listen" }>): void {
  const failed = (error: Error) => say({ event: "listening", error: error.message });
  if (request.protocol === "tcp") {
    net
      .createServer((socket) => socket.on("error", () => socket.destroy()))
      .once("error", failed)
      .listen({ host: request.address, port: request.port }, () => say({ event: "listening" }));
    return;
  }
  const socket = dgram.createSocket(family(request.address));
  socket.once("error", failed);
  socket.on("message", (payload) => say({ event: "received", id: Number(payload.toString()) }));
  socket.bind(request.port, request.address, () => say({ event: "listening" }));
}

function probe(request: Extract<ProberRequest, { op: "probe" }>): void {
  const { id, source, address, port, timeout } = request;
  if (request.protocol === "udp") {
    const socket = dgram.createSocket(family(address));
    const finish = () => {
      socket.close();
      say({ event: "done", id, outcome: "sent" });
    };
    socket.once("error", finish);
    socket.bind(0, source, () => socket.send(String(id), port, address, () => setTimeout(finish, timeout)));
    return;
  }
  const socket = net.connect({ host: address, port, localAddress: source });
  const finish = (outcome: "open" | "refused" | "silent") => {
    clearTimeout(timer);
    socket.destroy();
    say({ event: "done", id, outcome });
  };
  const timer = setTimeout(() => finish("silent"), timeout);
  socket.once("connect", () => finish("open"));
  socket.once("error", (error: NodeJS.ErrnoException) =>
    finish(error.code === "ECONNREFUSED" || error.code === "ECONNRESET" ? "refused" : "silent"),
  );
}

if (process.argv[1]?.endsWith("prober.ts")) {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const request = JSON.parse(line) as ProberRequest;
    if (request.op === "listen") listen(request);
    else probe(request);
  });
  say({ event: "ready" });
}
