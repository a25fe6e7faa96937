import type { EntityMatch, Policy, PolicyRule } from "../ir/cluster-model.ts";
import { makeUniqueId } from "../ir/ids.ts";
import type { IpSetDefinition, IpSetId, Match, Rule, Side } from "../ir/node-ir.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import { ALL, selectorOf } from "../syntax/selector/parse.ts";
import type { SetRequest } from "./member-set.ts";

export interface LoweredRules {
  readonly rules: readonly Rule[];
  /** Every set that the rules refer to, each once. */
  readonly sets: readonly SetRequest[];
}

/** Turns the criteria of rules into matches, and the selectors, named ports and services in them into sets. */
export function lowerRules(rules: readonly PolicyRule[]): LoweredRules {
  const sets = new SetCollector();
  return { rules: rules.map((rule) => lowerRule(rule, sets)), sets: sets.requests };
}

/** The selectors in the rules of both directions, as written: what endpoints are looked at for. */
export function ruleSelectors(rules: Pick<Policy, "ingress" | "egress">): readonly Selector[] {
  return [...rules.ingress, ...rules.egress].flatMap(({ source, destination }) =>
    [source.selector, source.notSelector, destination.selector, destination.notSelector].filter(
      (selector) => selector !== undefined,
    ),
  );
}

class SetCollector {
  readonly #byId = new Map<IpSetId, SetRequest>();

  get requests(): readonly SetRequest[] {
    return [...this.#byId.values()];
  }

  add(request: SetRequest): IpSetId {
    if (!this.#byId.has(request.id)) this.#byId.set(request.id, request);
    return request.id;
  }
}

/** The matches in the fixed order of the IR: positive ones first, then the negated. */
function lowerRule(rule: PolicyRule, sets: SetCollector): Rule {
  const source = positiveSelector(rule.source);
  const destination = positiveSelector(rule.destination);
  const matches: (Match | undefined)[] = [
    protocolMatch(rule.protocol, false),
    netsMatch("source", rule.source, false),
    selectorMatch("source", rule.source, source, sets),
    serviceMatch("source", rule.source, sets),
    portsMatch("source", rule, source, sets, false),
    netsMatch("destination", rule.destination, false),
    selectorMatch("destination", rule.destination, destination, sets),
    serviceMatch("destination", rule.destination, sets),
    portsMatch("destination", rule, destination, sets, false),
    rule.icmp && { kind: "icmp", icmp: rule.icmp, negated: false },
    protocolMatch(rule.notProtocol, true),
    netsMatch("source", rule.source, true),
    negatedSelectorMatch("source", rule.source, sets),
    portsMatch("source", rule, source, sets, true),
    netsMatch("destination", rule.destination, true),
    negatedSelectorMatch("destination", rule.destination, sets),
    portsMatch("destination", rule, destination, sets, true),
    rule.notIcmp && { kind: "icmp", icmp: rule.notIcmp, negated: true },
  ];
  return {
    action: rule.action,
    ipVersion: rule.ipVersion,
    matches: matches.filter((match) => match !== undefined),
    annotations: rule.annotations,
    origin: rule.origin,
  };
}

/** A negated selector beside a positive one becomes part of it: one set instead of two (resources §2.5). */
function positiveSelector({ selector, notSelector }: EntityMatch): Selector | undefined {
  if (selector === undefined || notSelector === undefined) return selector;
  return selectorOf({
    kind: "and",
    operands: [selector.root, { kind: "not", operand: notSelector.root }],
  });
}

function protocolMatch(protocol: number | undefined, negated: boolean): Match | undefined {
  return protocol === undefined ? undefined : { kind: "protocol", protocol, negated };
}

function netsMatch(side: Side, { nets, notNets }: EntityMatch, negated: boolean): Match | undefined {
  const cidrs = negated ? notNets : nets;
  return cidrs.length === 0 ? undefined : { kind: "nets", side, cidrs, negated };
}

/** Sets of named ports carry the selector already, so that alone they need no set of addresses beside them. */
function selectorMatch(
  side: Side,
  { ports }: EntityMatch,
  selector: Selector | undefined,
  sets: SetCollector,
): Match | undefined {
  if (selector === undefined || (ports.ranges.length === 0 && ports.names.length > 0)) return undefined;
  return { kind: "ip-set", side, set: sets.add(selectorSet(selector)), negated: false };
}

function negatedSelectorMatch(
  side: Side,
  { selector, notSelector }: EntityMatch,
  sets: SetCollector,
): Match | undefined {
  if (selector !== undefined || notSelector === undefined) return undefined;
  return { kind: "ip-set", side, set: sets.add(selectorSet(notSelector)), negated: true };
}

/** As a source a service is its addresses; as a destination they count only together with its ports. */
function serviceMatch(side: Side, { service }: EntityMatch, sets: SetCollector): Match | undefined {
  if (service === undefined) return undefined;
  const withPorts = side === "destination";
  const set = sets.add({
    id: makeUniqueId(withPorts ? "svc" : "svcnoport", `${service.namespace}/${service.name}`),
    type: withPorts ? "hash:ip,port" : "hash:net",
    definition: { kind: "service", namespace: service.namespace, name: service.name, withPorts },
  });
  return withPorts ? { kind: "service", side, set } : { kind: "ip-set", side, set, negated: false };
}

function portsMatch(
  side: Side,
  rule: PolicyRule,
  selector: Selector | undefined,
  sets: SetCollector,
  negated: boolean,
): Match | undefined {
  const { ranges, names } = negated ? rule[side].notPorts : rule[side].ports;
  if (ranges.length === 0 && names.length === 0) return undefined;
  const protocol = namedPortProtocol(rule.protocol);
  const ids = names.map((port) => sets.add(namedPortSet(selector ?? ALL, protocol, port)));
  return { kind: "ports", side, ranges, sets: ids, negated };
}

function selectorSet(selector: Selector): SetRequest {
  return { id: selectorId(selector), type: "hash:net", definition: { kind: "selector", selector } };
}

type NamedPort = Extract<IpSetDefinition, { kind: "named-port" }>;

function namedPortSet(selector: Selector, protocol: NamedPort["protocol"], port: string): SetRequest {
  return {
    id: makeUniqueId("n", `${selectorId(selector)},${protocol},${port}`),
    type: "hash:ip,port",
    definition: { kind: "named-port", selector, protocol, port },
  };
}

function selectorId(selector: Selector): IpSetId {
  return makeUniqueId("s", selector.canonical);
}

/** Calico looks up the ports of a protocol without ports as those of TCP. */
function namedPortProtocol(protocol: number | undefined): NamedPort["protocol"] {
  switch (protocol) {
    case undefined:
      return "any";
    case 17:
      return "udp";
    case 132:
      return "sctp";
    default:
      return "tcp";
  }
}
