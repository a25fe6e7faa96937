import type { ClusterModel, HostEndpoint, Node, WorkloadEndpoint } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import { type Cidr, cidrContainsIp, cidrKey, cidrOf, hostCidr, type Ip } from "../../net/cidr.ts";
import { compareIp, formatIp } from "../../net/ip.ts";
import { PolicySource } from "./endpoint.ts";
import { ModelSets } from "./members.ts";
import {
  INVALID_WORKLOADS_ARE_SERVED,
  SHADOWED_WORKLOADS_ARE_SERVED,
  WILDCARD_HAS_UNTRACKED_POLICY,
  WILDCARD_POLICES_LOOPBACK,
  WILDCARD_POLICES_WORKLOAD_INTERFACES,
} from "./quirks.ts";
import type { HostPolicy } from "./verdict.ts";

/** The host that packets are judged on. The model must not change while this is in use: answers are kept. */
export class Host {
  readonly model: ClusterModel;
  /** Those in force on the node. */
  readonly settings: FelixSettings;
  /** Name of the node. */
  readonly node: string;
  readonly policies: PolicySource;
  readonly sets: ModelSets;
  readonly #answers = new Map<string, unknown>();

  constructor(model: ClusterModel, settings: FelixSettings, node: string) {
    this.model = model;
    this.policies = new PolicySource(model);
    this.sets = new ModelSets(model);
    this.settings = settings;
    this.node = node;
  }

  /** What `make` returned when the question was first asked. A question is only ever asked with one type of answer. */
  once<T>(question: string, make: () => T): T {
    if (!this.#answers.has(question)) this.#answers.set(question, make());
    return this.#answers.get(question) as T;
  }
}

export const LOOPBACK = "lo";
const ALL_INTERFACES = "*";

export function isWorkloadInterface({ settings }: Host, name: string): boolean {
  return settings.interfacePrefixes.some((prefix) => name.startsWith(prefix));
}

export function workloadOn(host: Host, interfaceName: string): WorkloadEndpoint | undefined {
  return servedWorkloads(host).find((workload) => workload.interfaceName === interfaceName);
}

export function workloadAt(host: Host, ip: Ip): WorkloadEndpoint | undefined {
  return servedWorkloads(host).find((workload) =>
    routedTo(host, workload).some((cidr) => cidrContainsIp(cidr, ip)),
  );
}

/** Addresses that the host's routes lead to the workload; one of several workloads is the first interface's. */
export function routedTo(host: Host, workload: WorkloadEndpoint): readonly Cidr[] {
  const routed = host.once("routed addresses", () => {
    const taken = new Set<number | bigint>();
    const isFree = (cidr: Cidr) => !taken.has(cidrKey(cidr)) && taken.add(cidrKey(cidr));
    const inOrder = servedWorkloads(host).toSorted((a, b) => compareText(a.interfaceName, b.interfaceName));
    return new Map(
      inOrder.map((each) => {
        const floating = floatingIpsOf(host, each).map(({ external }) => hostCidr(external));
        return [each.key, [...each.addresses, ...floating].filter(isFree)];
      }),
    );
  });
  return routed.get(workload.key) ?? [];
}

type FloatingIp = WorkloadEndpoint["floatingIps"][number];

/** OpenStack has always had floating addresses; elsewhere they are a choice (dataplane §7.3). */
function floatingIpsOf({ settings }: Host, workload: WorkloadEndpoint): readonly FloatingIp[] {
  return settings.floatingIps || workload.orchestrator === "openstack" ? workload.floatingIps : [];
}

/** Each floating address here once, with where it leads: to the lowest internal one, compared as text (dataplane §7.3). */
export function floatingIps(host: Host): readonly FloatingIp[] {
  return host.once("floating addresses", () => {
    const pairs = servedWorkloads(host).flatMap((workload) => floatingIpsOf(host, workload));
    const lowestLast = pairs.toSorted((a, b) => compareText(formatIp(b.internal), formatIp(a.internal)));
    return [...new Map(lowestLast.map((pair) => [formatIp(pair.external), pair])).values()];
  });
}

/** Where a floating address leads to; packets keep their destination where there is none. */
export function withoutFloatingIp(host: Host, destination: Ip): Ip {
  const pair = floatingIps(host).find(({ external }) => compareIp(external, destination) === 0);
  return pair?.internal ?? destination;
}

/** The node's workloads that have an interface and an address, in the order of their ids (dataplane §3.6). */
export function servedWorkloads(host: Host): readonly WorkloadEndpoint[] {
  return host.once("served workloads", () => findServedWorkloads(host));
}

function findServedWorkloads({ model, node, settings }: Host): readonly WorkloadEndpoint[] {
  const mayClaimForeignSources = settings.workloadSourceSpoofing === "Any" || INVALID_WORKLOADS_ARE_SERVED;
  const local = [...model.all("workload-endpoint").values()]
    .filter((workload) => workload.node === node)
    .filter(({ addresses, interfaceName }) => addresses.length > 0 && interfaceName !== "")
    .filter(({ allowedSpoofSources }) => mayClaimForeignSources || allowedSpoofSources.length === 0)
    .toSorted(byId);
  if (SHADOWED_WORKLOADS_ARE_SERVED) return local;
  return local.filter(
    ({ interfaceName }, i) => local.findIndex((other) => other.interfaceName === interfaceName) === i,
  );
}

function byId(a: WorkloadEndpoint, b: WorkloadEndpoint): number {
  return (
    compareText(a.orchestrator, b.orchestrator) ||
    compareText(a.workload, b.workload) ||
    compareText(a.endpoint, b.endpoint)
  );
}

/**
 * The host endpoint whose policy of that kind polices an interface: the interface's own, whatever policy it has, and
 * only where there is none the all-interfaces one, with its exceptions (dataplane §3.7).
 */
export function hostEndpointFor(
  host: Host,
  interfaceName: string,
  policy: HostPolicy,
): HostEndpoint | undefined {
  const ofNode = hostEndpoints(host);
  const isWorkloads = isWorkloadInterface(host, interfaceName);
  const own = isWorkloads ? undefined : ofNode.find((endpoint) => isOn(host, endpoint, interfaceName));
  if (own !== undefined) return own;
  if (policy === "untracked" && !WILDCARD_HAS_UNTRACKED_POLICY) return undefined;
  if (isWorkloads && !WILDCARD_POLICES_WORKLOAD_INTERFACES[policy]) return undefined;
  if (interfaceName === LOOPBACK && !WILDCARD_POLICES_LOOPBACK) return undefined;
  return ofNode.find((endpoint) => endpoint.interfaceName === ALL_INTERFACES);
}

function hostEndpoints(host: Host): readonly HostEndpoint[] {
  return host.once("host endpoints", () =>
    [...host.model.all("host-endpoint").values()]
      .filter(({ node }) => node === host.node)
      .toSorted((a, b) => compareText(a.name, b.name)),
  );
}

/** Addresses of the endpoints here whose packets are marked on their way out of the cluster (dataplane §7.5). */
export function markedSources(host: Host): readonly Cidr[] {
  return [
    ...servedWorkloads(host).flatMap(({ addresses, qos }) => (qos.dscp === undefined ? [] : addresses)),
    ...hostEndpoints(host).flatMap(({ expectedIps, dscp }) =>
      dscp === undefined ? [] : expectedIps.map(hostCidr),
    ),
  ];
}

/** The interfaces of the host that its resources name. */
export function interfacesOfHost(host: Host): readonly string[] {
  const named = hostEndpoints(host).map(({ interfaceName }) => interfaceName);
  const ofNode = nodeOf(host)?.interfaces ?? [];
  return [
    ...named.filter((name) => name !== "" && name !== ALL_INTERFACES),
    ...ofNode.map(({ name }) => name),
  ];
}

/** By name where it has one, else by any of its addresses. */
function isOn(host: Host, endpoint: HostEndpoint, interfaceName: string): boolean {
  if (endpoint.interfaceName !== "") return endpoint.interfaceName === interfaceName;
  const interfaces = nodeOf(host)?.interfaces ?? [];
  return interfaces.some(
    ({ name, addresses }) =>
      name === interfaceName &&
      addresses.some(({ ip }) => endpoint.expectedIps.some((expected) => compareIp(expected, ip) === 0)),
  );
}

/** Whether the host itself answers to the address, as far as its node's resource tells. */
export function isOwnAddress(host: Host, ip: Ip): boolean {
  return ownAddresses(host).some((cidr) => cidrContainsIp(cidr, ip));
}

/** The host's own addresses, as far as its node's resource tells, and the loopback networks. */
export function ownAddresses(host: Host): readonly Cidr[] {
  return host.once("own addresses", () => {
    const node = nodeOf(host);
    if (node === undefined) return LOOPBACK_NETS;
    const own = [
      node.bgp?.ipv4?.ip,
      node.bgp?.ipv6?.ip,
      node.bgp?.ipipTunnelAddress,
      node.vxlanTunnelAddress4,
      node.vxlanTunnelAddress6,
      node.wireguard.address4,
      node.wireguard.address6,
      ...node.addresses.map((address) => address.ip),
      ...node.interfaces.flatMap(({ addresses }) => addresses.map((address) => address.ip)),
    ];
    return [...LOOPBACK_NETS, ...own.filter((ip) => ip !== undefined).map(hostCidr)];
  });
}

const LOOPBACK_NETS: readonly Cidr[] = [
  cidrOf({ version: 4, value: 0x7f00_0000 }, 8),
  cidrOf({ version: 6, value: 1n }, 128),
];

function nodeOf({ model, node }: Host): Node | undefined {
  return model.all("node").get(node);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
