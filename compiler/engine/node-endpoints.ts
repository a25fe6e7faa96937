import type { HostEndpoint, WorkloadEndpoint } from "../ir/cluster-model.ts";
import type { LocalHostEndpoint, LocalWorkload, PolicyLists } from "../ir/node-ir.ts";
import { compareCidr } from "../net/cidr.ts";
import type { ActivePolicies } from "./active-policies.ts";
import { sameData, sameElements } from "./cell.ts";
import type { LabelClasses } from "./label-classes.ts";
import { type HostPolicyLists, NO_POLICIES } from "./policy-lists.ts";
import { ALL_INTERFACES, type ResolvedHost } from "./resolve-hosts.ts";

interface Built<E, L, I> {
  readonly endpoint: E;
  readonly lists: L;
  readonly local: I;
}

/** The endpoints of one node with the policies that apply to them; what did not change stays the same object. */
export class NodeEndpoints {
  workloads: readonly LocalWorkload[] = [];
  hosts: readonly LocalHostEndpoint[] = [];
  readonly #classes: LabelClasses;
  readonly #policies: ActivePolicies;
  #inputs: readonly unknown[] = [];
  #workloads = new Map<string, Built<WorkloadEndpoint, PolicyLists, LocalWorkload>>();
  #hosts = new Map<string, Built<HostEndpoint, HostPolicyLists, LocalHostEndpoint>>();

  constructor(classes: LabelClasses, policies: ActivePolicies) {
    this.#classes = classes;
    this.#policies = policies;
  }

  update(chosen: readonly WorkloadEndpoint[], resolved: readonly ResolvedHost[]): void {
    const inputs = [chosen, resolved, this.#policies.revision, this.#classes.regroupings];
    if (sameElements(inputs, this.#inputs)) return;
    this.#inputs = inputs;
    const workloads = new Map<string, Built<WorkloadEndpoint, PolicyLists, LocalWorkload>>();
    for (const endpoint of chosen)
      workloads.set(endpoint.key, this.#workload(endpoint, this.#workloads.get(endpoint.key)));
    this.#workloads = workloads;
    this.workloads = localsOf(workloads, this.workloads);

    const hosts = new Map<string, Built<HostEndpoint, HostPolicyLists, LocalHostEndpoint>>();
    for (const host of resolved)
      hosts.set(host.interfaceName, this.#host(host, this.#hosts.get(host.interfaceName)));
    this.#hosts = hosts;
    this.hosts = localsOf(hosts, this.hosts);
  }

  #workload(
    endpoint: WorkloadEndpoint,
    before: Built<WorkloadEndpoint, PolicyLists, LocalWorkload> | undefined,
  ): Built<WorkloadEndpoint, PolicyLists, LocalWorkload> {
    const item = this.#classes.item("workload-endpoint", endpoint.key);
    const lists = item === undefined ? NO_POLICIES : this.#policies.workloadLists(item.labelClass);
    if (before?.endpoint === endpoint && before.lists === lists) return before;
    const policies =
      before !== undefined && sameData(before.local.policies, lists) ? before.local.policies : lists;
    const local = localWorkload(endpoint, policies);
    return {
      endpoint,
      lists,
      local: before !== undefined && sameData(before.local, local) ? before.local : local,
    };
  }

  #host(
    { endpoint, interfaceName }: ResolvedHost,
    before: Built<HostEndpoint, HostPolicyLists, LocalHostEndpoint> | undefined,
  ): Built<HostEndpoint, HostPolicyLists, LocalHostEndpoint> {
    const item = this.#classes.item("host-endpoint", endpoint.key);
    const lists = item === undefined ? NO_HOST_POLICIES : this.#policies.hostLists(item.labelClass);
    if (before?.endpoint === endpoint && before.lists === lists) return before;
    const local = localHost(endpoint, interfaceName, lists);
    return {
      endpoint,
      lists,
      local: before !== undefined && sameData(before.local, local) ? before.local : local,
    };
  }
}

const NO_HOST_POLICIES: HostPolicyLists = {
  normal: NO_POLICIES,
  forward: NO_POLICIES,
  untracked: NO_POLICIES,
  preDnat: NO_POLICIES,
};

function localWorkload(endpoint: WorkloadEndpoint, policies: PolicyLists): LocalWorkload {
  return {
    key: endpoint.key,
    interfaceName: endpoint.interfaceName,
    namespace: endpoint.namespace,
    workload: endpoint.workload,
    mac: endpoint.mac,
    addresses: endpoint.addresses,
    policies,
    profiles: endpoint.profiles,
    allowedSpoofSources: endpoint.allowedSpoofSources.toSorted(compareCidr),
    qos: endpoint.qos,
    origin: endpoint.origin,
  };
}

/** Calico ignores untracked policy on the endpoint that stands for all interfaces (dataplane §3.7). */
function localHost(endpoint: HostEndpoint, interfaceName: string, lists: HostPolicyLists): LocalHostEndpoint {
  return {
    name: endpoint.name,
    interfaceName,
    normal: lists.normal,
    forward: lists.forward,
    untracked: interfaceName === ALL_INTERFACES ? NO_POLICIES : lists.untracked,
    preDnat: lists.preDnat,
    profiles: endpoint.profiles,
    origin: endpoint.origin,
  };
}

function localsOf<I>(built: ReadonlyMap<string, { readonly local: I }>, before: readonly I[]): readonly I[] {
  const locals = [...built.values()].map(({ local }) => local);
  return sameElements(locals, before) ? before : locals;
}
