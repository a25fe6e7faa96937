import {
  formatAddress,
  formatCidr,
  formatFdb,
  formatIp,
  formatLink,
  formatNeighbour,
  formatRoute,
  formatRule,
  formatSysctl,
  type PeerState,
  type RoutingChange,
  type WireguardLinkState,
} from "../../compiler/index.ts";

/**
 * Which tool takes a line: `ip -batch`, `ip -6 -batch`, `bridge -batch`, `sysctl -p`; `wg set`, of which the line is
 * what follows; and the making of a private key, or of the kernel's own IPIP device, for the device that the line names.
 */
export type RoutingTool = "ip" | "ip6" | "bridge" | "sysctl" | "wg" | "wg-key" | "ipip";

export interface RoutingLine {
  readonly tool: RoutingTool;
  readonly text: string;
}

/** The lines that make one change. */
export function routingLines(change: RoutingChange): readonly RoutingLine[] {
  const { op, object } = change;
  const line = (tool: RoutingTool, ...texts: readonly string[]): readonly RoutingLine[] =>
    texts.map((text) => ({ tool, text }));
  switch (object.kind) {
    case "link": {
      const { name } = object.value;
      const lines = formatLink(object.value);
      if (op === "delete") return line("ip", `link del ${name}`);
      if (op === "recreate") return line("ip", `link del ${name}`, ...lines);
      return [
        ...(op === "add" && object.value.kind === "ipip" ? line("ipip", name) : []),
        ...line("ip", ...(op === "replace" ? lines.filter((text) => text.startsWith("link set")) : lines)),
        ...(object.value.kind === "wireguard" ? wireguardLines(object.value, change) : []),
      ];
    }
    case "address": {
      const text = formatAddress(object.value);
      return line("ip", op === "delete" ? deletion(text, / (scope link|nodad)/g) : text);
    }
    case "neighbour": {
      const text = formatNeighbour(object.value);
      return line("ip", op === "delete" ? deletion(text, / (lladdr \S+|nud permanent)/g) : text);
    }
    case "fdb": {
      const text = formatFdb(object.value);
      return line("bridge", op === "delete" ? deletion(text, / permanent/g) : text);
    }
    case "rule": {
      const text = formatRule(object.value);
      return line(
        object.value.version === 4 ? "ip" : "ip6",
        op === "delete" ? text.replace("rule add", "rule del") : text,
      );
    }
    case "route": {
      const text = formatRoute(object.value);
      return line("ip", op === "delete" ? deletion(text, / (mtu \S+|onlink|src \S+)/g) : text);
    }
    case "sysctl":
      return op === "delete" ? [] : line("sysctl", formatSysctl(object.value));
    case "peer":
      return line("wg", op === "delete" ? removedPeer(object.value) : peerLine(object.value));
  }
}

/** A key is made where there is none: one that is there is known to the other nodes (Felix's wireguard.go). */
function wireguardLines(
  { name, listenPort, mark }: WireguardLinkState,
  change: RoutingChange,
): readonly RoutingLine[] {
  const was = change.op === "replace" ? change.was.value : undefined;
  const hasKey = was !== undefined && "publicKey" in was && was.publicKey !== "";
  return [
    ...(hasKey ? [] : [{ tool: "wg-key" as const, text: name }]),
    { tool: "wg", text: `${name} listen-port ${listenPort} fwmark 0x${mark.toString(16)}` },
  ];
}

/** Networks stand last: there may be none, which is a word, too. They replace those that the peer had. */
function peerLine({ dev, publicKey, endpoint, port, keepAlive, allowedIps }: PeerState): string {
  const address = endpoint.version === 6 ? `[${formatIp(endpoint)}]` : formatIp(endpoint);
  const networks = allowedIps.map(formatCidr).join(",");
  return `${dev} peer ${publicKey} endpoint ${address}:${port} persistent-keepalive ${keepAlive} allowed-ips ${networks}`;
}

function removedPeer({ dev, publicKey }: PeerState): string {
  return `${dev} peer ${publicKey} remove`;
}

/** To delete an object it is enough to say which it is; more would have to be right in every detail. */
function deletion(text: string, details: RegExp): string {
  return text.replace(" replace ", " del ").replaceAll(details, "");
}
