import type { Artifact, RoutingOwnership } from "../../compiler/index.ts";
import type { HostState } from "./state.ts";

/** What one host shall enforce. */
export interface ApplyTarget {
  readonly node: string;
  /** The node's bundle, as `compile` prints it; none at all = nothing of ours shall remain. */
  readonly artifacts: readonly Artifact[];
  /** Which routes and devices are ours; Calico's defaults unless given (`NodeIr.routing.ownership`). */
  readonly ownership?: RoutingOwnership;
  /** What shall be there in place of the bundle, given what is there; a refusal is thrown. Called under the lock. */
  readonly onto?: (live: HostState, bundle: HostState) => Promise<HostState>;
}

/** Where BIRD is on this host. */
export interface BirdPlace {
  /** Path of the `bird.conf` that the daemon was started with. */
  readonly config: string;
  /** Its control socket, where that is not the tools' default. */
  readonly socket?: string;
}

export interface ApplyOptions {
  readonly bird?: BirdPlace;
  /** Go on although packets may, for the time between two commits, meet neither the old policy nor the new one. */
  readonly acceptWindow?: boolean;
}

export const DEFAULT_BIRD: BirdPlace = { config: "/etc/calico/bird/bird.conf" };
