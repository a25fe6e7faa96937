import {
  type BgpIr,
  type BgpSession,
  cidrOf,
  compareIp,
  formatIp,
  type Ip,
  isInternal,
} from "../../compiler/index.ts";
import type { Wanted } from "./machines.ts";
import { spaceNames } from "./names.ts";
import type { RouterSession } from "./plan.ts";
import { sessionPassword } from "./secrets.ts";
import { holds, type Subnet, subnetOf } from "./subnet.ts";

const BGP_PORT = 179;
/** Networks of two addresses: one is the router's, the other that of whoever leads to it. */
const LINK_LENGTH = { 4: 31, 6: 127 } as const;
const FULL_LENGTH = { 4: 32, 6: 128 } as const;

/** A speaker outside the cluster, before it is wired. */
export interface WantedRouter extends Wanted {
  readonly ip: Ip;
  readonly sessions: readonly RouterSession[];
  /** Of whom `reachableBy` says that he leads to it. */
  readonly behind: Ip | undefined;
  readonly isOnSubnet: boolean;
}

/**
 * The routers that sessions of the nodes need: every peer that is neither a node nor a workload. One on a subnet of
 * the nodes is wired to it; any other gets a network of its own, behind the fabric or behind the router that
 * `reachableBy` names. `skipped`: sessions that no router can be made for, in words.
 */
export function wantedRouters(
  lab: string,
  speakers: readonly { readonly node: string; readonly bgp: BgpIr }[],
  subnets: readonly Subnet[],
): { readonly routers: readonly WantedRouter[]; readonly skipped: readonly string[] } {
  const skipped: string[] = [];
  const byAddress = new Map<string, { ip: Ip; sessions: RouterSession[]; behind: Ip | undefined }>();
  for (const { node, bgp } of speakers) {
    if (bgp.kind === "disabled") continue;
    for (const session of bgp.peers) {
      if (session.peerNode !== undefined || session.scope === "local-workload") continue;
      const remote =
        session.sourceAddress ?? bgp.families.find(({ version }) => version === session.version)?.address;
      if (remote === undefined || isLinkLocal(session.address)) {
        skipped.push(`session ${session.name} of ${node}: its peer has a link-local address`);
        continue;
      }
      const address = formatIp(session.address);
      const known = byAddress.get(address);
      const router = known ?? { ip: session.address, sessions: [], behind: gatewayTo(bgp, session.address) };
      router.sessions.push(seenByRouter(node, session, remote, bgp.listenPort));
      byAddress.set(address, router);
    }
  }
  const routers = [...byAddress].map(([name, { ip, sessions, behind }]) => {
    const subnet = subnets.find((each) => holds(each, ip));
    const length = subnet?.length ?? LINK_LENGTH[ip.version];
    return {
      name,
      ip,
      space: spaceNames.router(lab, name),
      interfaces: [{ device: "eth0", addresses: [{ ip, length }] }],
      sessions,
      behind: subnet === undefined ? behind : undefined,
      isOnSubnet: subnet !== undefined,
    };
  });
  return { routers: routers.toSorted((a, b) => compareIp(a.ip, b.ip)), skipped };
}

/** The other address of the router's own network. */
export function otherEnd(ip: Ip): Ip {
  return ip.version === 4
    ? { version: 4, value: (ip.value ^ 1) >>> 0 }
    : { version: 6, value: ip.value ^ 1n };
}

export function linkSubnet(ip: Ip): Subnet {
  return subnetOf(ip, LINK_LENGTH[ip.version]);
}

export function linkAddress(ip: Ip): { readonly ip: Ip; readonly length: number } {
  return { ip, length: LINK_LENGTH[ip.version] };
}

function seenByRouter(node: string, session: BgpSession, remote: Ip, remotePort: number): RouterSession {
  return {
    node,
    version: session.version,
    local: formatIp(session.address),
    localAs: session.remoteAs,
    localPort: session.port ?? BGP_PORT,
    remote: formatIp(remote),
    remoteAs: session.localAs,
    remotePort,
    isInternal: isInternal(session),
    ttlSecurity: session.ttlSecurity,
    hasBfd: session.bfd,
    password: sessionPassword(session.password),
  };
}

function gatewayTo(bgp: BgpIr, address: Ip): Ip | undefined {
  if (bgp.kind === "disabled") return undefined;
  for (const { statics } of bgp.families)
    for (const route of statics)
      if (
        route.kind === "via" &&
        route.cidr.version === address.version &&
        route.cidr.length === FULL_LENGTH[address.version] &&
        route.cidr.value === cidrOf(address, route.cidr.length).value
      )
        return route.gateway;
  return undefined;
}

function isLinkLocal(ip: Ip): boolean {
  return ip.version === 6 && ip.value >> 118n === 0x3fan;
}
