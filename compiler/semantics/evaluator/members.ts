import type {
  ClusterModel,
  EndpointPort,
  EntityMatch,
  HostEndpoint,
  IpPool,
  NetworkSet,
  Node,
  ServiceRef,
  ServiceSlice,
  WorkloadEndpoint,
} from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import { type Cidr, cidrContainsIp, hostCidr, type Ip, type IpVersion } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import type { Selector } from "../../syntax/selector/ast.ts";
import { type LabelLookup, matchesSelector } from "../../syntax/selector/match.ts";
import { printSelector } from "../../syntax/selector/print.ts";
import type { SetDefinition } from "../condition.ts";
import type { Membership } from "../holds.ts";
import { effectiveLabels } from "./labels.ts";

/** A set as the resources define it. */
export type ModelSet = SetDefinition & { readonly meaning: SetMeaning };

export type SetMeaning =
  /** Addresses of whatever matches the positive selector and does not match the negative one. */
  | ({ readonly kind: "selected" } & Chosen)
  /** Addresses with a port of that name. `protocol: undefined` = of any protocol. */
  | ({ readonly kind: "named-port"; readonly name: string; readonly protocol: number | undefined } & Chosen)
  | { readonly kind: "service"; readonly service: ServiceRef; readonly withPorts: boolean }
  /** Every node's address and those of hosts outside the cluster; or only of nodes with a VXLAN tunnel. */
  | { readonly kind: "hosts"; readonly settings: FelixSettings; readonly withVxlan: boolean }
  /** These and no others. */
  | ({ readonly kind: "listed" } & Contents)
  /** Networks where pods may be, or only those that are masqueraded. */
  | { readonly kind: "pools"; readonly onlyMasqueraded: boolean };

interface Chosen {
  /** `undefined` = everything known. */
  readonly selector: Selector | undefined;
  readonly notSelector: Selector | undefined;
}

/** What a set holds; one of the lists is always empty. */
export interface Contents {
  readonly nets: readonly Cidr[];
  readonly triples: readonly { readonly ip: Ip; readonly protocol: number; readonly port: number }[];
}

export function selected({ selector, notSelector }: Partial<Chosen>): ModelSet {
  const meaning: SetMeaning = { kind: "selected", selector, notSelector };
  return { key: `addresses of ${chosenText({ selector, notSelector })}`, withPorts: false, meaning };
}

/**
 * The named ports of the endpoints that the entity's positive selector matches, or of all endpoints where it has
 * none: a negative selector alone says nothing about ports (dataplane §4.1).
 */
export function namedPort(
  { selector, notSelector }: Pick<EntityMatch, "selector" | "notSelector">,
  name: string,
  protocol: number | undefined,
): ModelSet {
  const chosen: Chosen = { selector, notSelector: selector === undefined ? undefined : notSelector };
  const text = `${protocol ?? "any"} ports ${name} of ${chosenText(chosen)}`;
  return { key: text, withPorts: true, meaning: { kind: "named-port", name, protocol, ...chosen } };
}

export function addressesOfService(service: ServiceRef): ModelSet {
  return serviceSet(service, false);
}

/** Address, protocol and port together. */
export function portsOfService(service: ServiceRef): ModelSet {
  return serviceSet(service, true);
}

function serviceSet(service: ServiceRef, withPorts: boolean): ModelSet {
  const key = `${withPorts ? "addresses and ports" : "addresses"} of service ${service.namespace}/${service.name}`;
  return { key, withPorts, meaning: { kind: "service", service, withPorts } };
}

export function hosts(settings: FelixSettings, withVxlan: boolean): ModelSet {
  const key = withVxlan ? "hosts with a VXLAN tunnel" : "hosts";
  return { key, withPorts: false, meaning: { kind: "hosts", settings, withVxlan } };
}

export function pools(onlyMasqueraded: boolean): ModelSet {
  const key = onlyMasqueraded ? "NAT-outgoing pools" : "pools";
  return { key, withPorts: false, meaning: { kind: "pools", onlyMasqueraded } };
}

function chosenText({ selector, notSelector }: Chosen): string {
  const positive = selector === undefined ? "all()" : printSelector(selector.root);
  return notSelector === undefined ? positive : `(${positive} && !${printSelector(notSelector.root)})`;
}

/** Membership as the resources tell it. */
export function membership(sets: ModelSets): Membership {
  return (set, { ip, protocol, port }) => {
    if (!isModelSet(set)) throw new TypeError(`${set.key} is no set of the model`);
    const contents = sets.contents(set);
    return (
      contents.nets.some((net) => cidrContainsIp(net, ip)) ||
      contents.triples.some(
        (triple) => triple.port === port && triple.protocol === protocol && compareIp(triple.ip, ip) === 0,
      )
    );
  };
}

function isModelSet(set: SetDefinition): set is ModelSet {
  return "meaning" in set;
}

/** What a selector in a rule can stand for: endpoints of all nodes, and network sets. */
type Member = WorkloadEndpoint | HostEndpoint | NetworkSet;

/** What sets hold by the resources. Each is looked up once: the model must not change meanwhile. */
export class ModelSets {
  readonly #model: ClusterModel;
  readonly #known = new Map<string, Contents>();
  #members: readonly (readonly [Member, LabelLookup])[] | undefined;

  constructor(model: ClusterModel) {
    this.#model = model;
  }

  /** Everything in the set, in no order, repetitions included. */
  contents(set: ModelSet): Contents {
    let contents = this.#known.get(set.key);
    if (contents === undefined) {
      contents = this.#contentsOf(set);
      this.#known.set(set.key, contents);
    }
    return contents;
  }

  #contentsOf({ meaning }: ModelSet): Contents {
    switch (meaning.kind) {
      case "selected":
        return { nets: this.#chosen(meaning).flatMap(addressesOf), triples: [] };
      case "named-port":
        return { nets: [], triples: this.#chosen(meaning).flatMap((member) => portsNamed(member, meaning)) };
      case "service":
        return serviceContents(this.#model, meaning.service, meaning.withPorts);
      case "hosts":
        return { nets: hostAddresses(this.#model, meaning.settings, meaning.withVxlan), triples: [] };
      case "listed":
        return meaning;
      case "pools": {
        const wanted = [...this.#model.all("ip-pool").values()].filter((pool) =>
          meaning.onlyMasqueraded ? pool.natOutgoing : isRouted(pool),
        );
        return { nets: wanted.map(({ cidr }) => cidr), triples: [] };
      }
    }
  }

  /** One member must satisfy both selectors: an address of two endpoints counts where one of them does. */
  #chosen({ selector, notSelector }: Chosen): readonly Member[] {
    this.#members ??= membersOf(this.#model);
    return this.#members.flatMap(([member, labels]) =>
      (selector === undefined || matchesSelector(selector.root, labels)) &&
      (notSelector === undefined || !matchesSelector(notSelector.root, labels))
        ? member
        : [],
    );
  }
}

function membersOf(model: ClusterModel): readonly (readonly [Member, LabelLookup])[] {
  const members: readonly Member[] = [
    ...model.all("workload-endpoint").values(),
    ...model.all("host-endpoint").values(),
    ...model.all("network-set").values(),
  ];
  return members.map((member) => [member, effectiveLabels(model, member)] as const);
}

function addressesOf(member: Member): readonly Cidr[] {
  switch (member.kind) {
    case "workload-endpoint":
      return member.addresses;
    case "host-endpoint":
      return member.expectedIps.map(hostCidr);
    case "network-set":
      return member.nets;
  }
}

/** A network set has no ports; the addresses of endpoints are single ones. */
function portsNamed(
  member: Member,
  { name, protocol: wantedProtocol }: { readonly name: string; readonly protocol: number | undefined },
): Contents["triples"] {
  const ports: readonly EndpointPort[] = member.kind === "network-set" ? [] : member.ports;
  const wanted = ports.filter(
    (port) => port.name === name && (wantedProtocol === undefined || port.protocol === wantedProtocol),
  );
  return addressesOf(member).flatMap((ip) => wanted.map(({ protocol, port }) => ({ ip, protocol, port })));
}

/** Readiness plays no part. */
function serviceContents(model: ClusterModel, service: ServiceRef, withPorts: boolean): Contents {
  const slices: readonly ServiceSlice[] = [...model.all("service-slice").values()].filter(
    (slice) => slice.namespace === service.namespace && slice.service === service.name,
  );
  const addresses = (slice: ServiceSlice) => slice.endpoints.flatMap((endpoint) => endpoint.addresses);
  if (!withPorts) return { nets: slices.flatMap(addresses).map(hostCidr), triples: [] };
  const triples = slices.flatMap((slice) =>
    slice.ports.flatMap(({ protocol, port }) =>
      port === undefined ? [] : addresses(slice).map((ip) => ({ ip, protocol, port })),
    ),
  );
  return { nets: [], triples };
}

function hostAddresses(model: ClusterModel, settings: FelixSettings, withVxlan: boolean): readonly Cidr[] {
  const versions = ([4, 6] as const).filter((version) => !withVxlan || usesVxlan(model, settings, version));
  const nodes = [...model.all("node").values()];
  const ofNodes = versions.flatMap((version) =>
    nodes.map((node) => (withVxlan ? tunnelEnd(node, version) : addressOfNode(node, version))),
  );
  return [
    ...settings.externalNodesCidrs.filter(({ version }) => versions.includes(version)),
    ...ofNodes.filter((address) => address !== undefined).map(hostCidr),
  ];
}

/** Without a BGP address of the IP version the first internal one counts, else the first external one (felix/calc). */
function addressOfNode({ bgp, addresses }: Node, version: IpVersion): Ip | undefined {
  const ofType = (wanted: string) =>
    addresses.find(({ ip, type }) => type === wanted && ip.version === version)?.ip;
  const own = version === 4 ? bgp?.ipv4 : bgp?.ipv6;
  return own?.ip ?? ofType("InternalIP") ?? ofType("ExternalIP");
}

/** Where VXLAN packets to the node go. A node with any BGP address is not reached by a listed one (routing §1.6). */
function tunnelEnd(node: Node, version: IpVersion): Ip | undefined {
  const tunnel = version === 4 ? node.vxlanTunnelAddress4 : node.vxlanTunnelAddress6;
  if (tunnel === undefined) return undefined;
  const { ipv4, ipv6 } = node.bgp ?? {};
  if (ipv4 === undefined && ipv6 === undefined) return addressOfNode(node, version);
  return (version === 4 ? ipv4 : ipv6)?.ip;
}

/** Whether VXLAN is in use. In IPv6 the pools alone decide (felix/calc, `VXLANEnabledV6`). */
export function usesVxlan(model: ClusterModel, settings: FelixSettings, version: IpVersion): boolean {
  const asked = [...model.all("ip-pool").values()].some(
    (pool) => isRouted(pool) && pool.cidr.version === version && pool.vxlanMode !== "Never",
  );
  return version === 6 ? asked : (settings.vxlanEnabled ?? asked);
}

/** A pool for load balancers only holds no pods. */
export function isRouted({ allowedUses }: IpPool): boolean {
  return !(allowedUses.length === 1 && allowedUses[0] === "LoadBalancer");
}
