import { cidrContainsIp, cidrOf, type Ip, parseCidr } from "../../net/cidr.ts";
import type { Dataplane, Route } from "./program.ts";

export const LOOPBACK = "lo";

/** The route of the longest network that holds the address. */
export function routeTo({ routes }: Dataplane, ip: Ip): Route | undefined {
  let best: Route | undefined;
  for (const route of routes)
    if (cidrContainsIp(route.cidr, ip) && route.cidr.length > (best?.cidr.length ?? -1)) best = route;
  return best;
}

const LINK_LOCAL = parseCidr("fe80::/10")!;
const LOCAL_MULTICAST = parseCidr("224.0.0.0/24")!;

/**
 * Strict reverse path filtering (the kernel's `ipt_rpfilter.c`, `ip6t_rpfilter.c`): a packet passes if answers to its
 * source would leave by the interface that it came in by.
 */
export function passesReversePath(
  dataplane: Dataplane,
  isLocalAddress: (ip: Ip) => boolean,
  arrivesBy: string,
  source: Ip,
  destination: Ip,
): boolean {
  if (arrivesBy === LOOPBACK) return true;
  if (source.version === 6) {
    // The kernel looks for link-local sources on that interface only, and leaves `::` to the routing.
    if (source.value === 0n || cidrContainsIp(LINK_LOCAL, source)) return true;
  } else if (cidrOf(source, 8).value === 0) {
    // Who asks for an address has none yet (DHCP).
    const isBroadcast = destination.value === 0xffffffff;
    if (isBroadcast || cidrContainsIp(LOCAL_MULTICAST, destination)) return true;
  }
  return !isLocalAddress(source) && routeTo(dataplane, source)?.device === arrivesBy;
}
