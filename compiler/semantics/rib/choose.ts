import { compareIp } from "../../net/ip.ts";
import type { RibRoute } from "./route.ts";

const MAX_IGP_METRIC = 0xffffffff;

/**
 * BIRD's order of preference between routes to one prefix: negative = `a` is better. 0 = BIRD keeps the older one,
 * which no configuration tells (nest/rt-table.c `rte_better`, proto/bgp/attrs.c `bgp_rte_better`, BIRD 2.0.12).
 */
export function compareRoutes(a: RibRoute, b: RibRoute): number {
  if (a.preference !== b.preference) return b.preference - a.preference;
  if (a.source !== b.source) return SOURCE_RANK[a.source] - SOURCE_RANK[b.source];
  return a.source === "bgp" ? compareBgp(a, b) : 0;
}

/** Protocols of equal preference: BIRD compares where their code lies in memory, which is fixed by its linker. */
const SOURCE_RANK: Readonly<Record<RibRoute["source"], number>> = { static: 0, bgp: 1, kernel: 2, device: 3 };

function compareBgp(a: RibRoute, b: RibRoute): number {
  return (
    compareUpToMetric(a, b) ||
    identifierOf(a) - identifierOf(b) ||
    (a.attributes.clusterList?.length ?? 0) - (b.attributes.clusterList?.length ?? 0) ||
    (a.learned === undefined || b.learned === undefined ? 0 : compareIp(a.learned.address, b.learned.address))
  );
}

/** RFC 4271 §9.1.2.2 as far as it says how good a route is, before it breaks ties between equal ones. */
function compareUpToMetric(a: RibRoute, b: RibRoute): number {
  return (
    Number(isResolvable(b)) - Number(isResolvable(a)) ||
    (b.attributes.localPref ?? 100) - (a.attributes.localPref ?? 100) ||
    (a.attributes.asPath?.length ?? 0) - (b.attributes.asPath?.length ?? 0) ||
    originRank(a) - originRank(b) ||
    Number(a.learned?.internal) - Number(b.learned?.internal) ||
    igpMetric(a) - igpMetric(b)
  );
}

function originRank({ attributes }: RibRoute): number {
  return attributes.origin === "igp" ? 0 : 2;
}

/** A next hop that resolves to a blackhole resolves, as BIRD sees it. */
function isResolvable({ way }: RibRoute): boolean {
  return way.kind !== "unreachable";
}

function igpMetric({ igpMetric: metric }: RibRoute): number {
  return metric ?? MAX_IGP_METRIC;
}

function identifierOf({ attributes, learned }: RibRoute): number {
  return (attributes.originatorId ?? learned?.routerId)?.value ?? 0;
}

/** Routes as good as the best one, whose hops the kernel's route gets, too (`merge paths`). */
export function isMergeable(best: RibRoute, other: RibRoute): boolean {
  if (best.preference !== other.preference || best.source !== other.source) return false;
  return best.source === "bgp" ? compareUpToMetric(best, other) === 0 : best.source === "static";
}

/** Which of two equally good routes came first, by their names. */
export type Ages = "forward" | "backward";

/** Best first; what BIRD leaves to age is in an order that is given. */
export function sortRoutes(routes: readonly RibRoute[], ages: Ages): readonly RibRoute[] {
  const sign = ages === "forward" ? 1 : -1;
  return routes.toSorted((a, b) => compareRoutes(a, b) || sign * compareText(identityOf(a), identityOf(b)));
}

/** Whether the first route is the best only for its age: BIRD's choice may be another. */
export function isUndecided(sorted: readonly RibRoute[]): boolean {
  const [best, second] = sorted;
  return best !== undefined && second !== undefined && compareRoutes(best, second) === 0;
}

export function identityOf({ protocol, path }: RibRoute): string {
  return `${protocol} ${path}`;
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
