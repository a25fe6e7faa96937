import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { Policy, PolicyKind, PolicyRule } from "../../ir/cluster-model.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { SelectorFolder } from "../../syntax/selector/folder.ts";
import { defineKind, type Resource } from "../kind.ts";
import { enumOf, intOrString, strings } from "../schema.ts";
import { ANY_PEER, crossRules, type Peer, type RuleContext } from "./converted-rule.ts";
import { labelSelectorSchema, namespaceSelectorText, podSelectorText } from "./label-selector.ts";
import { directionsOf, validateNetworkPolicySpec } from "./network-policy-checks.ts";
import { groupPorts, type PortEntry } from "./port-groups.ts";

const peerSchema = Type.Object({
  podSelector: Type.Optional(labelSelectorSchema),
  namespaceSelector: Type.Optional(labelSelectorSchema),
  ipBlock: Type.Optional(Type.Object({ cidr: Type.String(), except: Type.Optional(strings()) })),
});

const portSchema = Type.Object({
  protocol: Type.Optional(enumOf(["TCP", "UDP", "SCTP"])),
  port: Type.Optional(intOrString()),
  endPort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
});

const ports = Type.Optional(Type.Array(portSchema));

/** The rules of networking.k8s.io/v1, which StagedKubernetesNetworkPolicy has too. */
export const networkPolicyFields = {
  podSelector: Type.Optional(labelSelectorSchema),
  policyTypes: Type.Optional(Type.Array(enumOf(["Ingress", "Egress"]), { maxItems: 2 })),
  ingress: Type.Optional(Type.Array(Type.Object({ from: Type.Optional(Type.Array(peerSchema)), ports }))),
  egress: Type.Optional(Type.Array(Type.Object({ to: Type.Optional(Type.Array(peerSchema)), ports }))),
};

const specSchema = Type.Object(networkPolicyFields);
const bodySchema = Type.Object({ spec: specSchema });

export type NetworkPolicySpec = Static<typeof specSchema>;
export type NetworkPolicyPeer = Static<typeof peerSchema>;
export type NetworkPolicyPort = Static<typeof portSchema>;

/** Which policy a Kubernetes spec becomes part of. */
export interface PolicyIdentity {
  readonly key: string;
  readonly policyKind: PolicyKind;
  readonly namespace: string;
  readonly name: string;
  readonly staged: boolean;
  /** Of the resource; the spec stands at `spec`. */
  readonly origin: Origin;
}

/** Sheet §4.1. The spec has passed `validateNetworkPolicySpec`. */
export function lowerNetworkPolicySpec(
  spec: NetworkPolicySpec,
  identity: PolicyIdentity,
  selectors: SelectorFolder,
): Policy {
  const { namespace } = identity;
  const subject = selectors.subject({
    kind: "namespaced",
    namespace,
    selector: podSelectorText(spec.podSelector),
  });
  if (!subject.ok) throw new Error(`a converted selector does not parse: ${subject.errors[0]?.reason}`);
  const origin = at(identity.origin, "spec");
  const common = { action: "allow", policyNamespace: namespace, annotations: [], selectors } as const;
  return {
    kind: "policy",
    source: "policy",
    ...identity,
    tier: "default",
    order: 1000,
    selector: subject.selector,
    directions: directionsOf(spec.policyTypes),
    doNotTrack: false,
    preDnat: false,
    applyOnForward: false,
    neededEverywhere: false,
    ingress: (spec.ingress ?? []).flatMap((rule, i) =>
      convert(rule.from, rule.ports, {
        direction: "ingress",
        ...common,
        origin: at(origin, "ingress", i),
      }),
    ),
    egress: (spec.egress ?? []).flatMap((rule, i) =>
      convert(rule.to, rule.ports, {
        direction: "egress",
        ...common,
        origin: at(origin, "egress", i),
      }),
    ),
  };
}

function convert(
  peers: readonly NetworkPolicyPeer[] = [],
  ports: readonly NetworkPolicyPort[] | undefined,
  context: RuleContext,
): readonly PolicyRule[] {
  const converted = peers.length === 0 ? [ANY_PEER] : peers.map(convertPeer);
  return crossRules(groupPorts(ports?.map(convertPort)), converted, context);
}

function convertPeer({ ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer): Peer {
  if (ipBlock !== undefined) {
    const nets = [ipBlock.cidr].flatMap((text) => parseCidr(text) ?? []);
    const notNets = (ipBlock.except ?? []).flatMap((text) => parseCidr(text) ?? []);
    return { ...ANY_PEER, nets, notNets };
  }
  return {
    ...ANY_PEER,
    selector: podSelectorText(podSelector),
    namespaceSelector: namespaceSelectorText(namespaceSelector),
  };
}

function convertPort({ protocol = "TCP", port, endPort }: NetworkPolicyPort): PortEntry {
  if (typeof port === "string" && !/^\d+$/.test(port)) return { protocol, port };
  if (port === undefined) return { protocol, port: undefined };
  const first = Number(port);
  return { protocol, port: { first, last: endPort ?? first } };
}

/**
 * What the Kubernetes API server fills in when it stores the object: ingress always, egress where there are egress
 * rules (`SetDefaults_NetworkPolicy`). A file has not been through a server; an object from one has the field.
 */
function defaults(resource: Resource<Static<typeof bodySchema>>): Resource<Static<typeof bodySchema>> {
  const { spec } = resource.body;
  if ((spec.policyTypes ?? []).length > 0) return resource;
  const policyTypes: ("Ingress" | "Egress")[] =
    (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
  return { ...resource, body: { ...resource.body, spec: { ...spec, policyTypes } } };
}

function validate({ body, origin }: Resource<Static<typeof bodySchema>>, report: Report): void {
  validateNetworkPolicySpec(body.spec, at(origin, "spec"), report);
}

export const kubernetesNetworkPolicy = defineKind<Static<typeof bodySchema>>({
  apiVersions: ["networking.k8s.io/v1"],
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  aliases: ["netpol", "kubernetesnetworkpolicy"],
  scope: "namespaced",
  source: "policy",
  schema: bodySchema,
  defaults,
  validate,
  lower: ({ metadata: { namespace, name }, body, origin }, { selectors }) => {
    const key = `knp/${namespace}/${name}`;
    const policyKind = "KubernetesNetworkPolicy";
    const identity = { key, policyKind, namespace, name, staged: false, origin } as const;
    return [lowerNetworkPolicySpec(body.spec, identity, selectors)];
  },
});
