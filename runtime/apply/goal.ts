import type { RoutingOwnership } from "../../compiler/index.ts";
import type { TableOrders } from "./commit-order.ts";
import type { HostState } from "./state.ts";
import type { BirdPlace } from "./target.ts";

/** Where to bring a host: forward, back, or on after a crash. */
export interface Goal {
  /** Sets under the names that they have, or will have, on this host. */
  readonly state: HostState;
  readonly ownership: RoutingOwnership;
  readonly bird: BirdPlace;
  /** On the way back a BIRD that does not run is no failure: it reads its file when it starts. */
  readonly direction: "forward" | "back";
  /** In which to commit tables where it matters. */
  readonly tableOrders: TableOrders;
  /** After a crash nobody knows which file the daemon has read. */
  readonly reloadBird: boolean;
}
