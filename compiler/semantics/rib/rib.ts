import type { Cidr } from "../../net/cidr.ts";
import type { Refusal } from "./exchange.ts";
import type { InstalledRoute } from "./install.ts";
import type { RibRoute } from "./route.ts";

/** All routes of one speaker: what `birdc show route all` prints, and what the kernel gets of it. */
export interface Rib {
  readonly speaker: string;
  /** By prefix. */
  readonly prefixes: readonly PrefixRoutes[];
  /** Sorted by prefix. */
  readonly installed: readonly InstalledRoute[];
  /** Prefixes that BGP has a better route to than somebody else, who has the same key in the kernel's table. */
  readonly contested: readonly Cidr[];
  readonly refused: readonly RefusedRoute[];
}

export interface PrefixRoutes {
  readonly cidr: Cidr;
  /** Never empty, best first. */
  readonly routes: readonly RibRoute[];
  /** Several are equally good: BIRD keeps the one that came first, which no configuration tells. */
  readonly undecided: boolean;
}

/** A route that a neighbour announces and the speaker does not take. */
export interface RefusedRoute {
  readonly cidr: Cidr;
  readonly session: string;
  readonly path: string;
  readonly why: Refusal;
}
