import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Cidr, Ip, IpVersion, PortRange } from "../net/cidr.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import type { BgpIr } from "./bgp-ir.ts";
import type { Direction, IcmpMatch, PolicyKind, QosControls, RuleAction } from "./cluster-model.ts";
import type { FelixSettings } from "./felix-config.ts";
import type { MemberList, MemberShape } from "./member-list.ts";
import type { RoutingIr } from "./routing-ir.ts";

/**
 * What one node must enforce, fully resolved: every selector has become a set, every policy list is in its order.
 * Plain readonly data. The parts that did not change keep their identity (`===`) from one revision to the next, so
 * back ends may cache what they rendered for them. Each list is sorted by the key named in its comment.
 */
export interface NodeIr {
  readonly node: string;
  readonly settings: FelixSettings;
  /** Sorted by id. Those that the programs refer to, and the static ones, whether a rule will ask them or not. */
  readonly ipSets: readonly IpSet[];
  /** Sorted by id. Only policies that an endpoint here refers to, or that are needed everywhere. */
  readonly policies: readonly PolicyProgram[];
  /** Sorted by name. A profile that an endpoint names but that does not exist is there with `missing: true`. */
  readonly profiles: readonly ProfileProgram[];
  /** Sorted by interface name; each interface once (`chooseWorkloads` says whose it is). */
  readonly workloads: readonly LocalWorkload[];
  /** Sorted by interface name; `"*"` is the all-interfaces endpoint. Each interface once. */
  readonly hostEndpoints: readonly LocalHostEndpoint[];
  readonly nat: NatIr;
  /** Service CIDRs that must not loop back out of the host, sorted. */
  readonly serviceLoopCidrs: readonly Cidr[];
  /** Which encapsulations this node takes part in: the rules that admit and exempt tunnel packets follow from it. */
  readonly encapsulation: {
    readonly ipip: boolean;
    readonly vxlan4: boolean;
    readonly vxlan6: boolean;
    readonly wireguard4: boolean;
    readonly wireguard6: boolean;
  };
  readonly routing: RoutingIr;
  readonly bgp: BgpIr;
}

/** Calico's own id of the set's definition: `s:…`, `n:…`, `svc:…`, `svcnoport:…`, or a static id. */
export type IpSetId = string;

export type IpSetDefinition =
  | { readonly kind: "selector"; readonly selector: Selector }
  | {
      readonly kind: "named-port";
      readonly selector: Selector;
      readonly protocol: "tcp" | "udp" | "sctp" | "any";
      readonly port: string;
    }
  | {
      readonly kind: "service";
      readonly namespace: string;
      readonly name: string;
      readonly withPorts: boolean;
    }
  /** Kept by the engine from pools, nodes and annotations; `id` is the definition. */
  | { readonly kind: "static"; readonly id: StaticSetId };

export type StaticSetId =
  | "network-ip-pools"
  | "masq-ipam-pools"
  | "this-host"
  | "all-hosts-net"
  | "all-vxlan-net"
  | "dscp-src-net";

export type IpSetType = "hash:net" | "hash:ip,port" | "hash:ip";

/** What the members of such a set are like. */
export function memberShape(version: IpVersion, type: IpSetType): MemberShape {
  return { version, kind: type === "hash:ip,port" ? "ip-port" : "net" };
}

export interface IpSet {
  readonly id: IpSetId;
  readonly type: IpSetType;
  readonly definition: IpSetDefinition;
  /** Each member once; a network of length zero as its two halves, since the kernel takes none. */
  readonly members4: MemberList;
  readonly members6: MemberList;
}

export type Side = "source" | "destination";

/**
 * One criterion of a rule; the list of a rule is a conjunction. A list inside a criterion is a disjunction, and
 * `negated` negates the whole criterion ("in none of them").
 */
export type Match =
  | { readonly kind: "protocol"; readonly protocol: number; readonly negated: boolean }
  | { readonly kind: "nets"; readonly side: Side; readonly cidrs: readonly Cidr[]; readonly negated: boolean }
  /** A set of addresses. */
  | { readonly kind: "ip-set"; readonly side: Side; readonly set: IpSetId; readonly negated: boolean }
  /** Ports of one side: numeric ranges or membership of address and port in one of the named-port sets. */
  | {
      readonly kind: "ports";
      readonly side: Side;
      readonly ranges: readonly PortRange[];
      readonly sets: readonly IpSetId[];
      readonly negated: boolean;
    }
  /** A Kubernetes service: address and port together in one set. */
  | { readonly kind: "service"; readonly side: Side; readonly set: IpSetId }
  | { readonly kind: "icmp"; readonly icmp: IcmpMatch; readonly negated: boolean };

/**
 * `matches` in the fixed order: protocol, source nets, source sets, source ports, destination nets, destination
 * sets, destination service, destination ports, ICMP; first the positive ones, then the negated ones.
 */
export interface Rule {
  readonly action: RuleAction;
  readonly ipVersion: 4 | 6 | undefined;
  readonly matches: readonly Match[];
  readonly annotations: readonly (readonly [string, string])[];
  readonly origin: Origin;
}

/** `np/shop/allow-api`, `gnp/deny-all`: short kind, namespace where there is one, name. */
export type PolicyId = string;

export interface PolicyProgram {
  readonly id: PolicyId;
  readonly policyKind: PolicyKind;
  readonly namespace: string;
  readonly name: string;
  readonly tier: string;
  /** Canonical subject selector: neighbours with equal ones form a group. */
  readonly selector: string;
  readonly directions: readonly Direction[];
  readonly neededEverywhere: boolean;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
  readonly origin: Origin;
}

export interface ProfileProgram {
  readonly name: string;
  /** No such profile: denies both directions. */
  readonly missing: boolean;
  readonly ingress: readonly Rule[];
  readonly egress: readonly Rule[];
  readonly origin: Origin | undefined;
}

/** The policies of one tier that apply to one endpoint in one direction, in evaluation order; never empty. */
export interface TierPolicies {
  readonly tier: string;
  readonly defaultAction: "deny" | "pass";
  readonly policies: readonly PolicyUse[];
}

/** A staged policy has no program and is never enforced; it only keeps its tier from denying by default. */
export interface PolicyUse {
  readonly id: PolicyId;
  readonly staged: boolean;
  /** Canonical subject selector, for grouping. */
  readonly selector: string;
}

export interface PolicyLists {
  readonly ingress: readonly TierPolicies[];
  readonly egress: readonly TierPolicies[];
}

export interface LocalWorkload {
  readonly key: string;
  readonly interfaceName: string;
  readonly namespace: string;
  /** `<namespace>/<pod>` on Kubernetes: for comments. */
  readonly workload: string;
  readonly mac: string | undefined;
  readonly addresses: readonly Cidr[];
  readonly policies: PolicyLists;
  readonly profiles: readonly string[];
  readonly allowedSpoofSources: readonly Cidr[];
  readonly qos: QosControls;
  readonly origin: Origin;
}

export interface LocalHostEndpoint {
  readonly name: string;
  readonly interfaceName: string;
  readonly normal: PolicyLists;
  /** `applyOnForward` policies; both lists empty = forwarded traffic is allowed. */
  readonly forward: PolicyLists;
  readonly untracked: PolicyLists;
  /** Ingress only. */
  readonly preDnat: PolicyLists;
  readonly profiles: readonly string[];
  readonly origin: Origin;
}

export interface NatIr {
  /** A pool of the family has `natOutgoing`. */
  readonly natOutgoing4: boolean;
  readonly natOutgoing6: boolean;
  /** Sorted by external address. */
  readonly dnat: readonly { readonly external: Ip; readonly internal: Ip }[];
  /** Sorted by internal address. */
  readonly snat: readonly { readonly external: Ip; readonly internal: Ip }[];
  /** Marking of traffic that leaves the cluster, sorted by source. */
  readonly dscp: readonly { readonly source: Cidr; readonly dscp: number }[];
  /** Tunnel devices whose source address must be fixed up: `tunl0`, `vxlan.calico`, … with their family. */
  readonly tunnelDevices: readonly { readonly version: 4 | 6; readonly name: string }[];
}
