import type { RouteState, RoutingState } from "../../dataplane/routing.ts";
import { type Cidr, type IpVersion, parseCidr } from "../../net/cidr.ts";

/**
 * How the same fact looks in our text and in what the kernel gives back. Each normalisation is one function here;
 * those that only drop something are named in `parse-host.ts`, where they drop it.
 */

/** The protocol of routes whose origin is not said: `ip route` neither prints it nor needs to be told. */
export const RTPROT_BOOT = 3;
export const RTPROT_KERNEL = 2;
export const RTPROT_BIRD = 12;

/** iproute2 prints these by name (rt_protos, without the daemons that no Calico host runs). */
const PROTOCOLS: Readonly<Record<string, number>> = {
  unspec: 0,
  redirect: 1,
  kernel: RTPROT_KERNEL,
  boot: RTPROT_BOOT,
  static: 4,
  ra: 9,
  zebra: 11,
  bird: RTPROT_BIRD,
  dhcp: 16,
  keepalived: 18,
  babel: 42,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
};

/** Not printed = boot. A name that is not in the list belongs to a foreign daemon. */
export function parseProtocol(text: string | undefined): number | undefined {
  if (text === undefined) return RTPROT_BOOT;
  return /^\d+$/.test(text) ? Number(text) : PROTOCOLS[text];
}

const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };

/** Not printed = main. */
export function parseTable(text: string | undefined): number | undefined {
  if (text === undefined) return TABLES.main;
  return /^\d+$/.test(text) ? Number(text) : TABLES[text];
}

/** An IPv6 route without a metric gets this one from the kernel; an IPv4 route has none, which reads as 0. */
export function defaultMetric(version: IpVersion): number {
  return version === 4 ? 0 : 1024;
}

export function kernelMetric(version: IpVersion, metric: number | undefined): number {
  return metric === undefined || metric === 0 ? defaultMetric(version) : metric;
}

/** `default` is the whole family; a bare address has full length. */
export function parseDestination(text: string, version: IpVersion): Cidr | undefined {
  if (text === "default") return parseCidr(version === 4 ? "0.0.0.0/0" : "::/0");
  const cidr = parseCidr(text);
  return cidr?.version === version ? cidr : undefined;
}

/** sysctl swaps dots and slashes: `net.ipv4.conf.eth0/5.forwarding` is `net/ipv4/conf/eth0.5/forwarding`. */
export function parseSysctlKey(text: string): string {
  const separator = /[./]/.exec(text)?.[0];
  if (separator !== ".") return text;
  return text.replaceAll(/[./]/g, (found) => (found === "." ? "/" : "."));
}

export function parseMac(text: string): string {
  return text.toLowerCase();
}

/** Without headings: what two states must have in common to be the same. */
export function withoutNotes(state: RoutingState): RoutingState {
  const bare = <T extends { readonly note: string }>(items: readonly T[]): readonly T[] =>
    items.map((item) => ({ ...item, note: "" }));
  return {
    links: bare(state.links),
    addresses: bare(state.addresses),
    neighbours: bare(state.neighbours),
    fdb: bare(state.fdb),
    rules: bare(state.rules),
    routes: bare(state.routes),
    sysctls: bare(state.sysctls),
    peers: bare(state.peers),
  };
}

/** Whether what is there is what is wanted; a route that leaves its device to the kernel fits any. */
export function isSameRoute(wanted: RouteState, there: RouteState): boolean {
  return (
    wanted.protocol === there.protocol &&
    wanted.mtu === there.mtu &&
    isSameIp(wanted.source, there.source) &&
    isSameTarget(wanted.target, there.target)
  );
}

function isSameTarget(wanted: RouteState["target"], there: RouteState["target"]): boolean {
  switch (wanted.kind) {
    case "blackhole":
    case "throw":
      return there.kind === wanted.kind;
    case "link":
      return there.kind === "link" && there.dev === wanted.dev;
    case "gateway":
      return (
        there.kind === "gateway" &&
        isSameIp(wanted.gateway, there.gateway) &&
        (wanted.dev === undefined || wanted.dev === there.dev) &&
        wanted.onlink === there.onlink
      );
  }
}

type MaybeIp = { readonly version: IpVersion; readonly value: number | bigint } | undefined;

export function isSameIp(a: MaybeIp, b: MaybeIp): boolean {
  return a?.version === b?.version && a?.value === b?.value;
}
