import {
  type Artifact,
  compareFlows,
  type DataplaneState,
  type Disturbance,
  diffDataplane,
  disturbancesBetween,
  type KnownLines,
  type NodeChanges,
  type NodeFlows,
  type NodeMeaning,
  notCovered,
  type PlaceDiff,
  readDataplane,
} from "../../../compiler/index.ts";
import { withHookPositions } from "../../../runtime/apply/hook-positions.ts";
import { removedWorkloads } from "../../../runtime/apply/removed-workloads.ts";
import { setSwitches } from "../../../runtime/apply/set-versions.ts";
import { windowsBetween } from "../../../runtime/apply/windows.ts";
import { compiledBy } from "../../../runtime/history/compiled-by.ts";
import { enforced } from "./enforced.ts";
import type { SideNode } from "./side.ts";

/** Where a node comes from. */
export interface Standing {
  /** What the new files are held against, with sets under the names of their definitions. */
  readonly state: DataplaneState;
  /** What is there now; with `live` the host, which may have drifted from `state`. */
  readonly there: DataplaneState;
  readonly artifacts: readonly Artifact[];
  readonly meaning?: NodeMeaning;
  /** What would have to change for `there` to be `state` again. */
  readonly drift?: readonly PlaceDiff[];
  /** Whether the host enforces the new policy already; else the digests of both sides' manifests tell. */
  readonly change?: "policy" | "inventory";
  /** `state` was read from a host: what only the files say cannot be compared. */
  readonly isHost?: true;
}

/** What changes on one node, with all that it means. */
export interface PlannedNode extends NodeChanges {
  readonly isNew: boolean;
  readonly isGone: boolean;
  /** The iptables that the files were compiled for. */
  readonly variant: "nft" | "legacy";
  readonly beforeArtifacts: readonly Artifact[];
  readonly afterArtifacts: readonly Artifact[];
  /** `undefined` = not told apart from what the resources change. */
  readonly drift: readonly PlaceDiff[] | undefined;
  readonly disturbances: readonly Disturbance[];
  readonly flows: FlowsOfNode;
}

export type FlowsOfNode =
  | { readonly kind: "compared"; readonly flows: NodeFlows }
  | { readonly kind: "not-compared"; readonly reason: string };

/** How much of the flows is written out. */
const SOME = { changes: 20, setsPerChange: 5 };
const ALL = { changes: 10_000, setsPerChange: 1000 };

export interface PlanOptions {
  readonly full: boolean;
  /** What rules have been read before: both sides have nearly all in common. */
  readonly known: KnownLines;
  /** Why flows cannot be compared; absent where both sides' resources are known. */
  readonly noFlows?: string;
}

/** A bundle, its hooks with the place that they shall have among the rules of others. Throws `ParseError`. */
export function readNode(artifacts: readonly Artifact[], known: KnownLines): DataplaneState {
  const state = readDataplane(artifacts, known);
  return { ...state, iptables: withHookPositions(state.iptables, artifacts, "bundle") };
}

export function standingOf({ artifacts, meaning }: SideNode, known: KnownLines): Standing {
  const state = readNode(artifacts, known);
  return { state, there: state, artifacts, ...(meaning === undefined ? {} : { meaning }) };
}

/** `undefined` on a side: it does not have the node. Throws `ParseError` for files that cannot be read. */
export function planNode(
  node: string,
  was: Standing | undefined,
  is: SideNode | undefined,
  options: PlanOptions,
): PlannedNode {
  const standing = was ?? standingOf({ artifacts: [] }, options.known);
  const afterArtifacts = is?.artifacts ?? [];
  const after = readNode(afterArtifacts, options.known);
  const places = diffDataplane(standing.state, after);
  return {
    node,
    isNew: was === undefined,
    isGone: is === undefined,
    variant: compiledBy(afterArtifacts)?.features.iptablesBackend ?? "nft",
    before: standing.state,
    after,
    places: standing.isHost ? enforced(places) : places,
    beforeArtifacts: standing.artifacts,
    afterArtifacts,
    drift: standing.drift,
    disturbances: disturbances(standing, after, afterArtifacts),
    flows: flowsOf(was, is, options),
  };
}

function disturbances(
  { there, artifacts, change }: Standing,
  after: DataplaneState,
  afterArtifacts: readonly Artifact[],
): readonly Disturbance[] {
  const isSamePolicy = compiledBy(artifacts)?.policyDigest === compiledBy(afterArtifacts)?.policyDigest;
  const kind = change ?? (artifacts.length > 0 && isSamePolicy ? "inventory" : "policy");
  return [
    ...setSwitches(there.iptables, after.iptables, kind).map(
      ({ set, how, members }): Disturbance => ({
        kind: how === "versioned" ? "set-versioned" : "set-in-place",
        set,
        members,
      }),
    ),
    ...(kind === "policy" ? windowsBetween(there.iptables, after.iptables) : []).map(
      (tables): Disturbance => ({ kind: "window", tables }),
    ),
    ...disturbancesBetween(there, after),
    ...removedWorkloads(there.routing, after.routing).map(
      (address): Disturbance => ({ kind: "connections-cut", address }),
    ),
  ];
}

function flowsOf(
  was: Standing | undefined,
  is: SideNode | undefined,
  { full, noFlows }: PlanOptions,
): FlowsOfNode {
  const skip = (reason: string): FlowsOfNode => ({ kind: "not-compared", reason });
  if (was === undefined) return skip("the node is new");
  if (is === undefined) return skip("the node is gone");
  const { meaning: old } = was;
  const { meaning: now } = is;
  if (old === undefined || now === undefined)
    return skip(noFlows ?? "the resources of one side are not known");
  const gap = notCovered(old.ir.settings) ?? notCovered(now.ir.settings);
  if (gap !== undefined) return skip(gap);
  return { kind: "compared", flows: compareFlows(old, now, full ? ALL : SOME) };
}
