import { about, gnp, ingress, np, pack, tier } from "../case.ts";
import { resource } from "../resource.ts";

const tcp = (action: string, ports: string) =>
  `{ action: ${action}, protocol: TCP, destination: { ports: [${ports}] } }`;
const TCP_80 = tcp("Allow", "80");
/** The same endpoint as the usual one. */
const OTHER_SELECTOR = "selector: \"is == 'subject' && app == 'server'\", ";

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
    gnp("subject", ingressRule(5, TCP_80)) +
      np("subject", `selector: is == 'subject', ${ingressRule(5, "{ action: Deny }")}`),
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
      .map((n) => {
        const [action, first] = n === 6 ? ["Deny", 11] : ["Allow", 10 + n];
        const rule = `{ action: ${action}, protocol: TCP, destination: { ports: [${first}, ${20 + n}] } }`;
        return gnp(`subject-${n}`, ingressRule(n, rule));
      })
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
      gnp("subject-2", OTHER_SELECTOR + ingressRule(2, tcp("Deny", "80, 81"))) +
      gnp("subject-3", ingressRule(3, tcp("Allow", "81, 82"))) +
      gnp("subject-4", OTHER_SELECTOR + ingressRule(4, tcp("Allow", "83"))),
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
    "§4.5 Log before the rule that allows the same",
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
  resource(kind, `name: ${name}${kind === "StagedGlobalNetworkPolicy" ? "" : ", namespace: demo"}`, spec);

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
