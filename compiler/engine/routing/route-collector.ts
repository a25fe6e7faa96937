import type { Route } from "../../ir/routing-ir.ts";
import { type Cidr, cidrKey, compareCidr } from "../../net/cidr.ts";

/** Precedence where several parts want the same key, best first. Source: routing-bgp.md §1.5. */
const CLASSES = [
  "local-workload",
  "wireguard",
  "vxlan-same-subnet",
  "vxlan-tunnel",
  "ipip-same-subnet",
  "ipip-tunnel",
  "no-encap",
  "blackhole",
] as const;
export type RouteClass = (typeof CLASSES)[number];

/** An IPv6 kernel turns metric 0 into this, so both are one key there. */
const IP6_DEFAULT_METRIC = 1024;

/** The kernel's key of a route: one of each table, destination and metric. */
export class RouteCollector {
  readonly #routes = new Map<string, { readonly route: Route; readonly rank: number }>();

  /** Of two of the same class the first added stays. */
  add(routeClass: RouteClass, route: Route): void {
    const rank = CLASSES.indexOf(routeClass);
    const key = routeKey(route.table, route.destination, route.metric);
    const present = this.#routes.get(key);
    if (present === undefined || rank < present.rank) this.#routes.set(key, { route, rank });
  }

  /** Sorted by table, destination, metric. */
  sorted(): readonly Route[] {
    return [...this.#routes.values()].map(({ route }) => route).toSorted(compareRoutes);
  }
}

function routeKey(table: number, destination: Cidr, metric: number): string {
  const effective = destination.version === 6 && metric === 0 ? IP6_DEFAULT_METRIC : metric;
  return `${table} ${destination.version} ${cidrKey(destination)} ${effective}`;
}

function compareRoutes(a: Route, b: Route): number {
  return a.table - b.table || compareCidr(a.destination, b.destination) || a.metric - b.metric;
}
