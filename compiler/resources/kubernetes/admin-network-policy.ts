import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import { defineKind, type LowerContext, type Resource } from "../kind.ts";
import { checkSingleton } from "../network/values.ts";
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
import type { PortEntry } from "./port-groups.ts";

/**
 * policy.networking.k8s.io/v1alpha1, which Calico read up to 3.31 and clusters still hold: each policy becomes a
 * GlobalNetworkPolicy of a tier of its own (sheet §4.6).
 */

const PROTOCOL = Type.Optional(enumOf(["TCP", "UDP", "SCTP"]));
const PORT = Type.Integer({ minimum: 1, maximum: 65535 });

const portSchema = Type.Object(
  {
    portNumber: Type.Optional(Type.Object({ protocol: PROTOCOL, port: PORT })),
    portRange: Type.Optional(Type.Object({ protocol: PROTOCOL, start: PORT, end: PORT })),
    namedPort: Type.Optional(Type.String()),
  },
  ONE_OF,
);

function rulesSchema<const Actions extends readonly ("Allow" | "Deny" | "Pass")[]>(actions: Actions) {
  const common = {
    name: Type.Optional(Type.String({ maxLength: 100 })),
    action: enumOf(actions),
    ports: Type.Optional(Type.Array(portSchema, { maxItems: 100 })),
  };
  return {
    subject: Type.Optional(subjectSchema),
    ingress: Type.Optional(
      Type.Array(
        Type.Object({ ...common, from: Type.Array(subjectSchema, { minItems: 1, maxItems: 100 }) }),
        {
          maxItems: 100,
        },
      ),
    ),
    egress: Type.Optional(
      Type.Array(
        Type.Object({ ...common, to: Type.Array(egressPeerSchema, { minItems: 1, maxItems: 100 }) }),
        {
          maxItems: 100,
        },
      ),
    ),
  };
}

const adminBody = Type.Object({
  spec: Type.Object({
    priority: Type.Integer({ minimum: 0, maximum: 1000 }),
    ...rulesSchema(["Allow", "Deny", "Pass"]),
  }),
});
const baselineBody = Type.Object({ spec: Type.Object(rulesSchema(["Allow", "Deny"])) });

type AdminSpec = Static<typeof adminBody>["spec"];
type Rules = Pick<AdminSpec, "subject" | "ingress" | "egress">;
type SourceRule = Omit<NonNullable<AdminSpec["ingress"]>[number], "from">;

const ACTIONS = { Allow: "allow", Deny: "deny", Pass: "pass" } as const;

function toRule({ name, action, ports }: SourceRule, peers: readonly AdminPeer[]): AdminRule {
  const entries = ports?.map(portOf);
  const anything = entries?.some((entry) => entry === undefined) ?? true;
  return {
    name,
    action: ACTIONS[action],
    peers,
    ports: anything ? undefined : entries?.filter((entry) => entry !== undefined),
  };
}

function portOf({ portNumber, portRange, namedPort }: Static<typeof portSchema>): PortEntry | undefined {
  if (portNumber !== undefined) {
    const { protocol = "TCP", port } = portNumber;
    return { protocol, port: { first: port, last: port } };
  }
  if (portRange !== undefined) {
    const { protocol = "TCP", start, end } = portRange;
    return { protocol, port: { first: start, last: end } };
  }
  return namedPort ? { protocol: "", port: namedPort } : undefined;
}

function lowerIn(
  tier: string,
  prefix: string,
  order: number,
  rules: Rules,
  policy: Resource,
  context: LowerContext,
) {
  const name = `${prefix}.${tier}.${policy.metadata.name}`;
  const { subject, ingress = [], egress = [] } = rules;
  return lowerAdminPolicy(
    {
      identity: { key: `gnp/${name}`, policyKind: "GlobalNetworkPolicy", name, tier, order },
      subject,
      ingress: ingress.map((rule) => toRule(rule, rule.from)),
      egress: egress.map((rule) => toRule(rule, rule.to)),
    },
    policy,
    context,
  );
}

function validate({ body: { spec }, origin }: Resource<{ readonly spec: Rules }>, report: Report): void {
  validateSubject(spec.subject, origin, report);
  const checkRanges = (direction: "ingress" | "egress", i: number, { ports = [] }: SourceRule): void => {
    for (const [j, { portRange }] of ports.entries()) {
      if (portRange === undefined || portRange.start < portRange.end) continue;
      const value = `${portRange.start}-${portRange.end}`;
      const params = { what: "port range", value, problem: "must end after its start" };
      report("kubernetes/invalid-value", params, at(origin, "spec", direction, i, "ports", j, "portRange"));
    }
  };
  for (const [i, rule] of (spec.ingress ?? []).entries()) {
    validatePeers(rule.from, at(origin, "spec", "ingress", i, "from"), report);
    checkRanges("ingress", i, rule);
  }
  for (const [i, rule] of (spec.egress ?? []).entries()) {
    validatePeers(rule.to, at(origin, "spec", "egress", i, "to"), report);
    checkRanges("egress", i, rule);
  }
}

export const adminNetworkPolicy = defineKind<Static<typeof adminBody>>({
  apiVersions: ["policy.networking.k8s.io/v1alpha1"],
  kind: "AdminNetworkPolicy",
  plural: "adminnetworkpolicies",
  aliases: ["anp"],
  scope: "cluster",
  source: "policy",
  schema: adminBody,
  validate,
  lower: (policy, context) =>
    lowerIn("adminnetworkpolicy", "kanp", policy.body.spec.priority, policy.body.spec, policy, context),
});

export const baselineAdminNetworkPolicy = defineKind<Static<typeof baselineBody>>({
  apiVersions: ["policy.networking.k8s.io/v1alpha1"],
  kind: "BaselineAdminNetworkPolicy",
  plural: "baselineadminnetworkpolicies",
  aliases: ["banp"],
  scope: "cluster",
  source: "policy",
  schema: baselineBody,
  validate: (policy, report) => {
    checkSingleton(policy, "Baseline Admin Network Policy", report);
    validate(policy, report);
  },
  lower: (policy, context) =>
    lowerIn(
      "baselineadminnetworkpolicy",
      "kbanp",
      Number.POSITIVE_INFINITY,
      policy.body.spec,
      policy,
      context,
    ),
});
