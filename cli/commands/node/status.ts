import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { nodeStatus } from "../../../runtime/bird/node-status.ts";
import { type BirdPeer, type PeerType, peersOf } from "../../../runtime/bird/peers.ts";
import { birdProtocols } from "../../../runtime/bird/protocols.ts";
import { BirdError } from "../../../runtime/bird/socket.ts";
import { UserError } from "../../output/errors.ts";
import { demandRoot } from "./root.ts";

export interface NodeStatusRequest {
  readonly birdSocket?: string;
  readonly output: "table" | "json";
}

/** Where Calico looks, then where BIRD of the distributions is (routing-bgp.md §4.4). */
const SOCKETS = ["/var/run/calico/bird.ctl", "/var/run/bird/bird.ctl", "/run/bird/bird.ctl"];

/** Calico's words (components.md, `node status`). */
const TYPES: Readonly<Record<PeerType, string>> = {
  mesh: "node-to-node mesh",
  global: "global",
  node: "node specific",
  "local-workload": "local workload",
};

/** Returns the exit code: 1 only where the daemon runs and cannot be asked; one that does not run is a message. */
export async function runNodeStatus({ birdSocket, output }: NodeStatusRequest): Promise<number> {
  demandRoot();
  const socket = birdSocket ?? SOCKETS.find((path) => existsSync(path)) ?? SOCKETS[0]!;
  try {
    if (output === "json") {
      const status = await nodeStatus(socket, hostname());
      process.stdout.write(`${JSON.stringify(status, null, 2)}\n`);
      return 0;
    }
    const peers = peersOf(await birdProtocols(socket));
    for (const version of [4, 6] as const) process.stdout.write(familyText(version, peers));
    return 0;
  } catch (cause) {
    if (!(cause instanceof BirdError)) throw cause;
    if (cause.kind !== "not-running" || output === "json") throw new UserError(cause.message);
    process.stdout.write("The BGP backend process (BIRD) is not running.\n");
    return 0;
  }
}

function familyText(version: 4 | 6, peers: readonly BirdPeer[]): string {
  const own = peers.filter((peer) => peer.version === version);
  const title = `\nIPv${version} BGP status\n`;
  if (own.length === 0) return `${title}No IPv${version} peers found.\n`;
  const rows = own.map(({ address, type, state, since, info }) => [
    address,
    TYPES[type],
    state,
    shortTime(since),
    info,
  ]);
  return title + boxed(["PEER ADDRESS", "PEER TYPE", "STATE", "SINCE", "INFO"], rows);
}

/** To the second: BIRD tells milliseconds. */
function shortTime(since: string): string {
  return since.replace(/\.\d+$/, "");
}

/** The frame that Calico's tables have, with its centred heads. */
function boxed(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const line = (cells: readonly string[], pad: (text: string, width: number) => string) =>
    `| ${cells.map((cell, i) => pad(cell, widths[i]!)).join(" | ")} |`;
  const centred = (text: string, width: number) =>
    text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width);
  const body = rows.map((row) => line(row, (text, width) => text.padEnd(width)));
  return `${[rule, line(head, centred), rule, ...body, rule].join("\n")}\n`;
}
