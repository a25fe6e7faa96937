import type {
  IpSet,
  LocalHostEndpoint,
  LocalWorkload,
  PolicyLists,
  PolicyProgram,
  ProfileProgram,
} from "../ir/node-ir.ts";
import { sameData, sameElements } from "./cell.ts";
import type { IpSets } from "./ip-sets.ts";
import type { MemberSet, SetRequest } from "./member-set.ts";
import type { ModelStore } from "./model-store.ts";
import { compareText } from "./order.ts";
import type { Linked, Programs } from "./programs.ts";

/** The programs that the endpoints of a node run, sorted by id or name, with every set that they refer to. */
export class NodePrograms {
  policies: readonly PolicyProgram[] = [];
  profiles: readonly ProfileProgram[] = [];
  readonly #store: ModelStore;
  readonly #programs: Programs;
  readonly #ipSets: IpSets;
  #inputs: readonly unknown[] = [];
  #policies = new Map<string, Linked<PolicyProgram>>();
  #profiles = new Map<string, Linked<ProfileProgram>>();
  #linked: readonly Linked<unknown>[] = [];
  #requested: readonly string[] = [];
  #held: readonly MemberSet[] = [];

  constructor(store: ModelStore, programs: Programs, ipSets: IpSets) {
    this.#store = store;
    this.#programs = programs;
    this.#ipSets = ipSets;
  }

  update(
    workloads: readonly LocalWorkload[],
    hosts: readonly LocalHostEndpoint[],
    everywhere: Iterable<string>,
  ): void {
    const inputs = [workloads, hosts, this.#store.revision("policy"), this.#store.revision("profile")];
    if (sameElements(inputs, this.#inputs)) return;
    this.#inputs = inputs;

    const policies = sortedIds(policyIds(workloads, hosts, everywhere)).flatMap((id) => {
      const policy = this.#store.get("policy", id);
      return policy === undefined ? [] : [unlessEqual(this.#policies.get(id), this.#programs.policy(policy))];
    });
    const profiles = sortedIds(profileNames(workloads, hosts)).map((name) =>
      unlessEqual(this.#profiles.get(name), this.#programs.profile(name, this.#store.get("profile", name))),
    );
    const linked = [...policies, ...profiles];
    if (sameElements(linked, this.#linked)) return;
    this.#linked = linked;
    this.#policies = new Map(policies.map((policy) => [policy.program.id, policy]));
    this.#profiles = new Map(profiles.map((profile) => [profile.program.name, profile]));
    this.policies = reuse(
      this.policies,
      policies.map(({ program }) => program),
    );
    this.profiles = reuse(
      this.profiles,
      profiles.map(({ program }) => program),
    );
    this.#hold(linked.flatMap(({ sets }) => sets));
  }

  /** The current state of the sets, sorted by id. */
  sets(): readonly IpSet[] {
    return this.#held.map((set) => set.ir);
  }

  release(): void {
    for (const { request } of this.#held) this.#ipSets.release(request.id);
    this.#held = [];
  }

  /** New ones are taken before old ones are let go, so that what both need stays as it is. */
  #hold(requests: readonly SetRequest[]): void {
    const requested = requests.map(({ id }) => id);
    // Most changes of a policy leave its selectors alone.
    if (sameElements(requested, this.#requested)) return;
    this.#requested = requested;
    const byId = new Map(requests.map((request) => [request.id, request]));
    const held = [...byId.values()].map((request) => this.#ipSets.hold(request));
    this.release();
    this.#held = held.sort((a, b) => compareText(a.request.id, b.request.id));
  }
}

function unlessEqual<P>(before: Linked<P> | undefined, after: Linked<P>): Linked<P> {
  return before !== undefined && sameData(before.program, after.program) ? before : after;
}

function policyIds(
  workloads: readonly LocalWorkload[],
  hosts: readonly LocalHostEndpoint[],
  everywhere: Iterable<string>,
): Set<string> {
  const lists = new Set<PolicyLists>(workloads.map(({ policies }) => policies));
  for (const { normal, forward, untracked, preDnat } of hosts)
    lists.add(normal).add(forward).add(untracked).add(preDnat);
  const ids = new Set(everywhere);
  for (const { ingress, egress } of lists)
    for (const { policies } of [...ingress, ...egress])
      for (const { id, staged } of policies) if (!staged) ids.add(id);
  return ids;
}

function profileNames(workloads: readonly LocalWorkload[], hosts: readonly LocalHostEndpoint[]): Set<string> {
  const names = new Set<string>();
  for (const { profiles } of [...workloads, ...hosts]) for (const name of profiles) names.add(name);
  return names;
}

function sortedIds(ids: Set<string>): readonly string[] {
  return [...ids].sort(compareText);
}

function reuse<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return sameElements(before, after) ? before : after;
}
