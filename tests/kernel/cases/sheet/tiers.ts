import { about, gnp, ingress, pack, tier } from "../case.ts";

const TCP_80 = "{ action: Allow, protocol: TCP, destination: { ports: [80] } }";
const UDP_53 = "{ action: Allow, protocol: UDP, destination: { ports: [53] } }";

export const TIER_CASES = pack("tiers", [
  about(
    "§3.3 what no policy of a tier decides is denied at its end",
    gnp("subject", `types: [Ingress, Egress], ingress: [${TCP_80}], egress: [${UDP_53}]`),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     subject > 203.0.113.5 udp/53 allow
     subject > 203.0.113.5 tcp/80 deny`,
  ),
  about(
    "§3.3 a policy without rules closes its directions",
    gnp("subject", "types: [Ingress, Egress]"),
    `203.0.113.5 > subject tcp/80 deny
     client > subject tcp/80 deny
     subject > 203.0.113.5 udp/53 deny
     subject.6 > 2001:db8:f::5 udp/53 deny`,
  ),
  about(
    "§3.3 a tier without a policy in a direction is not there",
    gnp("subject", "types: [Egress]"),
    `203.0.113.5 > subject tcp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 allow
     subject > 203.0.113.5 tcp/80 deny`,
  ),
  about(
    "§3.3 a tier with no policy for the endpoint is not there",
    tier("subject", "order: 10, defaultAction: Deny") +
      gnp("subject", "selector: app == 'nobody', tier: subject, types: [Ingress, Egress]"),
    `203.0.113.5 > subject tcp/80 allow
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "§3.3 default action Pass goes on to the next tier",
    tier("subject", "order: 10, defaultAction: Pass") +
      gnp("subject-a", `tier: subject, types: [Ingress], ingress: [${UDP_53}]`) +
      gnp("subject-b", `types: [Ingress], ingress: [${TCP_80}]`),
    `203.0.113.5 > subject udp/53 allow
     203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "§3.3 default action Pass of the last tier goes on to the profiles",
    tier("subject", "order: 10, defaultAction: Pass") +
      gnp("subject", "tier: subject, types: [Ingress], ingress: [{ action: Deny, protocol: UDP }]"),
    `203.0.113.5 > subject udp/53 deny
     203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "§3.3 default action Deny ends before the next tier",
    tier("subject", "order: 10, defaultAction: Deny") +
      gnp("subject-a", `tier: subject, types: [Ingress], ingress: [${UDP_53}]`) +
      gnp("subject-b", `types: [Ingress], ingress: [${TCP_80}]`),
    `203.0.113.5 > subject udp/53 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
  about(
    "resources §1.4 a tier's default action is Deny where it says none",
    tier("subject", "order: 10") + gnp("subject", `tier: subject, types: [Ingress], ingress: [${UDP_53}]`),
    `203.0.113.5 > subject udp/53 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
  about(
    "§3.3 Pass leaves the tier: its other policies and its end are skipped",
    tier("subject", "order: 10, defaultAction: Deny") +
      gnp(
        "subject-a",
        "tier: subject, order: 1, types: [Ingress], ingress: [{ action: Pass, protocol: TCP }]",
      ) +
      gnp("subject-b", "tier: subject, order: 2, types: [Ingress], ingress: [{ action: Deny }]"),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/53 deny`,
  ),
  about(
    "§3.3 Pass goes to the next tier, which decides",
    tier("subject", "order: 10, defaultAction: Deny") +
      gnp("subject-a", "tier: subject, types: [Ingress], ingress: [{ action: Pass }]") +
      gnp("subject-b", `types: [Ingress], ingress: [${TCP_80}]`),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "§3.3 Pass in the last tier goes to the profiles",
    gnp("subject", "types: [Ingress], ingress: [{ action: Pass, protocol: TCP }]"),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/53 deny`,
  ),
  ingress(
    "§4.5 Pass stops the rules after it",
    "{ action: Pass, protocol: TCP }, { action: Deny, protocol: TCP }, { action: Deny, protocol: UDP }",
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/53 deny`,
  ),
  about(
    "§3.3 a chain of tiers: pass, pass, decide",
    tier("subject-1", "order: 1, defaultAction: Deny") +
      tier("subject-2", "order: 2, defaultAction: Pass") +
      tier("subject-3", "order: 3, defaultAction: Deny") +
      gnp(
        "subject-a",
        "tier: subject-1, types: [Ingress], ingress: [{ action: Deny, protocol: SCTP }, { action: Pass }]",
      ) +
      gnp(
        "subject-b",
        `tier: subject-2, types: [Ingress], ingress: [{ action: Deny, protocol: UDPLite }, ${UDP_53}]`,
      ) +
      gnp(
        "subject-c",
        `tier: subject-3, types: [Ingress], ingress: [${TCP_80}, { action: Pass, protocol: ICMP }]`,
      ),
    `203.0.113.5 > subject sctp/80 deny
     203.0.113.5 > subject udplite/53 deny
     203.0.113.5 > subject udp/53 allow
     203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     203.0.113.5 > subject icmp allow`,
  ),
  about(
    "§3.3 tiers by their order, whatever their names",
    tier("subject-a", "order: 20") +
      tier("subject-b", "order: 10") +
      gnp("subject-1", "tier: subject-a, types: [Ingress], ingress: [{ action: Deny }]") +
      gnp("subject-2", "tier: subject-b, types: [Ingress], ingress: [{ action: Allow }]"),
    `203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "§3.3 tiers of one order by their names",
    tier("subject-a", "order: 10") +
      tier("subject-b", "order: 10") +
      gnp("subject-1", "tier: subject-b, types: [Ingress], ingress: [{ action: Deny }]") +
      gnp("subject-2", "tier: subject-a, types: [Ingress], ingress: [{ action: Allow }]"),
    `203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "resources §1.3 a tier without an order has that of the default tier",
    tier("subject", "defaultAction: Deny") +
      gnp("subject-1", "tier: subject, types: [Ingress], ingress: [{ action: Deny }]") +
      gnp("subject-2", `types: [Ingress], ingress: [${TCP_80}, { action: Pass }]`),
    // By name `default` comes before the subject's.
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "§3.3 a tier after the default one",
    tier("subject", "order: 2000000") +
      gnp(
        "subject-1",
        "tier: subject, types: [Ingress], ingress: [{ action: Deny, protocol: UDP }, { action: Allow }]",
      ) +
      gnp(
        "subject-2",
        "types: [Ingress], ingress: [{ action: Pass, protocol: UDP }, { action: Deny, protocol: TCP }, { action: Pass }]",
      ),
    `203.0.113.5 > subject udp/53 deny
     203.0.113.5 > subject tcp/80 deny
     203.0.113.5 > subject icmp allow`,
  ),
  about(
    "§13.19 a policy whose tier does not exist applies, and the tier denies",
    gnp("subject", `tier: subject-missing, types: [Ingress], ingress: [${TCP_80}]`),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     subject > 203.0.113.5 tcp/81 allow`,
  ),
  about(
    "resources §1.3 a tier that does not exist comes after all that do",
    tier("subject", "order: 90000000") +
      gnp("subject-1", "tier: subject-missing, types: [Ingress], ingress: [{ action: Deny }]") +
      gnp("subject-2", `tier: subject, types: [Ingress], ingress: [${TCP_80}, { action: Pass }]`),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/80 deny`,
  ),
]);

const ingressRule = (order: number | undefined, rule: string) =>
  `${order === undefined ? "" : `order: ${order}, `}types: [Ingress], ingress: [${rule}]`;

export const ORDER_CASES = pack("policy order", [
  about(
    "resources §1.3 policies by their order, whatever their names",
    gnp("subject-a", ingressRule(20, "{ action: Deny }")) + gnp("subject-b", ingressRule(10, TCP_80)),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "resources §1.3 an order may be a fraction or negative",
    gnp("subject-a", ingressRule(-0.5, TCP_80)) +
      gnp("subject-b", ingressRule(-1, "{ action: Deny, protocol: TCP, destination: { ports: [80, 81] } }")) +
      gnp("subject-c", ingressRule(0.25, "{ action: Deny, protocol: UDP }")) +
      gnp("subject-d", ingressRule(0.5, "{ action: Allow }")),
    `203.0.113.5 > subject tcp/80 deny
     203.0.113.5 > subject tcp/82 allow
     203.0.113.5 > subject udp/82 deny`,
  ),
  about(
    "resources §1.2 a policy without an order comes last",
    gnp("subject-a", ingressRule(undefined, "{ action: Deny }")) + gnp("subject-b", ingressRule(1e9, TCP_80)),
    `203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "resources §1.3 policies of one order by their names",
    gnp("subject-b", ingressRule(5, "{ action: Deny }")) + gnp("subject-a", ingressRule(5, TCP_80)),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/80 deny`,
  ),
  about(
    "§3.3 a tie is broken by name/namespace/kind: no namespace comes first",
    `${gnp("subject", ingressRule(5, TCP_80))}---
kind: NetworkPolicy
metadata: { name: subject, namespace: demo }
spec: { selector: is == 'subject', order: 5, types: [Ingress], ingress: [{ action: Deny }] }
`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "§3.3 a denial in an earlier policy holds",
    gnp("subject-a", ingressRule(1, "{ action: Deny, source: { nets: [203.0.113.5/32] } }")) +
      gnp("subject-b", ingressRule(2, "{ action: Allow }")),
    `203.0.113.5 > subject tcp/80 deny
     203.0.113.6 > subject tcp/80 allow`,
  ),
  about(
    "§3.4 more policies of one selector than a group tests at once",
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
      .map((n) =>
        gnp(
          `subject-${n}`,
          ingressRule(
            n,
            `{ action: ${n === 6 ? "Deny" : "Allow"}, protocol: TCP, destination: { ports: [${n === 6 ? "11" : 10 + n}, ${20 + n}] } }`,
          ),
        ),
      )
      .join(""),
    `203.0.113.5 > subject tcp/11 allow
     203.0.113.5 > subject tcp/15 allow
     203.0.113.5 > subject tcp/16 deny
     203.0.113.5 > subject tcp/26 deny
     203.0.113.5 > subject tcp/17 allow
     203.0.113.5 > subject tcp/20 allow
     203.0.113.5 > subject tcp/22 allow
     203.0.113.5 > subject tcp/32 allow
     203.0.113.5 > subject tcp/33 deny`,
  ),
  about(
    "§3.4 policies of two selectors in turns keep their order",
    gnp("subject-1", ingressRule(1, TCP_80)) +
      gnp(
        "subject-2",
        `selector: "is == 'subject' && app == 'server'", ${ingressRule(2, "{ action: Deny, protocol: TCP, destination: { ports: [80, 81] } }")}`,
      ) +
      gnp("subject-3", ingressRule(3, "{ action: Allow, protocol: TCP, destination: { ports: [81, 82] } }")) +
      gnp(
        "subject-4",
        `selector: "is == 'subject' && app == 'server'", ${ingressRule(4, "{ action: Allow, protocol: TCP, destination: { ports: [83] } }")}`,
      ),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     203.0.113.5 > subject tcp/82 allow
     203.0.113.5 > subject tcp/83 allow
     203.0.113.5 > subject tcp/84 deny`,
  ),
  ingress(
    "§4.5 Log decides nothing, the next rule does",
    `{ action: Log }, { action: Allow, protocol: TCP }, { action: Log, protocol: UDP }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/80 deny`,
  ),
  about(
    "§4.5 Log with a prefix of names and a limit decides nothing",
    gnp("subject", ingressRule(1, `{ action: Log, protocol: TCP, destination: { ports: [80] } }, ${TCP_80}`)),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "§13.10 log-only policy closes its tier",
    gnp("subject", ingressRule(1, "{ action: Log }")),
    `203.0.113.5 > subject tcp/80 deny
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "§13.10 log-only policy does not close a tier that passes",
    tier("subject", "order: 10, defaultAction: Pass") +
      gnp("subject", `tier: subject, ${ingressRule(1, "{ action: Log, protocol: TCP }")}`),
    `203.0.113.5 > subject tcp/80 allow`,
  ),
]);

const staged = (kind: string, name: string, spec: string) =>
  `---\nkind: ${kind}\nmetadata: { name: ${name}${kind === "StagedGlobalNetworkPolicy" ? "" : ", namespace: demo"} }\nspec: { ${spec} }\n`;

export const STAGED_CASES = pack("staged policies", [
  about(
    "resources §1.5 a staged global policy changes no verdict",
    staged(
      "StagedGlobalNetworkPolicy",
      "subject",
      `selector: is == 'subject', ${ingressRule(1, "{ action: Deny }")}`,
    ),
    `203.0.113.5 > subject tcp/80 allow
     client > subject udp/80 allow`,
  ),
  about(
    "resources §1.5 a staged policy of a namespace changes no verdict",
    staged(
      "StagedNetworkPolicy",
      "subject",
      `selector: is == 'subject', ${ingressRule(1, "{ action: Deny }")}`,
    ),
    `203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "resources §1.5 a staged Kubernetes policy changes no verdict",
    staged(
      "StagedKubernetesNetworkPolicy",
      "subject",
      "podSelector: { matchLabels: { is: subject } }, policyTypes: [Ingress, Egress]",
    ),
    `203.0.113.5 > subject tcp/80 allow
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "§3.3 a staged policy before an enforced one is passed over",
    staged(
      "StagedGlobalNetworkPolicy",
      "subject-a",
      `selector: is == 'subject', ${ingressRule(1, "{ action: Allow }")}`,
    ) + gnp("subject-b", ingressRule(2, TCP_80)),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "§13.10 a tier of staged policies only does not end with its denial",
    tier("subject", "order: 10, defaultAction: Deny") +
      staged(
        "StagedGlobalNetworkPolicy",
        "subject",
        `selector: is == 'subject', tier: subject, ${ingressRule(1, "{ action: Deny }")}`,
      ),
    `203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "resources §1.5 a staged deletion deletes nothing",
    gnp("subject", ingressRule(1, TCP_80)) +
      staged("StagedGlobalNetworkPolicy", "subject", "stagedAction: Delete"),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
]);
