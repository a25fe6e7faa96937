import { about, gnp, np, pack, revision } from "../case.ts";
import { resource } from "../resource.ts";

const TCP_80 = "{ action: Allow, protocol: TCP, destination: { ports: [80] } }";

export const POLICY_CASES = pack("policies", [
  about(
    "§13.18 without types, ingress rules only make an ingress policy",
    gnp("subject", `ingress: [${TCP_80}]`),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     subject > 203.0.113.5 tcp/81 allow`,
  ),
  about(
    "§13.18 without types, egress rules only make an egress policy",
    gnp("subject", `egress: [${TCP_80}]`),
    `203.0.113.5 > subject tcp/81 allow
     subject > 203.0.113.5 tcp/80 allow
     subject > 203.0.113.5 tcp/81 deny`,
  ),
  about(
    "resources §1.2 without types, no rules make an ingress policy",
    gnp("subject", "order: 1"),
    `203.0.113.5 > subject tcp/80 deny
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "resources §1.2 without types, rules of both directions make both",
    np("subject", `selector: is == 'subject', ingress: [${TCP_80}], egress: [${TCP_80}]`),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     subject > 203.0.113.5 tcp/80 allow
     subject > 203.0.113.5 tcp/81 deny`,
  ),
  about(
    "resources §1.2 rules of a direction that types leaves out do nothing",
    gnp("subject", `types: [Ingress], ingress: [${TCP_80}], egress: [{ action: Deny }]`),
    `203.0.113.5 > subject tcp/80 allow
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "resources §1.2 a namespaced policy selects in its namespace only",
    np("subject", "selector: is == 'subject', types: [Ingress]", "shop"),
    `203.0.113.5 > subject tcp/80 allow
     client > subject tcp/80 allow`,
  ),
  about(
    "resources §3.7 namespaceSelector of a global policy",
    gnp("subject-a", "selector: is == 'subject', namespaceSelector: team == 'shop', types: [Ingress]") +
      gnp("subject-b", "selector: is == 'subject', namespaceSelector: team == 'demo', types: [Egress]"),
    `203.0.113.5 > subject tcp/80 allow
     subject > 203.0.113.5 tcp/80 deny`,
  ),
  about(
    "§3.7 untracked and pre-DNAT policies do nothing at workloads",
    gnp(
      "subject-a",
      `doNotTrack: true, applyOnForward: true, types: [Ingress, Egress],
        ingress: [{ action: Deny }],
        egress: [{ action: Deny }]`,
    ) +
      gnp("subject-b", "preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny }]"),
    `203.0.113.5 > subject tcp/80 allow
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "resources §1.2 applyOnForward changes nothing at workloads",
    gnp("subject", `applyOnForward: true, types: [Ingress], ingress: [${TCP_80}]`),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  about(
    "§1.9 between pods of one host both sides' policies must allow",
    gnp("subject", "types: [Egress], egress: [{ action: Allow, protocol: TCP }]") +
      gnp(
        "subject-peer",
        `selector: is == 'subject', types: [Ingress], ingress: [{ action: Allow, protocol: UDP }]`,
      ),
    `subject > client tcp/80 allow
     subject > client udp/80 deny
     client > subject udp/80 allow
     client > subject tcp/80 deny`,
  ),
]);

export const GLOBAL_SUBJECT_CASES = [
  revision(
    "policies for whole namespaces",
    gnp(
      "by-account",
      `selector: all(), serviceAccountSelector: clearance == 'gold', types: [Egress],
        egress: [{ action: Allow, protocol: UDP }]`,
    ) +
      gnp(
        "by-namespace",
        `selector: "", namespaceSelector: projectcalico.org/name == 'shop', types: [Ingress],
          ingress: [${TCP_80}]`,
      ) +
      np("everyone", "types: [Ingress], ingress: [{ action: Allow, protocol: UDP }]"),
    {
      "resources §3.7 serviceAccountSelector of a global policy": `
        visitor > 203.0.113.5 udp/80 allow
        visitor > 203.0.113.5 tcp/80 deny
        client > 203.0.113.5 tcp/80 allow`,
      "resources §3.7 an empty selector with a namespaceSelector is the whole namespace": `
        203.0.113.5 > visitor tcp/80 allow
        203.0.113.5 > visitor tcp/81 deny`,
      "resources §1.2 a namespaced policy without a selector is for its whole namespace": `
        203.0.113.5 > client udp/80 allow
        203.0.113.5 > client tcp/80 deny
        203.0.113.5 > s0 udp/80 allow
        203.0.113.5 > s0 tcp/80 deny`,
    },
  ),
  revision(
    "namespaced subjects by service account",
    np("by-account", "serviceAccountSelector: clearance == 'none', types: [Ingress]"),
    {
      "resources §3.7 serviceAccountSelector of a namespaced policy": `
        203.0.113.5 > client tcp/80 deny
        203.0.113.5 > s0 tcp/80 allow
        203.0.113.5 > visitor tcp/80 allow`,
    },
  ),
];

const k8s = (name: string, spec: string) =>
  resource(
    "networking.k8s.io/v1 NetworkPolicy",
    `name: ${name}, namespace: demo`,
    `podSelector: { matchLabels: { is: subject } }, ${spec}`,
  );

export const KUBERNETES_CASES = pack("Kubernetes policies", [
  about(
    "resources §4.1 a policy without rules denies",
    k8s("subject", "policyTypes: [Ingress]"),
    `203.0.113.5 > subject tcp/80 deny
     client > subject tcp/80 deny
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "resources §4.1 an empty rule allows everything",
    k8s("subject", "policyTypes: [Ingress], ingress: [{}]"),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject icmp allow
     2001:db8:f::5 > subject.6 udp/80 allow`,
  ),
  about(
    "resources §4.1 without policyTypes, egress rules add Egress: the API server stores it so",
    k8s("subject", "egress: [{ ports: [{ port: 80 }] }]"),
    `203.0.113.5 > subject tcp/80 deny
     subject > 203.0.113.5 tcp/80 allow
     subject > 203.0.113.5 tcp/81 deny`,
  ),
  about(
    "resources §4.1 no policyTypes listed: as the API server stores it, ingress and what has egress rules",
    k8s("subject", "policyTypes: [], egress: [{ ports: [{ port: 80 }] }]"),
    `203.0.113.5 > subject tcp/80 deny
     subject > 203.0.113.5 tcp/80 allow
     subject > 203.0.113.5 tcp/81 deny`,
  ),
  about(
    "resources §4.1 ports are TCP where no protocol is named, and may be a range",
    k8s(
      "subject",
      `policyTypes: [Ingress],
        ingress: [{ ports: [{ port: 80 }, { port: 90, endPort: 92 }, { protocol: UDP, port: 53 },
        { protocol: SCTP, port: 7 }] }]`,
    ),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/80 deny
     203.0.113.5 > subject tcp/89 deny
     203.0.113.5 > subject tcp/92 allow
     203.0.113.5 > subject tcp/93 deny
     203.0.113.5 > subject udp/53 allow
     203.0.113.5 > subject sctp/7 allow
     203.0.113.5 > subject sctp/8 deny`,
  ),
  about(
    "resources §4.1 a protocol without a port is all its ports",
    k8s(
      "subject",
      `policyTypes: [Ingress],
        ingress: [{ ports: [{ protocol: UDP }, { protocol: UDP, port: 53 }, { port: http }] }]`,
    ),
    `203.0.113.5 > subject udp/1 allow
     203.0.113.5 > subject udp/53 allow
     203.0.113.5 > subject tcp/8080 allow
     203.0.113.5 > subject tcp/8081 deny
     203.0.113.5 > subject icmp deny`,
  ),
  about(
    "resources §4.1 peers by pod are of the policy's namespace",
    k8s("subject", "policyTypes: [Ingress], ingress: [{ from: [{ podSelector: {} }] }]"),
    `client > subject tcp/80 allow
     remote > subject tcp/80 allow
     visitor > subject tcp/80 deny
     198.51.100.64 > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  about(
    "resources §4.1 peers by namespace, and by both",
    k8s(
      "subject",
      `policyTypes: [Ingress],
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: shop } } }], ports: [{ port: 80 }] },
        { from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: client } } }],
          ports: [{ port: 81 }] }]`,
    ),
    `visitor > subject tcp/80 allow
     client > subject tcp/80 deny
     client > subject tcp/81 allow
     visitor > subject tcp/81 deny`,
  ),
  about(
    "resources §4.1 peers by expression",
    k8s(
      "subject",
      `policyTypes: [Ingress],
        ingress: [{ from: [{ podSelector: { matchExpressions: [
          { key: app, operator: In, values: [client, far] },
        { key: stage, operator: NotIn, values: [test-eu] }] } }], ports: [{ port: 80 }] },
        { from: [{ podSelector: { matchExpressions: [{ key: app, operator: DoesNotExist },
        { key: paint, operator: Exists }] } }], ports: [{ port: 81 }] }]`,
    ),
    `client > subject tcp/80 allow
     remote > subject tcp/80 deny
     10.65.1.9 > subject tcp/81 allow
     client > subject tcp/81 deny`,
  ),
  about(
    "resources §4.1 a block of addresses without its exceptions",
    k8s(
      "subject",
      `policyTypes: [Ingress],
        ingress: [{ from: [{ ipBlock: {
          cidr: 203.0.113.0/24, except: [203.0.113.64/26, 203.0.113.9/32] } }] }]`,
    ),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.9 > subject tcp/80 deny
     203.0.113.64 > subject tcp/80 deny
     203.0.113.127 > subject tcp/80 deny
     203.0.113.128 > subject tcp/80 allow
     203.0.114.1 > subject tcp/80 deny
     client > subject tcp/80 deny`,
  ),
  about(
    "resources §4.1 egress to peers and ports",
    k8s(
      "subject",
      `policyTypes: [Egress],
        egress: [{ to: [{ podSelector: { matchLabels: { app: client } } },
        { ipBlock: { cidr: "2001:db8:f::/48" } }], ports: [{ port: 80 }] }]`,
    ),
    `subject > client tcp/80 allow
     subject > client tcp/81 deny
     subject > visitor tcp/80 deny
     subject.6 > 2001:db8:f::5 tcp/80 allow
     subject.6 > 2001:db8:e::5 tcp/80 deny
     203.0.113.5 > subject tcp/81 allow`,
  ),
  about(
    "resources §4.1 policies add up",
    k8s("subject-a", "policyTypes: [Ingress], ingress: [{ ports: [{ port: 80 }] }]") +
      k8s("subject-b", "policyTypes: [Ingress], ingress: [{ ports: [{ port: 81 }] }]"),
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 allow
     203.0.113.5 > subject tcp/82 deny`,
  ),
  about(
    "§3.3 a Kubernetes policy has order 1000 in the default tier",
    k8s("subject", "policyTypes: [Ingress], ingress: [{ ports: [{ port: 80 }, { port: 81 }] }]") +
      gnp(
        "subject-before",
        `order: 999, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80] } }]`,
      ) +
      gnp(
        "subject-after",
        `order: 1001, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } },
          { action: Allow, protocol: TCP, destination: { ports: [82] } }]`,
      ),
    `203.0.113.5 > subject tcp/80 deny
     203.0.113.5 > subject tcp/81 allow
     203.0.113.5 > subject tcp/82 allow
     203.0.113.5 > subject tcp/83 deny`,
  ),
]);
