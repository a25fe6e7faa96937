import {
  changesOf,
  noLines,
  type ResourceSummary,
  type Sources,
  summarise,
  type Totals,
  totalsOf,
} from "../../../compiler/index.ts";
import type { Waiting } from "../../../runtime/confirm/pending.ts";
import { UserError } from "../../output/errors.ts";
import { type BgpOfPlan, bgpOf, notCompared } from "./bgp.ts";
import { type ChangedResource, changedResources } from "./changed-resources.ts";
import { type PlannedNode, type PlanOptions, planNode, type Standing, standingOf } from "./planned-node.ts";
import type { Side, SideNode } from "./side.ts";

/** Everything that `plan` reports. */
export interface Plan {
  /** What the resources are held against, in words. */
  readonly against: { readonly kind: Side["kind"]; readonly name: string };
  /** Sorted by name. */
  readonly nodes: readonly PlannedNode[];
  /** By what the files say they come from. */
  readonly resources: readonly ResourceSummary[];
  /** `undefined` = only the files of one side are known. */
  readonly changedResources: readonly ChangedResource[] | undefined;
  readonly totals: Totals;
  readonly flows: FlowTotals;
  readonly bgp: BgpOfPlan;
  /** Whether an apply would have anything to do, drift included. */
  readonly isChange: boolean;
  /** Of the new side. */
  readonly sources: Sources | undefined;
  /** A change of this host that waits to be confirmed; only where the host was looked at. */
  readonly waiting?: Waiting;
}

/** Over all nodes whose flows were compared. */
export interface FlowTotals {
  readonly comparedNodes: number;
  readonly allowed: number;
  readonly denied: number;
  /** Flows that are allowed on another way than before, because an end or a translation is new or gone. */
  readonly appear: number;
  readonly vanish: number;
}

/**
 * Of the `wanted` nodes, or of all. Throws `ParseError` where files of a bundle are not of this version, `UserError` for
 * a node that neither side has, and where neither has any: nothing could be said then of what changes.
 */
export function planOf(
  before: Side,
  after: Side,
  wanted: readonly string[] | undefined,
  full: boolean,
): Plan {
  for (const node of wanted ?? [])
    if (!before.nodes.has(node) && !after.nodes.has(node))
      throw new UserError(`--node ${node}: neither side has a node of that name`);
  const known = noLines();
  const standings = new Map([...before.nodes].map(([node, side]) => [node, standingOf(side, known)]));
  const names = [...new Set([...before.nodes.keys(), ...after.nodes.keys()])].sort();
  if (names.length === 0)
    throw new UserError(
      `nothing was compared: neither ${before.name} nor ${after.name} describes a Node; nodes and pods come with -f or --inventory`,
    );
  const noFlows = before.noMeaning ?? after.noMeaning;
  const options = { full, known, ...(noFlows === undefined ? {} : { noFlows }) };
  const nodes = names.map((node) => planNode(node, standings.get(node), after.nodes.get(node), options));
  const against = { kind: before.kind, name: before.name };
  return assemble(against, nodes, bgpOf(before, after, wanted), before.sources, after.sources);
}

/** The same for the one node that this host is. */
export function planOfHost(
  node: string,
  standing: Standing,
  after: SideNode,
  options: PlanOptions & {
    readonly sources?: Sources;
    readonly oldSources?: Sources;
    readonly waiting?: Waiting;
  },
): Plan {
  const plan = assemble(
    { kind: "live", name: "this host" },
    [planNode(node, standing, after, options)],
    notCompared("it takes all nodes, and this is one"),
    options.oldSources,
    options.sources,
  );
  return options.waiting === undefined ? plan : { ...plan, waiting: options.waiting };
}

function assemble(
  against: Plan["against"],
  nodes: readonly PlannedNode[],
  bgp: BgpOfPlan,
  before: Sources | undefined,
  after: Sources | undefined,
): Plan {
  return {
    against,
    nodes,
    resources: summarise(nodes),
    changedResources:
      before === undefined || after === undefined ? undefined : changedResources(before, after),
    totals: totalsOf(nodes),
    flows: flowTotals(nodes),
    bgp,
    isChange: nodes.some(
      ({ places, drift, isNew, isGone }) =>
        isNew || isGone || changesOf([...places, ...(drift ?? [])]).length > 0,
    ),
    sources: after,
  };
}

function flowTotals(nodes: readonly PlannedNode[]): FlowTotals {
  const compared = nodes.flatMap(({ flows }) => (flows.kind === "compared" ? flows.flows.totals : []));
  const sum = (which: "allowed" | "denied" | "appears" | "vanishes") =>
    compared.reduce((total, counts) => total + counts[which], 0);
  return {
    comparedNodes: compared.length,
    allowed: sum("allowed"),
    denied: sum("denied"),
    appear: sum("appears"),
    vanish: sum("vanishes"),
  };
}
