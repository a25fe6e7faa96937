import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { EntityMatch, PolicyRule, RuleAction } from "../../ir/cluster-model.ts";
import type { Cidr } from "../../net/cidr.ts";
import { protocolNumber } from "../../net/protocols.ts";
import type { SelectorFolder } from "../../syntax/selector/folder.ts";
import { allowAll } from "../builtin.ts";
import type { PortGroup } from "./port-groups.ts";

/** The other side of a Kubernetes rule, in Calico's words; all empty = anybody. */
export interface Peer {
  readonly selector: string;
  readonly namespaceSelector: string;
  readonly nets: readonly Cidr[];
  readonly notNets: readonly Cidr[];
}

export const ANY_PEER: Peer = { selector: "", namespaceSelector: "", nets: [], notNets: [] };

export interface RuleContext {
  readonly direction: "ingress" | "egress";
  readonly action: RuleAction;
  /** "" for cluster-scoped policies. */
  readonly policyNamespace: string;
  readonly annotations: readonly (readonly [string, string])[];
  readonly origin: Origin;
  readonly selectors: SelectorFolder;
}

/** Rules for every combination, as upstream orders them: by protocol, then by peer. */
export function crossRules(
  groups: readonly PortGroup[],
  peers: readonly Peer[],
  context: RuleContext,
): readonly PolicyRule[] {
  return groups.flatMap((group) => peers.map((peer) => convertRule(group, peer, context)));
}

function convertRule(group: PortGroup, peer: Peer, context: RuleContext): PolicyRule {
  const { direction, action, policyNamespace, annotations, origin, selectors } = context;
  const everything = allowAll(origin);
  const { selector: pods, namespaceSelector } = peer;
  const folded = selectors.rule({ policyNamespace, selector: pods, namespaceSelector });
  // The label selectors that made the text have been validated, so it always parses.
  if (!folded.ok) throw new Error(`a converted selector does not parse: ${folded.errors[0]?.reason}`);
  const { selector, notSelector } = folded;
  const who: EntityMatch = {
    ...everything.source,
    nets: peer.nets,
    notNets: peer.notNets,
    selector,
    notSelector,
  };
  const rule = {
    ...everything,
    action,
    annotations,
    protocol: group.protocol === "" ? undefined : protocolNumber(group.protocol),
  };
  return direction === "ingress"
    ? { ...rule, source: who, destination: { ...everything.destination, ports: group.ports } }
    : { ...rule, destination: { ...who, ports: group.ports } };
}
