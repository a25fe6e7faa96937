import { changesOf, type Operation, type PlaceDiff, type PlaceKind, type PlannedChange } from "./change.ts";
import { Reach } from "./reach.ts";
import type { DataplaneState } from "./state.ts";

/** What changes on one node. */
export interface NodeChanges {
  readonly node: string;
  readonly before: DataplaneState;
  readonly after: DataplaneState;
  readonly places: readonly PlaceDiff[];
}

/** How many there are of each operation. */
export type Counts = Readonly<Record<Operation, number>>;

/** What comes from one resource, on all nodes together. */
export interface ResourceSummary {
  readonly resource: string;
  /** Each thing counts once, on however many nodes it is: `rule` → added 2. */
  readonly counts: ReadonlyMap<Unit, Counts>;
  /** Endpoints whose packets meet what changes, sorted. */
  readonly endpoints: readonly string[];
  /** Nodes on which something changes for it, sorted. */
  readonly nodes: readonly string[];
}

export type Unit = "rule" | "member" | "set" | "route" | "BIRD line" | "line";

/** What a change is one of. */
export function unitOf({ kind, was, lines }: PlannedChange): Unit | "declaration" {
  const line = lines[0] ?? was[0] ?? "";
  if (kind === "set") return line.startsWith("create ") ? "set" : "member";
  if (kind === "chain" && line.startsWith(":")) return "declaration";
  const units: Readonly<Partial<Record<PlaceKind, Unit>>> = {
    chain: "rule",
    hooks: "rule",
    routes: "route",
    bird: "BIRD line",
  };
  return units[kind] ?? "line";
}

/** In the order in which they first come. */
export function summarise(nodes: readonly NodeChanges[]): readonly ResourceSummary[] {
  interface Found {
    readonly things: Map<string, { readonly unit: Unit; readonly op: Operation }>;
    readonly endpoints: Set<string>;
    readonly nodes: Set<string>;
  }
  const found = new Map<string, Found>();
  for (const { node, before, after, places } of nodes) {
    const reach = new Reach([before, after]);
    const own = Map.groupBy(changesOf(places), ({ reason }) => reason.resource);
    for (const [resource, changes] of own) {
      const entry = found.get(resource) ?? { things: new Map(), endpoints: new Set(), nodes: new Set() };
      found.set(resource, entry);
      entry.nodes.add(node);
      for (const change of changes) {
        const { artifact, name, op, was, lines } = change;
        const unit = unitOf(change);
        if (unit !== "declaration")
          entry.things.set([artifact, name, op, ...was, ">", ...lines].join("\n"), { unit, op });
      }
      for (const endpoint of reach.endpoints(changes)) entry.endpoints.add(endpoint);
    }
  }
  return [...found].map(([resource, { things, endpoints, nodes: on }]) => {
    const byUnit = Map.groupBy(things.values(), ({ unit }) => unit);
    return {
      resource,
      counts: new Map([...byUnit].map(([unit, all]) => [unit, countOps(all)])),
      endpoints: [...endpoints].sort(),
      nodes: [...on].sort(),
    };
  });
}

export function countOps(changes: readonly { readonly op: Operation }[]): Counts {
  const counts = { add: 0, remove: 0, change: 0, move: 0 };
  for (const { op } of changes) counts[op]++;
  return counts;
}

/** What a whole plan comes to, each node's things counted for themselves. */
export interface Totals {
  readonly rules: Counts;
  /** Sets that come, go or change in any member. */
  readonly sets: number;
  /** Routes that come, go or change. */
  readonly routes: number;
  /** Everything else: devices, settings, limits, statements of BIRD. */
  readonly others: number;
  /** Differences of the files for which no host is changed. */
  readonly inFilesOnly: number;
}

export function totalsOf(nodes: readonly NodeChanges[]): Totals {
  const all = nodes.flatMap(({ places }) => changesOf(places));
  const enforced = all.filter(({ inFilesOnly }) => inFilesOnly !== true);
  const of = (unit: Unit) => enforced.filter((change) => unitOf(change) === unit);
  return {
    rules: countOps(of("rule")),
    sets: nodes.flatMap(({ places }) => places.filter(({ kind }) => kind === "set")).length,
    routes: of("route").length,
    others: of("line").length + of("BIRD line").length,
    inFilesOnly: all.length - enforced.length,
  };
}
