// Runs inside one network namespace of a test and holds real connections there: one JSON request a
// line, one reply each. A listener answers everything with the address that it sees the caller by.
import dgram from "node:dgram";
import net from "node:net";
import { createInterface } from "node:readline";

interface End {
  readonly address: string;
  readonly port: number;
}

export type PeerRequest =
  | { readonly op: "listen"; readonly protocol: "tcp" | "udp"; readonly at: End }
  | {
      readonly op: "open";
      readonly protocol: "tcp" | "udp";
      readonly connection: number;
      readonly source: End;
      readonly at: End;
    }
  | { readonly op: "say"; readonly connection: number };

/** `seen`: who the other end says that it talks to. `error`: a code such as `ECONNREFUSED`, or `silence`. */
export type PeerReply = { readonly seen?: End } | { readonly error: string };

/** Milliseconds without an answer that count as none. */
const PATIENCE = 600;

type Say = () => Promise<PeerReply>;
const connections = new Map<number, Say>();

async function handle(request: PeerRequest): Promise<PeerReply> {
  switch (request.op) {
    case "listen":
      return request.protocol === "tcp" ? listenTcp(request.at) : listenUdp(request.at);
    case "open":
      return request.protocol === "tcp" ? openTcp(request) : openUdp(request);
    case "say":
      return connections.get(request.connection)!();
  }
}

/** The promise's value, or silence. */
function patiently(promise: Promise<PeerReply>): Promise<PeerReply> {
  const { promise: silence, resolve } = Promise.withResolvers<PeerReply>();
  const timer = setTimeout(resolve, PATIENCE, { error: "silence" });
  return Promise.race([promise, silence]).finally(() => clearTimeout(timer));
}

function listenTcp({ address, port }: End): Promise<PeerReply> {
  const { promise, resolve } = Promise.withResolvers<PeerReply>();
  net
    .createServer((socket) => {
      const seen: End = { address: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
      socket.on("data", () => socket.write(JSON.stringify(seen)));
      socket.on("error", () => socket.destroy());
    })
    .once("error", ({ message }) => resolve({ error: message }))
    .listen({ host: address, port }, () => resolve({}));
  return promise;
}

const udpSocket = ({ address }: End) => dgram.createSocket(address.includes(":") ? "udp6" : "udp4");

function listenUdp(at: End): Promise<PeerReply> {
  const { promise, resolve } = Promise.withResolvers<PeerReply>();
  const socket = udpSocket(at);
  socket.once("error", ({ message }) => resolve({ error: message }));
  socket.on("message", (_, { address, port }) =>
    socket.send(JSON.stringify({ address, port }), port, address, () => undefined),
  );
  socket.bind(at.port, at.address, () => resolve({}));
  return promise;
}

type Open = Extract<PeerRequest, { op: "open" }>;

function openTcp({ connection, source, at }: Open): Promise<PeerReply> {
  const { promise, resolve } = Promise.withResolvers<PeerReply>();
  const socket = net.connect({
    host: at.address,
    port: at.port,
    localAddress: source.address,
    localPort: source.port,
  });
  socket.once("connect", () => resolve({}));
  socket.on("error", (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.message }));
  connections.set(connection, () => {
    const answer = Promise.withResolvers<PeerReply>();
    const heard = (data: Buffer) => answer.resolve({ seen: JSON.parse(data.toString()) as End });
    const failed = (error: NodeJS.ErrnoException) => answer.resolve({ error: error.code ?? error.message });
    socket.once("data", heard).once("error", failed).write("?");
    return patiently(answer.promise).finally(() => socket.off("data", heard).off("error", failed));
  });
  return patiently(promise);
}

function openUdp({ connection, source, at }: Open): Promise<PeerReply> {
  const { promise, resolve } = Promise.withResolvers<PeerReply>();
  const socket = udpSocket(source);
  socket.once("error", ({ message }) => resolve({ error: message }));
  // Connected, a socket hears of ICMP errors.
  socket.bind(source.port, source.address, () => socket.connect(at.port, at.address, () => resolve({})));
  connections.set(connection, () => {
    const answer = Promise.withResolvers<PeerReply>();
    const heard = (data: Buffer) => answer.resolve({ seen: JSON.parse(data.toString()) as End });
    const failed = (error: NodeJS.ErrnoException) => answer.resolve({ error: error.code ?? error.message });
    socket.once("message", heard).once("error", failed).send("?");
    return patiently(answer.promise).finally(() => socket.off("message", heard).off("error", failed));
  });
  return promise;
}

if (process.argv[1]?.endsWith("peer-process.ts"))
  createInterface({ input: process.stdin }).on("line", async (line) => {
    const { id, request } = JSON.parse(line) as { readonly id: number; readonly request: PeerRequest };
    process.stdout.write(`${JSON.stringify({ id, reply: await handle(request) })}\n`);
  });
