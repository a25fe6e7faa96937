import { type Artifact, digestSources, noLines, type Sources } from "../../compiler/index.ts";
import { policyDigestOf } from "../apply/applied.ts";
import type { Applied } from "../apply/apply.ts";
import { applyRecord, type Enforceable } from "../apply/apply-bundle.ts";
import { type Difference, differencesBetween } from "../apply/drift.ts";
import { ApplyError, reasonOf } from "../apply/errors.ts";
import { type AppliedRecord, readRecord } from "../apply/record.ts";
import { type HostState, printBundle, readBundle } from "../apply/state.ts";
import type { BirdPlace } from "../apply/target.ts";
import { compiledBy } from "../history/compiled-by.ts";
import { readInventory } from "../history/history.ts";
import type { Host } from "../host/host.ts";
import type { Three, Violation } from "./merge.ts";
import type { NodePlan } from "./plan-file.ts";
import { leadsTo, rebase, withSetsNamed } from "./rebase.ts";
import { meaningToday, notMeantToday } from "./today.ts";

/** One node's part of a plan file, and how to apply it. */
export interface PlanRequest {
  readonly plan: NodePlan;
  /** `planDigest` of the file. */
  readonly digest: string;
  readonly resources?: Sources;
  readonly bird: BirdPlace;
  /** The host must be in every point as it was when the plan was made. */
  readonly exact: boolean;
  readonly acceptWindow: boolean;
  /** Of this program: a plan of another one cannot be compiled again for what has changed. */
  readonly compilerVersion: string;
}

export interface AppliedPlan extends Applied {
  /** Something that the plan leaves alone had changed, and was left as it is. */
  readonly rebased: boolean;
  /** It was re-based, and gives what has come since what its policy means for that. */
  readonly checked: boolean;
}

/**
 * Makes the changes of a plan on this host, as `applyRecord` does those of a bundle; the caller works with the records
 * (`withRecords`). Throws `ApplyError` where what the plan changes is not as the plan found it, and for a plan that
 * has been applied already.
 */
export async function applyPlan(host: Host, request: PlanRequest): Promise<AppliedPlan> {
  const { plan, digest, exact } = request;
  const { before, after } = readStates(plan);
  const last = await readRecord(host, "last");
  const named = namedStates(after, last);
  const isEmpty = drifted({ before, after, live: after }, named).length === 0;
  if (isEmpty)
    return { steps: [], windows: [], publicKeys: [], birdWaits: false, rebased: false, checked: false };
  refuseTwice(last, digest);
  refuseOtherPolicy(last, plan);
  let [rebased, checked] = [false, false];
  const onto = async (live: HostState): Promise<Enforceable> => {
    const states = { before, after, live };
    if (exact) refuseDrift(drifted(states, named));
    const found = rebase(states, plan.node, named);
    switch (found.kind) {
      case "violated":
        throw new Error(violationText(found.violations));
      case "applied already":
        throw new Error(APPLIED);
      case "nothing to do":
        return { state: live, record: await recordOf(host, request, after, false) };
      case "ready": {
        rebased = !found.whole;
        const meaning = rebased
          ? await refuseOtherMeaning(host, request, states, found.state, last)
          : undefined;
        checked = meaning !== undefined;
        // What others have made by hand no bundle has.
        if (meaning !== undefined && leadsTo(found.state, live, meaning.state)) return meaning;
        return { state: found.state, record: await recordOf(host, request, found.state, rebased) };
      }
    }
  };
  const record = await recordOf(host, request, after, false);
  const applied = await applyRecord(host, record, request.acceptWindow, onto);
  return { ...applied, rebased, checked };
}

/** Both ends of the plan; throws `ApplyError` for text that no bundle of this version has. */
export function readStates(plan: NodePlan): { readonly before: HostState; readonly after: HostState } {
  try {
    // Most of the lines are the same.
    const known = noLines();
    return { before: readBundle(plan.before, known), after: readBundle(plan.after, known) };
  } catch (cause) {
    throw new ApplyError(
      `Nothing was changed: the plan cannot be read: ${reasonOf(cause)}`,
      "untouched",
      cause,
    );
  }
}

/** States that know the sets by the names of their definitions. */
export function namedStates(
  after: HostState,
  last: AppliedRecord | undefined,
): readonly HostState["iptables"][] {
  // Its rules would take their time, and are not asked for.
  const sets = last?.artifacts.filter(({ path }) => path === "ipset.restore") ?? [];
  return [after.iptables, readBundle(sets).iptables];
}

/** How the host is not as it was when the plan was made. */
export function drifted(
  states: Three<HostState>,
  named: readonly HostState["iptables"][],
): readonly Difference[] {
  const { before, live } = withSetsNamed(states, named);
  return differencesBetween(live, before);
}

/**
 * What the plan's policy means for the inventory of today; `undefined` = that cannot be told. Throws where it means
 * something else for what has come since than `merged` has for it.
 */
async function refuseOtherMeaning(
  host: Host,
  { plan, digest, resources, bird, compilerVersion }: PlanRequest,
  states: Three<HostState>,
  merged: HostState,
  last: AppliedRecord | undefined,
): Promise<Enforceable | undefined> {
  const record = await meaningToday(host, plan, resources, last, compilerVersion);
  if (record === undefined || last === undefined) return undefined;
  const [state, recorded] = [readBundle(record.artifacts), readBundle(last.artifacts).iptables];
  const { before, live } = withSetsNamed(states, [states.after.iptables, recorded]);
  const violations = notMeantToday({
    before: before.iptables,
    live: live.iptables,
    merged: merged.iptables,
    last: recorded,
    meaning: state.iptables,
  });
  if (violations.length > 0) throw new Error(violationText(violations));
  return { state, record: { ...record, bird, plan: digest } };
}

const APPLIED =
  "this plan has been applied already; 'drift' tells what is not as it wants it any more, 'drift --repair' puts that back";

function refuseTwice(last: AppliedRecord | undefined, digest: string): void {
  if (last?.plan === digest) throw new ApplyError(`Nothing was changed: ${APPLIED}`, "untouched");
}

/** A plan that changes the policy starts from one. */
function refuseOtherPolicy(last: AppliedRecord | undefined, { before, after }: NodePlan): void {
  const [was, wanted] = [policyDigestOf(before), policyDigestOf(after)];
  const is = last === undefined ? undefined : policyDigestOf(last.artifacts);
  if (was === undefined || is === undefined || was === wanted || was === is) return;
  throw new ApplyError(
    `Nothing was changed: the plan changes the policy ${was.slice(0, 12)}, and this host enforces ${is.slice(0, 12)}; make a new plan`,
    "untouched",
  );
}

function refuseDrift(differences: readonly Difference[]): void {
  if (differences.length === 0) return;
  const lines = differences.map(
    ({ artifact, place, kind, what }) => `${artifact} ${place}: ${kind}: ${what}`,
  );
  throw new Error(`this host is not exactly as it was when the plan was made:${list(lines)}`);
}

function violationText(violations: readonly Violation[]): string {
  const lines = violations.map(({ object, reason }) => `${object} ${reason}`);
  return `what the plan changes is not as the plan found it; 'apply --replan' shows what differs, and a new plan starts from there:${list(lines)}`;
}

const SHOWN = 20;

function list(lines: readonly string[]): string {
  const rest = lines.length - SHOWN;
  const shown = rest > 0 ? [...lines.slice(0, SHOWN), `and ${rest} more`] : lines;
  return shown.map((line) => `\n  ${line}`).join("");
}

/**
 * A re-based state that is no bundle is on record as text of its own, with the manifest of the plan's bundle: its files
 * have other digests there, but whose they are, what is ours and which policy it is are the same.
 */
async function recordOf(
  host: Host,
  { plan, digest, bird, resources }: PlanRequest,
  state: HostState,
  rebased: boolean,
): Promise<AppliedRecord> {
  const { node, variant, after } = plan;
  const artifacts: readonly Artifact[] = rebased
    ? [...after.filter(({ path }) => path === "manifest.json"), ...printBundle(state, node)]
    : after;
  return {
    ...{ node, variant, bird, artifacts, plan: digest },
    ...(resources === undefined
      ? {}
      : { resources: rebased ? await withInventoryOfToday(host, plan, resources) : resources }),
  };
}

/** The host knows more of it than a plan of yesterday, unless what has come since is in no resource. */
async function withInventoryOfToday(
  host: Host,
  { before }: NodePlan,
  { policy, inventory }: Sources,
): Promise<Sources> {
  const known = (await readInventory(host)) ?? inventory;
  const { inventoryDigest } = digestSources({ policy, inventory: known });
  return { policy, inventory: compiledBy(before)?.inventoryDigest === inventoryDigest ? inventory : known };
}
