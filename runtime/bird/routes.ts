import type { BirdLine } from "./socket.ts";

/** A way to a prefix that the daemon knows of. */
export interface BirdRoute {
  readonly destination: string;
  /** Protocol that it comes from, by name. */
  readonly protocol: string;
  /** The peer that it was learned from, where BIRD names one. */
  readonly from: string | undefined;
  /** The way that is in force. */
  readonly isBest: boolean;
  /** Of the first next hop; `undefined` for one that is directly attached, or that goes nowhere. */
  readonly gateway: string | undefined;
  readonly interfaceName: string | undefined;
}

/**
 * Reads the answer to `show route` of BIRD 2: a prefix only on the first of its ways, then tab-indented next hops
 * (routing-bgp.md §4.4).
 */
export function readRoutes(lines: readonly BirdLine[]): readonly BirdRoute[] {
  const routes: BirdRoute[] = [];
  let destination = "";
  for (const { text } of lines) {
    const [, prefix, protocol, rest] = /^(\S*)\s+\w+ \[(\S+) ([^\]]*)\](?:.*)$/.exec(text) ?? [];
    if (protocol !== undefined) {
      if (prefix !== "" && prefix !== undefined) destination = prefix;
      routes.push({
        destination,
        protocol,
        from: /from (\S+)/.exec(rest ?? "")?.[1],
        isBest: /\] \*/.test(text),
        gateway: undefined,
        interfaceName: undefined,
      });
      continue;
    }
    const [, gateway, device] = /^\s+(?:via (\S+) on|dev) (\S+)/.exec(text) ?? [];
    const last = routes.at(-1);
    if (device === undefined || last === undefined || last.interfaceName !== undefined) continue;
    routes[routes.length - 1] = { ...last, gateway, interfaceName: device };
  }
  return routes;
}
