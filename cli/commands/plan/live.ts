import { hostname } from "node:os";
import {
  type DataplaneState,
  diffDataplane,
  hostDataplane,
  type KnownLines,
  noLines,
  ownedBeforeOrNow,
  type Sources,
} from "../../../compiler/index.ts";
import { kindOfChange } from "../../../runtime/apply/applied.ts";
import { isInterrupted } from "../../../runtime/apply/apply-bundle.ts";
import { ownershipOf } from "../../../runtime/apply/claimed.ts";
import { withIntendedPositions } from "../../../runtime/apply/hook-positions.ts";
import { observe } from "../../../runtime/apply/observe.ts";
import { type AppliedRecord, readRecord } from "../../../runtime/apply/record.ts";
import { type HostState, printBundle } from "../../../runtime/apply/state.ts";
import { waitingChange } from "../../../runtime/confirm/pending.ts";
import { readHistory, readInventory } from "../../../runtime/history/history.ts";
import type { Host } from "../../../runtime/host/host.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { underOneName } from "../../../runtime/plan/set-names.ts";
import { compileOptions } from "../../input/compile-options.ts";
import { nameOfSources, readInputs } from "../../input/sources.ts";
import { UserError } from "../../output/errors.ts";
import { birdPlace, defaultVariant, openHost } from "../apply/this-host.ts";
import { refuseNamesake } from "../apply/this-node.ts";
import { enforced } from "./enforced.ts";
import { type Plan, planOfHost } from "./plan.ts";
import { readNode, type Standing } from "./planned-node.ts";
import type { PlanRequest } from "./request.ts";
import { areSourcesOf, compileSide, howCompiled, meaningIn, recompiled, type SideNode } from "./side.ts";

/**
 * Holds the resources against this host. Where a bundle is on record as last applied, what differs between the host and
 * that is drift, and what differs between that and the resources is the resources' change. Only reads.
 */
export async function planLive(request: PlanRequest): Promise<Plan> {
  // Where the records are does not depend on the variant.
  const record = await readRecord(new LinuxHost({ iptablesVariant: "nft" }), "last");
  const variant = request.iptablesBackend ?? record?.variant ?? (await defaultVariant()) ?? "nft";
  const host = await openHost(request, variant, false);
  if (await isInterrupted(host))
    throw new UserError(
      "a change of this host is under way or was interrupted; 'apply' or 'drift --repair' ends one that was",
    );
  const waiting = await waitingChange(host);
  const node = onlyNode(request.node) ?? record?.node ?? hostname();
  const known = record?.node === node ? record : undefined;
  // To ask the kernel takes a while, and what was applied here says what this host can do.
  const recordedHow = howCompiled(known?.variant === variant ? known.artifacts : [], withoutVariant(request));
  const options = await compileOptions({
    ...request,
    features: request.features ?? (recordedHow.features === undefined ? "host" : "default"),
    iptablesBackend: variant,
  });
  const how = { ...options, ...recordedHow };
  const sources = await readInputs(request);
  const side = compileSide("resources", nameOfSources(request), sources, how, [node], "new");
  const after = side.nodes.get(node);
  if (after === undefined) throw new UserError(`the resources have no node ${node}; choose one with --node`);
  if (record !== undefined && request.node === undefined)
    refuseNamesake(node, (name) => after.meaning?.model.all("node").has(name) === true);
  const recorded = known === undefined ? undefined : await sourcesOf(host, known);
  const meaning =
    known === undefined || recorded === undefined
      ? undefined
      : meaningIn(recompiled(known.artifacts, recorded, [node]), node);
  const lines = noLines();
  const standing = await standingOnHost(host, request, node, known, after, lines);
  return planOfHost(node, { ...standing, ...(meaning === undefined ? {} : { meaning }) }, after, {
    full: request.full === true,
    known: lines,
    noFlows:
      known === undefined
        ? "nothing is on record as applied to this host, and what it has is not known by its resources"
        : "what was last applied is not on record with its resources",
    ...(side.sources === undefined ? {} : { sources: side.sources }),
    ...(recorded === undefined ? {} : { oldSources: recorded }),
    ...(waiting === undefined ? {} : { waiting }),
  });
}

/** Which of its two iptables the host has, not what it is compiled for. */
function withoutVariant({ iptablesBackend: _, ...request }: PlanRequest): PlanRequest {
  return request;
}

function onlyNode(names: readonly string[] | undefined): string | undefined {
  if (names !== undefined && names.length > 1)
    throw new UserError("this host is one node; give --node once, or compare with something else");
  return names?.[0];
}

/** What was read is whole and ours, but for BIRD's file, which anybody can have edited. */
function readHost(live: HostState): DataplaneState {
  try {
    return hostDataplane(live);
  } catch (cause) {
    if (!(cause instanceof Error && cause.name === "ParseError")) throw cause;
    throw new UserError(
      `BIRD's configuration on this host was changed into what this version does not read (${cause.message}); 'drift --repair' or 'apply' puts it back`,
    );
  }
}

async function standingOnHost(
  host: Host,
  request: PlanRequest,
  node: string,
  record: AppliedRecord | undefined,
  after: SideNode,
  lines: KnownLines,
): Promise<Standing> {
  const claimed = ownershipOf(after.artifacts);
  const ownership = record === undefined ? claimed : ownedBeforeOrNow(ownershipOf(record.artifacts), claimed);
  const live = await observe(
    host,
    ownership,
    request.birdConfig === undefined && record !== undefined ? record.bird : birdPlace(request),
    lines,
  );
  const there = readHost(live);
  const wanted = readNode(after.artifacts, lines);
  const last = record === undefined ? undefined : readNode(record.artifacts, lines);
  const iptables = withIntendedPositions(live.iptables, (last ?? wanted).iptables);
  const artifacts = printBundle({ ...live, iptables }, node, lines);
  const change = await kindOfChange(host, { node, artifacts: after.artifacts });
  const named = (to: DataplaneState): DataplaneState => ({
    ...there,
    iptables: underOneName([there.iptables], [to.iptables])[0] ?? there.iptables,
  });
  if (last === undefined) return { state: named(wanted), there, artifacts, change, isHost: true };
  return { state: last, there, artifacts, change, drift: enforced(diffDataplane(named(last), last)) };
}

/** What was last applied was compiled from these, where the history and the inventory on record are its own. */
async function sourcesOf(host: Host, { artifacts }: AppliedRecord): Promise<Sources | undefined> {
  const policy = (await readHistory(host)).at(-1)?.policy;
  const inventory = await readInventory(host);
  if (policy === undefined || inventory === undefined) return undefined;
  const sources = { policy, inventory };
  return areSourcesOf(artifacts, sources) ? sources : undefined;
}
