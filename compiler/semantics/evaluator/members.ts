import type {
  ClusterModel,
  EndpointPort,
  EntityMatch,
  HostEndpoint,
  NetworkSet,
  ServiceRef,
  ServiceSlice,
  WorkloadEndpoint,
} from "../../ir/cluster-model.ts";
import { type Cidr, cidrContainsIp, hostCidr, type Ip } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import type { Selector } from "../../syntax/selector/ast.ts";
import { selects } from "./labels.ts";

/** What a selector in a rule can stand for: endpoints of all nodes, and network sets. */
type Member = WorkloadEndpoint | HostEndpoint | NetworkSet;

/** Whether the address belongs to something that the selector matches. */
export function isSelected(model: ClusterModel, selector: Selector, ip: Ip): boolean {
  return membersAt(model, ip).some((member) => selects(model, selector, member));
}

/**
 * Whether the address belongs to something that the positive selector matches and the negative one does not. One
 * member must satisfy both: an address of two endpoints counts where one of them does.
 */
export function isChosen(
  model: ClusterModel,
  { selector, notSelector }: Pick<EntityMatch, "selector" | "notSelector">,
  ip: Ip,
): boolean {
  return membersAt(model, ip).some((member) => isWanted(model, { selector, notSelector }, member));
}

/**
 * Whether address, protocol and port are those of a named port of an endpoint that the entity's positive selector
 * matches, or of any endpoint where it has none. `ofProtocol: undefined` = the port may be of any protocol.
 */
export function hasNamedPort(
  model: ClusterModel,
  entity: EntityMatch,
  name: string,
  ofProtocol: number | undefined,
  at: { readonly ip: Ip; readonly protocol: number; readonly port: number | undefined },
): boolean {
  return membersAt(model, at.ip)
    .filter((member) => entity.selector === undefined || isWanted(model, entity, member))
    .flatMap(portsOf)
    .some(
      (port) =>
        port.name === name &&
        port.port === at.port &&
        port.protocol === at.protocol &&
        (ofProtocol === undefined || port.protocol === ofProtocol),
    );
}

/** Whether the address is one of the service's endpoints; readiness plays no part. */
export function isServiceAddress(model: ClusterModel, service: ServiceRef, ip: Ip): boolean {
  return slicesOf(model, service).some((slice) => hasAddress(slice, ip));
}

/** Whether address, protocol and port together are one of the service's endpoints. */
export function isServicePort(
  model: ClusterModel,
  service: ServiceRef,
  at: { readonly ip: Ip; readonly protocol: number; readonly port: number | undefined },
): boolean {
  return slicesOf(model, service).some(
    (slice) =>
      hasAddress(slice, at.ip) &&
      slice.ports.some(
        ({ protocol, port }) => port !== undefined && port === at.port && protocol === at.protocol,
      ),
  );
}

function isWanted(
  model: ClusterModel,
  { selector, notSelector }: Pick<EntityMatch, "selector" | "notSelector">,
  member: Member,
): boolean {
  return (
    (selector === undefined || selects(model, selector, member)) &&
    (notSelector === undefined || !selects(model, notSelector, member))
  );
}

function membersAt(model: ClusterModel, ip: Ip): readonly Member[] {
  const members: readonly Member[] = [
    ...model.all("workload-endpoint").values(),
    ...model.all("host-endpoint").values(),
    ...model.all("network-set").values(),
  ];
  return members.filter((member) => addressesOf(member).some((cidr) => cidrContainsIp(cidr, ip)));
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

function portsOf(member: Member): readonly EndpointPort[] {
  return member.kind === "network-set" ? [] : member.ports;
}

function slicesOf(model: ClusterModel, service: ServiceRef): readonly ServiceSlice[] {
  return [...model.all("service-slice").values()].filter(
    (slice) => slice.namespace === service.namespace && slice.service === service.name,
  );
}

function hasAddress(slice: ServiceSlice, ip: Ip): boolean {
  return slice.endpoints.some(({ addresses }) => addresses.some((address) => compareIp(address, ip) === 0));
}
