/** Why something changes. */
export interface Reason {
  /** What the files say above it; "" = nothing in either state's files does. */
  readonly heading: string;
  /** The resource that it comes from, `NetworkPolicy shop/allow-api`; or, where none has a name, the heading. */
  readonly resource: string;
}

export type Operation = "add" | "remove" | "change" | "move";

export type PlaceKind =
  | "chain"
  | "hooks"
  | "set"
  | "device"
  | "routes"
  | "rules"
  | "settings"
  | "peer"
  | "limit"
  | "guard"
  | "bird";

/** Where something stands: a chain of a table, a set, a device, the routes of a table, a statement of `bird.conf`. */
export interface Place {
  /** Path of the artifact. */
  readonly artifact: string;
  readonly kind: PlaceKind;
  /** `filter cali-FORWARD`, `cali40s:…`, `device vxlan.calico`, `protocol bgp Mesh_10_0_0_2`. */
  readonly name: string;
}

/**
 * One difference of two states. Taking every `was` out of the files of the one and putting every `lines` in gives those
 * of the other.
 */
export interface PlannedChange extends Place {
  readonly op: Operation;
  /** Lines that go; none for `add`. */
  readonly was: readonly string[];
  /** Lines that come; none for `remove`. */
  readonly lines: readonly string[];
  /** Where order counts: 0-based among the rules, or lines, of the place before. */
  readonly from?: number;
  /** The same after. */
  readonly to?: number;
  readonly reason: Reason;
  /** The files differ, but the host stays as it is: what it has is not taken back, or comes to the same. */
  readonly inFilesOnly?: true;
}

/** What stays as it is, between what changes. */
export interface Unchanged {
  readonly op: "same";
  readonly lines: readonly string[];
}

/** One place in which something changes, from its beginning to its end. */
export interface PlaceDiff extends Place {
  readonly heading: string;
  readonly items: readonly (PlannedChange | Unchanged)[];
}

export function isChange(item: PlannedChange | Unchanged): item is PlannedChange {
  return item.op !== "same";
}

export function changesOf(places: readonly PlaceDiff[]): readonly PlannedChange[] {
  return places.flatMap(({ items }) => items.filter(isChange));
}
