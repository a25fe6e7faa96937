import { cidrContainsIp, type Ip } from "../../net/cidr.ts";
import { type Header, holds } from "../holds.ts";
import { sourceNeedsNoRoute } from "../reverse-path.ts";
import type { Dataplane, Route } from "./program.ts";

export const LOOPBACK = "lo";

/** The route of the longest network that holds the address. */
export function routeTo({ routes }: Dataplane, ip: Ip): Route | undefined {
  let best: Route | undefined;
  for (const route of routes)
    if (cidrContainsIp(route.cidr, ip) && route.cidr.length > (best?.cidr.length ?? -1)) best = route;
  return best;
}

/**
 * Strict reverse path filtering (the kernel's `ipt_rpfilter.c`, `ip6t_rpfilter.c`): a packet passes if answers to its
 * source would leave by the interface that it came in by.
 */
export function passesReversePath(
  dataplane: Dataplane,
  isLocalAddress: (ip: Ip) => boolean,
  arrivesBy: string,
  header: Header,
): boolean {
  if (arrivesBy === LOOPBACK) return true;
  // No set is asked for these.
  if (holds(sourceNeedsNoRoute(dataplane.version), header, () => false)) return true;
  const { source } = header;
  return !isLocalAddress(source) && routeTo(dataplane, source)?.device === arrivesBy;
}
