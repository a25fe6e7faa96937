import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Policy } from "../../ir/cluster-model.ts";
import { defineKind, type LowerContext, type Resource } from "../kind.ts";
import { enumOf } from "../schema.ts";
import {
  type AdminPeer,
  type AdminRule,
  egressPeerSchema,
  lowerAdminPolicy,
  ONE_OF,
  subjectSchema,
  validatePeers,
  validateSubject,
} from "./admin-policy.ts";
import { portNameProblem } from "./network-policy-checks.ts";
import type { PortEntry } from "./port-groups.ts";

const PORT = Type.Integer({ minimum: 1, maximum: 65535 });

const portSchema = Type.Object(
  { number: Type.Optional(PORT), range: Type.Optional(Type.Object({ start: PORT, end: PORT })) },
  ONE_OF,
);

const transportSchema = Type.Object({ destinationPort: Type.Optional(portSchema) });

const protocolSchema = Type.Object(
  {
    tcp: Type.Optional(transportSchema),
    udp: Type.Optional(transportSchema),
    sctp: Type.Optional(transportSchema),
    destinationNamedPort: Type.Optional(Type.String()),
  },
  ONE_OF,
);

const common = {
  name: Type.Optional(Type.String({ maxLength: 100 })),
  action: enumOf(["Accept", "Deny", "Pass"]),
  protocols: Type.Optional(Type.Array(protocolSchema, { maxItems: 25 })),
};

const bodySchema = Type.Object({
  spec: Type.Object({
    tier: enumOf(["Admin", "Baseline"]),
    priority: Type.Integer({ minimum: 0, maximum: 1000 }),
    subject: Type.Optional(subjectSchema),
    ingress: Type.Optional(
      Type.Array(Type.Object({ ...common, from: Type.Array(subjectSchema, { minItems: 1, maxItems: 25 }) }), {
        maxItems: 25,
      }),
    ),
    egress: Type.Optional(
      Type.Array(
        Type.Object({ ...common, to: Type.Array(egressPeerSchema, { minItems: 1, maxItems: 25 }) }),
        {
          maxItems: 25,
        },
      ),
    ),
  }),
});

type ClusterNetworkPolicy = Resource<Static<typeof bodySchema>>;
type Protocol = Static<typeof protocolSchema>;
type SourceRule = Pick<Static<typeof bodySchema>["spec"], "ingress">["ingress"] extends
  | readonly (infer R)[]
  | undefined
  ? Omit<R, "from">
  : never;

const ACTIONS = { Accept: "allow", Deny: "deny", Pass: "pass" } as const;
const TIERS = { Admin: "kube-admin", Baseline: "kube-baseline" } as const;

/** Sheet §4.6. */
function lower(policy: ClusterNetworkPolicy, context: LowerContext): readonly Policy[] {
  const { name } = policy.metadata;
  const { tier, priority, subject, ingress = [], egress = [] } = policy.body.spec;
  return lowerAdminPolicy(
    {
      identity: {
        key: `kcnp/${name}`,
        policyKind: "KubernetesClusterNetworkPolicy",
        name,
        tier: TIERS[tier],
        order: priority,
      },
      subject,
      ingress: ingress.map((rule) => toRule(rule, rule.from)),
      egress: egress.map((rule) => toRule(rule, rule.to)),
    },
    policy,
    context,
  );
}

function toRule({ name, action, protocols }: SourceRule, peers: readonly AdminPeer[]): AdminRule {
  return { name, action: ACTIONS[action], peers, ports: portsOf(protocols) };
}

/** An entry that names nothing matches every protocol, whatever stands beside it. */
function portsOf(protocols: readonly Protocol[] | undefined): readonly PortEntry[] | undefined {
  const entries: PortEntry[] = [];
  for (const protocol of protocols ?? []) {
    const entry = portOf(protocol);
    if (entry === undefined) return undefined;
    entries.push(entry);
  }
  return entries;
}

function portOf({ tcp, udp, sctp, destinationNamedPort }: Protocol): PortEntry | undefined {
  if (tcp !== undefined) return transportPort("TCP", tcp);
  if (udp !== undefined) return transportPort("UDP", udp);
  if (sctp !== undefined) return transportPort("SCTP", sctp);
  return destinationNamedPort ? { protocol: "", port: destinationNamedPort } : undefined;
}

function transportPort(protocol: string, { destinationPort }: Static<typeof transportSchema>): PortEntry {
  const { number, range } = destinationPort ?? {};
  if (number !== undefined) return { protocol, port: { first: number, last: number } };
  return { protocol, port: range && { first: range.start, last: range.end } };
}

function validate({ body, origin }: ClusterNetworkPolicy, report: Report): void {
  validateSubject(body.spec.subject, origin, report);
  for (const direction of ["ingress", "egress"] as const) {
    for (const [i, rule] of (body.spec[direction] ?? []).entries()) {
      const here = at(origin, "spec", direction, i);
      if ("from" in rule) validatePeers(rule.from, at(here, "from"), report);
      else validatePeers(rule.to, at(here, "to"), report);
      for (const [j, protocol] of (rule.protocols ?? []).entries()) {
        validateProtocol(protocol, (...path) => at(here, "protocols", j, ...path), report);
      }
    }
  }
}

function validateProtocol(
  protocol: Protocol,
  place: (...path: readonly string[]) => ReturnType<typeof at>,
  report: Report,
): void {
  for (const name of ["tcp", "udp", "sctp"] as const) {
    const range = protocol[name]?.destinationPort?.range;
    if (range === undefined || range.start < range.end) continue;
    const value = `${range.start}-${range.end}`;
    const params = { what: "port range", value, problem: "must end after its start" };
    report("kubernetes/invalid-value", params, place(name, "destinationPort", "range"));
  }
  const port = protocol.destinationNamedPort;
  const problem = port === undefined ? undefined : portNameProblem(port);
  if (port !== undefined && problem !== undefined) {
    report("kubernetes/invalid-value", { what: "port", value: port, problem }, place("destinationNamedPort"));
  }
}

export const clusterNetworkPolicy = defineKind<Static<typeof bodySchema>>({
  apiVersions: ["policy.networking.k8s.io/v1alpha2"],
  kind: "ClusterNetworkPolicy",
  plural: "clusternetworkpolicies",
  aliases: ["kcnp"],
  scope: "cluster",
  source: "policy",
  schema: bodySchema,
  validate,
  lower,
});
