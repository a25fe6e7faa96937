import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { Direction, Policy, PolicyRule, RuleAction } from "../../ir/cluster-model.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { Selector } from "../../syntax/selector/ast.ts";
import type { SelectorFolder } from "../../syntax/selector/folder.ts";
import { allowAll } from "../builtin.ts";
import type { LowerContext, Resource } from "../kind.ts";
import { strings } from "../schema.ts";
import { ANY_PEER, crossRules, type Peer } from "./converted-rule.ts";
import {
  type LabelSelector,
  labelSelectorSchema,
  namespaceSelectorText,
  POD_TERM,
  podSelectorText,
  validateLabelSelector,
} from "./label-selector.ts";
import { checkNetwork } from "./network-policy-checks.ts";
import { groupPorts, type PortEntry } from "./port-groups.ts";

/** What ClusterNetworkPolicy and its forerunners share: subjects, peers, and failing closed. */

/**
 * Of alternatives there is one (kubernetes-sigs/network-policy-api, `MaxProperties=1`). None at all is what an
 * alternative leaves that the server does not know: that fails closed.
 */
export const ONE_OF = { maxProperties: 1 };

const podsSchema = Type.Object({ namespaceSelector: labelSelectorSchema, podSelector: labelSelectorSchema });

const alternatives = {
  namespaces: Type.Optional(labelSelectorSchema),
  pods: Type.Optional(podsSchema),
};

export const subjectSchema = Type.Object(alternatives, ONE_OF);

export const egressPeerSchema = Type.Object(
  {
    ...alternatives,
    networks: Type.Optional(strings({ maxItems: 25 })),
    nodes: Type.Optional(labelSelectorSchema),
    domainNames: Type.Optional(strings({ maxItems: 25 })),
  },
  ONE_OF,
);

export type Subject = Static<typeof subjectSchema>;
export type AdminPeer = Static<typeof egressPeerSchema>;

export interface AdminRule {
  readonly name: string | undefined;
  readonly action: Exclude<RuleAction, "log">;
  readonly peers: readonly AdminPeer[];
  /** `undefined` = any traffic. */
  readonly ports: readonly PortEntry[] | undefined;
}

export interface AdminPolicy {
  readonly identity: Pick<Policy, "key" | "policyKind" | "name" | "tier" | "order">;
  readonly subject: Subject | undefined;
  readonly ingress: readonly AdminRule[];
  readonly egress: readonly AdminRule[];
}

/** Nothing for a policy whose subject Calico does not know: upstream reads it as deleted. */
export function lowerAdminPolicy(
  policy: AdminPolicy,
  resource: Resource,
  context: LowerContext,
): readonly Policy[] {
  const { kind, origin, metadata } = resource;
  const subject = subjectOf(policy.subject, context.selectors);
  if (subject === undefined) {
    const where = at(origin, "spec", "subject");
    context.report("kubernetes/policy-without-subject", { kind, name: metadata.name }, where, {
      target: "key",
    });
    return [];
  }
  const ingress = convertRules(policy.ingress, "ingress", origin, context);
  const egress = convertRules(policy.egress, "egress", origin, context);
  const listed: Direction[] = [];
  if (ingress.length > 0) listed.push("ingress");
  if (egress.length > 0) listed.push("egress");
  return [
    {
      kind: "policy",
      source: "policy",
      ...policy.identity,
      namespace: "",
      origin,
      selector: subject,
      // Felix reads an empty list as both; harmless, since the tiers of these policies pass by default.
      directions: listed.length === 0 ? ["ingress", "egress"] : listed,
      staged: false,
      doNotTrack: false,
      preDnat: false,
      applyOnForward: false,
      neededEverywhere: false,
      ingress,
      egress,
    },
  ];
}

function subjectOf(subject: Subject | undefined, selectors: SelectorFolder): Selector | undefined {
  const { namespaces, pods } = subject ?? {};
  if (namespaces === undefined && pods === undefined) return undefined;
  const folded = selectors.subject({
    kind: "global",
    selector: pods === undefined ? POD_TERM : podSelectorText(pods.podSelector),
    namespaceSelector: namespaceSelectorText(pods === undefined ? namespaces : pods.namespaceSelector),
  });
  if (!folded.ok) throw new Error(`a converted selector does not parse: ${folded.errors[0]?.reason}`);
  return folded.selector;
}

function convertRules(
  rules: readonly AdminRule[],
  direction: Direction,
  origin: Origin,
  context: LowerContext,
): readonly PolicyRule[] {
  return rules.flatMap((rule, i) => convertRule(rule, direction, at(origin, "spec", direction, i), context));
}

/** A rule that cannot be expressed must not open what it was to close: Deny and Pass become Deny, Accept nothing. */
function convertRule(
  rule: AdminRule,
  direction: Direction,
  origin: Origin,
  { report, selectors }: LowerContext,
): readonly PolicyRule[] {
  const annotations = rule.name === undefined || rule.name === "" ? [] : [["name", rule.name] as const];
  const peers = convertPeers(rule.peers);
  if (peers === undefined) {
    const field = direction === "ingress" ? "from" : "to";
    const reason = `Calico knows none of the fields of a peer in '${field}' (nodes and domain names are not supported)`;
    if (rule.action === "allow") {
      report("kubernetes/dropped-rule", { reason }, at(origin, field));
      return [];
    }
    report("kubernetes/failed-closed", { reason }, at(origin, field));
    return [{ ...allowAll(origin), action: "deny", annotations }];
  }
  return crossRules(groupPorts(rule.ports), peers, {
    direction,
    action: rule.action,
    policyNamespace: "",
    annotations,
    origin,
    selectors,
  });
}

function convertPeers(peers: readonly AdminPeer[]): readonly Peer[] | undefined {
  const converted = peers.map(convertPeer);
  return converted.every((peer) => peer !== undefined) ? converted : undefined;
}

function convertPeer({ namespaces, pods, networks }: AdminPeer): Peer | undefined {
  if (namespaces !== undefined) return { ...ANY_PEER, namespaceSelector: namespaceSelectorText(namespaces) };
  if (pods !== undefined) {
    return {
      ...ANY_PEER,
      selector: podSelectorText(pods.podSelector),
      namespaceSelector: namespaceSelectorText(pods.namespaceSelector),
    };
  }
  if (networks === undefined || networks.length === 0) return undefined;
  return { ...ANY_PEER, nets: networks.flatMap((text) => parseCidr(text) ?? []) };
}

export function validateSubject(subject: Subject | undefined, origin: Origin, report: Report): void {
  if (subject !== undefined) validateSelectors(subject, at(origin, "spec", "subject"), report);
}

export function validatePeers(peers: readonly AdminPeer[], origin: Origin, report: Report): void {
  for (const [i, peer] of peers.entries()) {
    const here = at(origin, i);
    validateSelectors(peer, here, report);
    for (const [j, text] of (peer.networks ?? []).entries())
      checkNetwork(text, at(here, "networks", j), report);
  }
}

function validateSelectors({ namespaces, pods }: Subject, origin: Origin, report: Report): void {
  const check = (selector: LabelSelector | undefined, ...path: readonly string[]) =>
    validateLabelSelector(selector, at(origin, ...path), report);
  check(namespaces, "namespaces");
  check(pods?.namespaceSelector, "pods", "namespaceSelector");
  check(pods?.podSelector, "pods", "podSelector");
}
