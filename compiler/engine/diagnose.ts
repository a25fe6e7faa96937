import type { Report } from "../diagnostics/bag.ts";
import type { HostEndpoint } from "../ir/cluster-model.ts";
import { absentNode } from "./absent-node.ts";
import { prepareBgp, resolveNodeBgp } from "./bgp/resolve.ts";
import { chooseWorkloads } from "./choose-workloads.ts";
import type { Cluster } from "./node-view.ts";
import { compareText } from "./order.ts";
import { ALL_INTERFACES, resolveHosts } from "./resolve-hosts.ts";

/** Reports what is wrong in the current state. Expects the label classes to be up to date. */
export function diagnose(cluster: Cluster, report: Report): void {
  for (const name of [...cluster.local.nodes()].sort(compareText)) {
    if (cluster.store.get("node", name) === undefined) reportUnknownNode(cluster, name, report);
    diagnoseWorkloads(cluster, name, report);
    diagnoseHosts(cluster, name, report);
  }
  diagnoseBgp(cluster, report);
}

/** Whatever the resolution finds wrong, in the cluster and on any of its nodes. */
function diagnoseBgp({ store, shared }: Cluster, report: Report): void {
  const bgp = prepareBgp(store, report, shared.bgpOptions);
  for (const node of store.all("node").values()) resolveNodeBgp(bgp, node, shared.settings(node), report);
}

function reportUnknownNode({ local }: Cluster, node: string, report: Report): void {
  const { workloads, hosts } = local.on(node);
  const all = [...workloads.values(), ...hosts.values()].sort((a, b) => compareText(a.key, b.key));
  report("engine/unknown-node", { node, endpoints: all.length }, all[0]?.origin);
}

function diagnoseWorkloads({ local, shared, store }: Cluster, node: string, report: Report): void {
  const settings = shared.settings(store.get("node", node) ?? absentNode(node));
  const { shadowed, spoofing } = chooseWorkloads(local.on(node).workloads.values(), settings);
  for (const { endpoint, by } of shadowed)
    report(
      "engine/shadowed-workload",
      { interfaceName: endpoint.interfaceName, node, by: by.workload },
      endpoint.origin,
      { related: [{ message: "The endpoint that has the interface.", origin: by.origin }] },
    );
  for (const { origin } of spoofing) report("engine/spoofing-disabled", { node }, origin);
}

function diagnoseHosts(cluster: Cluster, node: string, report: Report): void {
  const { local, shared, store } = cluster;
  const object = store.get("node", node) ?? absentNode(node);
  const { hosts } = local.on(node);
  const { resolved, shadowed, unresolved } = resolveHosts(
    hosts.values(),
    object.interfaces,
    shared.settings(object),
  );
  for (const { endpoint, by } of shadowed)
    report(
      "engine/shadowed-host-endpoint",
      { node, interfaceName: by.interfaceName, by: by.endpoint.name },
      endpoint.origin,
      { related: [{ message: "The host endpoint that has the interface.", origin: by.endpoint.origin }] },
    );
  for (const endpoint of unresolved)
    report(
      "engine/host-endpoint-unresolved",
      { node, reason: endpoint.interfaceName === "" ? "addresses" : "workload-interface" },
      endpoint.origin,
    );
  for (const { endpoint, interfaceName } of resolved)
    if (interfaceName === ALL_INTERFACES) diagnoseWildcard(cluster, endpoint, report);
}

function diagnoseWildcard(
  { classes, policies, store }: Cluster,
  endpoint: HostEndpoint,
  report: Report,
): void {
  const item = classes.item("host-endpoint", endpoint.key);
  if (item === undefined) return;
  const { ingress, egress } = policies.hostLists(item.labelClass).untracked;
  const ids = new Set([...ingress, ...egress].flatMap((tier) => tier.policies.map(({ id }) => id)));
  const names = [...ids].flatMap((id) => {
    const policy = store.get("policy", id);
    return policy === undefined ? [] : [`${policy.policyKind} ${policy.name}`];
  });
  if (names.length > 0)
    report("engine/untracked-wildcard", { policies: names.sort(compareText).join(", ") }, endpoint.origin);
}
