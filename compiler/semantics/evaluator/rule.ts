import type { ClusterModel, EntityMatch, IcmpMatch, PolicyRule, PortMatch } from "../../ir/cluster-model.ts";
import { type Cidr, cidrContainsIp, type Ip, type IpVersion } from "../../net/cidr.ts";
import { hasNamedPort, isChosen, isSelected, isServiceAddress, isServicePort } from "./members.ts";
import { type Packet, SCTP, TCP, UDP } from "./packet.ts";
import { NETS_BIND_THE_RULE_TO_THEIR_FAMILIES } from "./quirks.ts";

/** Whether all criteria of the rule hold for the packet (dataplane §4). HTTP criteria are not an IP dataplane's. */
export function ruleMatches(model: ClusterModel, rule: PolicyRule, packet: Packet): boolean {
  const source = { ip: packet.source, protocol: packet.protocol, port: packet.sourcePort };
  const destination = { ip: packet.destination, protocol: packet.protocol, port: packet.destinationPort };
  const { service: from } = rule.source;
  const { service: to } = rule.destination;
  return (
    isForFamily(rule, packet.source.version) &&
    (rule.protocol === undefined || packet.protocol === rule.protocol) &&
    (rule.notProtocol === undefined || packet.protocol !== rule.notProtocol) &&
    (rule.icmp === undefined || isIcmp(packet, rule.icmp)) &&
    (rule.notIcmp === undefined || !isIcmp(packet, rule.notIcmp)) &&
    entityMatches(model, rule, rule.source, source) &&
    entityMatches(model, rule, rule.destination, destination) &&
    // A service as the source is its addresses, as the destination its addresses with its ports.
    (from === undefined || isServiceAddress(model, from, source.ip)) &&
    (to === undefined || isServicePort(model, to, destination))
  );
}

/** The family filter (dataplane §4.2). */
function isForFamily(rule: PolicyRule, version: IpVersion): boolean {
  if (rule.ipVersion !== undefined && rule.ipVersion !== version) return false;
  const { source, destination } = rule;
  const positive = [source.nets, destination.nets];
  const negative = [source.notNets, destination.notNets];
  const binding = NETS_BIND_THE_RULE_TO_THEIR_FAMILIES ? [...positive, ...negative] : positive;
  return binding.every((nets) => nets.length === 0 || nets.some((net) => net.version === version));
}

function isIcmp({ icmp }: Packet, { type, code }: IcmpMatch): boolean {
  return icmp !== undefined && icmp.type === type && (code === undefined || icmp.code === code);
}

/** One end of the packet. */
interface End {
  readonly ip: Ip;
  readonly protocol: number;
  readonly port: number | undefined;
}

function entityMatches(model: ClusterModel, rule: PolicyRule, entity: EntityMatch, end: End): boolean {
  const { nets, notNets, ports, notPorts } = entity;
  return (
    (nets.length === 0 || isIn(nets, end.ip)) &&
    !isIn(notNets, end.ip) &&
    selectorsMatch(model, entity, end.ip) &&
    (isEmpty(ports) || portMatches(model, rule, entity, ports, end)) &&
    (isEmpty(notPorts) || !portMatches(model, rule, entity, notPorts, end))
  );
}

/** A negative selector alone also holds for addresses that belong to nothing known. */
function selectorsMatch(model: ClusterModel, entity: EntityMatch, ip: Ip): boolean {
  if (entity.selector !== undefined) return isChosen(model, entity, ip);
  return entity.notSelector === undefined || !isSelected(model, entity.notSelector, ip);
}

function portMatches(
  model: ClusterModel,
  rule: PolicyRule,
  entity: EntityMatch,
  { ranges, names }: PortMatch,
  end: End,
): boolean {
  const { port } = end;
  return (
    (port !== undefined && ranges.some(({ first, last }) => first <= port && port <= last)) ||
    names.some((name) => hasNamedPort(model, entity, name, namedPortProtocol(rule), end))
  );
}

/** Calico looks up the named ports of a protocol without ports as those of TCP (dataplane §4.1). */
function namedPortProtocol({ protocol }: PolicyRule): number | undefined {
  return protocol === undefined || protocol === UDP || protocol === SCTP ? protocol : TCP;
}

function isIn(nets: readonly Cidr[], ip: Ip): boolean {
  return nets.some((net) => cidrContainsIp(net, ip));
}

function isEmpty({ ranges, names }: PortMatch): boolean {
  return ranges.length === 0 && names.length === 0;
}
