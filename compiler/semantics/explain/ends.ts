import type { ClusterModel, Node, WorkloadEndpoint } from "../../ir/cluster-model.ts";
import { cidrContainsIp, type Ip, type IpVersion, ipOf } from "../../net/cidr.ts";
import { compareIp, parseIp } from "../../net/ip.ts";

/** Where a packet comes from, or goes to. */
export type End =
  | { readonly kind: "workload"; readonly workload: WorkloadEndpoint; readonly addresses: readonly Ip[] }
  | { readonly kind: "host"; readonly node: string; readonly addresses: readonly Ip[] }
  /** Of nobody in the cluster. */
  | { readonly kind: "outside"; readonly addresses: readonly Ip[] };

export type EndProblem =
  | { readonly kind: "unknown-pod"; readonly name: string; readonly known: readonly string[] }
  | { readonly kind: "unknown-node"; readonly name: string; readonly known: readonly string[] }
  /** It is in the resources, but has no address or no interface on a node. */
  | { readonly kind: "pod-without-address"; readonly name: string }
  | { readonly kind: "node-without-address"; readonly name: string }
  | { readonly kind: "which-host" }
  | { readonly kind: "not-an-end"; readonly text: string };

/** `T`, or why there is none. */
export type Found<T, P> =
  | { readonly ok: true; readonly found: T }
  | { readonly ok: false; readonly problem: P };

/**
 * What `NAMESPACE/POD`, `pod/NAMESPACE/POD`, an address, `node/NAME` or `host` stands for. `nodeOfOther` is the node
 * of the other end, whose host `host` means.
 */
export function findEnd(
  model: ClusterModel,
  text: string,
  nodeOfOther: string | undefined,
): Found<End, EndProblem> {
  if (text === "host")
    return nodeOfOther === undefined ? problem({ kind: "which-host" }) : findNode(model, nodeOfOther);
  const ip = parseIp(text);
  if (ip !== undefined) return found(endAt(model, ip, nodeOfOther));
  const [first, second, ...rest] = text.split("/");
  if (first === "node" && second !== undefined && rest.length === 0) return findNode(model, second);
  const isPrefixed = first === "pod" && rest.length > 0;
  const name = isPrefixed ? text.slice("pod/".length) : text;
  return name.includes("/") ? findWorkload(model, name) : problem({ kind: "not-an-end", text });
}

/** The node that the end is on; `undefined` where it is on none, or named by `host` alone. */
export function nodeOf(end: End): string | undefined {
  switch (end.kind) {
    case "workload":
      return end.workload.node;
    case "host":
      return end.node;
    case "outside":
      return undefined;
  }
}

function findWorkload(model: ClusterModel, name: string): Found<End, EndProblem> {
  const all = [...model.all("workload-endpoint").values()];
  const named = all.filter(({ workload }) => workload === name);
  const workload = named.find(({ addresses }) => addresses.length > 0);
  if (workload !== undefined)
    return found({ kind: "workload", workload, addresses: workload.addresses.map(ipOf) });
  if (named.length > 0 || model.all("abstract-endpoint").has(`Pod/${name}`))
    return problem({ kind: "pod-without-address", name });
  const known = [...new Set(all.map(({ workload: each }) => each))];
  return problem({ kind: "unknown-pod", name, known });
}

function findNode(model: ClusterModel, name: string): Found<End, EndProblem> {
  const nodes = model.all("node");
  const node = nodes.get(name);
  if (node === undefined) return problem({ kind: "unknown-node", name, known: [...nodes.keys()] });
  const addresses = ([4, 6] as const).flatMap((version) => mainAddress(node, version) ?? []);
  if (addresses.length === 0) return problem({ kind: "node-without-address", name });
  return found({ kind: "host", node: name, addresses });
}

/** By its address: a workload (a floating address of one, too), a node, or nobody of the cluster. */
function endAt(model: ClusterModel, ip: Ip, nodeOfOther: string | undefined): End {
  const isThis = (other: Ip) => compareIp(other, ip) === 0;
  for (const workload of model.all("workload-endpoint").values()) {
    const isIts =
      workload.addresses.some((cidr) => cidrContainsIp(cidr, ip)) ||
      workload.floatingIps.some(({ external }) => isThis(external));
    if (isIts) return { kind: "workload", workload, addresses: [ip] };
  }
  const own = [...model.all("node").values()].find((node) => addressesOf(node).some(isThis));
  const isLoopback = ip.version === 4 ? ip.value >>> 24 === 127 : ip.value === 1n;
  const node = own?.name ?? (isLoopback ? nodeOfOther : undefined);
  return node === undefined ? { kind: "outside", addresses: [ip] } : { kind: "host", node, addresses: [ip] };
}

/** The address by which other hosts know the node. */
export function mainAddress(node: Node, version: IpVersion): Ip | undefined {
  const bgp = version === 4 ? node.bgp?.ipv4?.ip : node.bgp?.ipv6?.ip;
  return bgp ?? addressesOf(node).find((ip) => ip.version === version);
}

function addressesOf({ bgp, addresses, interfaces }: Node): readonly Ip[] {
  return [
    bgp?.ipv4?.ip,
    bgp?.ipv6?.ip,
    ...addresses.map(({ ip }) => ip),
    ...interfaces.flatMap((each) => each.addresses.map(({ ip }) => ip)),
  ].filter((ip) => ip !== undefined);
}

function found<T>(value: T): { readonly ok: true; readonly found: T } {
  return { ok: true, found: value };
}

function problem<P>(value: P): { readonly ok: false; readonly problem: P } {
  return { ok: false, problem: value };
}
