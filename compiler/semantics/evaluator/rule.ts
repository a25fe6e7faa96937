import type { ClusterModel, EntityMatch, PolicyRule, PortMatch } from "../../ir/cluster-model.ts";
import type { Cidr, IpVersion } from "../../net/cidr.ts";
import {
  all,
  any,
  type Condition,
  HAS_PORTS,
  inNet,
  isIcmp,
  isMember,
  isProtocol,
  NEVER,
  not,
  portIn,
  SCTP,
  type Side,
  TCP,
  UDP,
} from "../condition.ts";
import { holds } from "../holds.ts";
import type { Packet } from "../packet.ts";
import { addressesOfService, ModelSets, membership, namedPort, portsOfService, selected } from "./members.ts";
import { NETS_BIND_THE_RULE_TO_THEIR_FAMILIES } from "./quirks.ts";

/** Whether all criteria of the rule hold for the packet. */
export function ruleMatches(model: ClusterModel, rule: PolicyRule, packet: Packet): boolean {
  return holds(conditionOf(rule, packet.source.version), packet, membership(new ModelSets(model)));
}

/** When a rule matches packets of the version (dataplane §4). HTTP criteria are not an IP dataplane's. */
export function conditionOf(rule: PolicyRule, version: IpVersion): Condition {
  if (!isForFamily(rule, version)) return NEVER;
  const { protocol, notProtocol, icmp, notIcmp, source, destination } = rule;
  const parts: (Condition | undefined)[] = [
    protocol === undefined ? undefined : isProtocol(protocol),
    notProtocol === undefined ? undefined : not(isProtocol(notProtocol)),
    icmp && isIcmp(version, icmp.type, icmp.code),
    notIcmp && not(isIcmp(version, notIcmp.type, notIcmp.code)),
    ...entityConditions(rule, "source", source),
    ...entityConditions(rule, "destination", destination),
    // A service as the source is its addresses, as the destination its addresses with its ports.
    source.service && isMember("source", addressesOfService(source.service)),
    destination.service && isMember("destination", portsOfService(destination.service)),
  ];
  return all(...parts.filter((part) => part !== undefined));
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

function entityConditions(
  rule: PolicyRule,
  side: Side,
  entity: EntityMatch,
): readonly (Condition | undefined)[] {
  const { nets, notNets, ports, notPorts } = entity;
  return [
    nets.length === 0 ? undefined : inAny(side, nets),
    notNets.length === 0 ? undefined : not(inAny(side, notNets)),
    selectorCondition(side, entity),
    isEmpty(ports) ? undefined : portCondition(rule, side, entity, ports),
    isEmpty(notPorts) ? undefined : not(portCondition(rule, side, entity, notPorts)),
  ];
}

/** A negative selector alone also holds for addresses that belong to nothing known. */
function selectorCondition(side: Side, entity: EntityMatch): Condition | undefined {
  const { selector, notSelector, ports } = entity;
  // Named ports are those of the selected endpoints already.
  if (selector !== undefined && ports.names.length > 0 && ports.ranges.length === 0) return undefined;
  if (selector !== undefined) return isMember(side, selected({ selector, notSelector }));
  return notSelector && not(isMember(side, selected({ selector: notSelector })));
}

function portCondition(
  rule: PolicyRule,
  side: Side,
  entity: EntityMatch,
  { ranges, names }: PortMatch,
): Condition {
  const numbers = ranges.map(({ first, last }) => portIn(side, first, last));
  return any(
    ...(numbers.length === 0 ? [] : [all(HAS_PORTS, any(...numbers))]),
    ...names.map((name) => isMember(side, namedPort(entity, name, namedPortProtocol(rule)))),
  );
}

/** Calico looks up the named ports of a protocol without ports as those of TCP (dataplane §4.1). */
function namedPortProtocol({ protocol }: PolicyRule): number | undefined {
  return protocol === undefined || protocol === UDP || protocol === SCTP ? protocol : TCP;
}

function inAny(side: Side, nets: readonly Cidr[]): Condition {
  return any(...nets.map((net) => inNet(side, net)));
}

function isEmpty({ ranges, names }: PortMatch): boolean {
  return ranges.length === 0 && names.length === 0;
}
