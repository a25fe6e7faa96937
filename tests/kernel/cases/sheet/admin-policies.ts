import { about, gnp, pack } from "../case.ts";
import { resource } from "../resource.ts";

const SUBJECT = "subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { is: subject } } } }";
const CLIENTS = "pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: client } } }";
const SHOP = "namespaces: { matchLabels: { team: shop } }";

const cluster = (name: string, tier: "Admin" | "Baseline", priority: number, rules: string) =>
  resource(
    "policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy",
    `name: ${name}`,
    `tier: ${tier}, priority: ${priority}, ${SUBJECT}, ${rules}`,
  );

const admin = (name: string, priority: number, rules: string) =>
  resource(
    "policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy",
    `name: ${name}`,
    `priority: ${priority}, ${SUBJECT}, ${rules}`,
  );

const DENY_ALL = gnp("subject-default", "types: [Ingress]");
const ALLOW_ALL = gnp("subject-default", "types: [Ingress], ingress: [{ action: Allow }]");

export const ADMIN_CASES = pack("admin policies", [
  about(
    "resources §4.6 an admin policy decides before the default tier",
    cluster(
      "subject",
      "Admin",
      10,
      `ingress: [{ action: Accept, from: [{ ${CLIENTS} }] }, { action: Deny, from: [{ ${SHOP} }] }]`,
    ) + DENY_ALL,
    `client > subject tcp/80 allow
     visitor > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  about(
    "resources §4.6 what an admin policy does not match goes on",
    cluster("subject", "Admin", 10, `ingress: [{ action: Deny, from: [{ ${SHOP} }] }]`),
    `visitor > subject tcp/80 deny
     client > subject tcp/80 allow
     203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "resources §4.6 Pass leaves the admin tier",
    cluster("subject-1", "Admin", 1, `ingress: [{ action: Pass, from: [{ ${CLIENTS} }] }]`) +
      cluster("subject-2", "Admin", 2, `ingress: [{ action: Deny, from: [{ namespaces: {} }] }]`) +
      ALLOW_ALL,
    `client > subject tcp/80 allow
     visitor > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "resources §4.6 the lower priority number comes first",
    cluster("subject-a", "Admin", 20, `ingress: [{ action: Deny, from: [{ ${CLIENTS} }] }]`) +
      cluster("subject-b", "Admin", 10, `ingress: [{ action: Accept, from: [{ ${CLIENTS} }] }]`) +
      DENY_ALL,
    `client > subject tcp/80 allow
     visitor > subject tcp/80 deny`,
  ),
  about(
    "resources §4.6 protocols with numbers, ranges and names",
    cluster(
      "subject",
      "Admin",
      10,
      `ingress: [{ action: Accept, from: [{ ${CLIENTS} }], protocols: [
         { tcp: { destinationPort: { number: 80 } } },
         { udp: { destinationPort: { range: { start: 53, end: 55 } } } },
         { sctp: {} }, { destinationNamedPort: http }] }]`,
    ) + DENY_ALL,
    `client > subject tcp/80 allow
     client > subject tcp/81 deny
     client > subject udp/55 allow
     client > subject udp/56 deny
     client > subject sctp/9 allow
     client > subject tcp/8080 allow
     visitor > subject tcp/80 deny`,
  ),
  about(
    "resources §4.6 egress to networks",
    cluster(
      "subject",
      "Admin",
      10,
      `egress: [{ action: Accept, to: [{ networks: [203.0.113.0/25] }] },
        { action: Deny, to: [{ networks: [203.0.113.0/24, "2001:db8:f::/48"] }] }]`,
    ),
    `subject > 203.0.113.127 tcp/80 allow
     subject > 203.0.113.128 tcp/80 deny
     subject > 203.0.114.1 tcp/80 allow
     subject.6 > 2001:db8:f::5 tcp/80 deny
     subject.6 > 2001:db8:e::5 tcp/80 allow
     203.0.113.128 > subject tcp/80 allow`,
  ),
  about(
    "resources §4.6 a baseline policy holds where no other tier decides",
    cluster("subject", "Baseline", 10, `ingress: [{ action: Deny, from: [{ ${CLIENTS} }] }]`),
    `client > subject tcp/80 deny
     visitor > subject tcp/80 allow
     203.0.113.5 > subject tcp/80 allow`,
  ),
  about(
    "resources §4.6 the default tier's denial comes before the baseline",
    cluster("subject", "Baseline", 10, `ingress: [{ action: Accept, from: [{ ${CLIENTS} }] }]`) + DENY_ALL,
    `client > subject tcp/80 deny`,
  ),
  about(
    "resources §4.6 the default tier's permission comes before the baseline",
    cluster("subject", "Baseline", 10, `ingress: [{ action: Deny, from: [{ ${CLIENTS} }] }]`) +
      gnp(
        "subject-default",
        "types: [Ingress], ingress: [{ action: Allow, protocol: TCP }, { action: Pass }]",
      ),
    `client > subject tcp/80 allow
     client > subject udp/80 deny
     visitor > subject udp/80 allow`,
  ),
  about(
    "resources §4.6 a denial that cannot be converted denies everything",
    cluster(
      "subject",
      "Admin",
      10,
      `egress: [{ action: Accept, to: [{ networks: [203.0.113.0/25] }] },
        { action: Deny, to: [{ nodes: {} }] }]`,
    ),
    `subject > 203.0.113.5 tcp/80 allow
     subject > 203.0.114.5 tcp/80 deny
     subject > client tcp/80 deny`,
  ),
  about(
    "resources §4.6 a permission that cannot be converted is left out",
    cluster(
      "subject",
      "Admin",
      10,
      `egress: [{ action: Accept, to: [{ nodes: {} }] },
        { action: Deny, to: [{ networks: [172.16.1.0/24] }] }]`,
    ),
    `subject > node-2 tcp/80 deny
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  about(
    "resources §4.6 AdminNetworkPolicy, the forerunner, has a tier before the default one",
    admin(
      "subject",
      10,
      `ingress: [
         { action: Allow, from: [{ ${CLIENTS} }], ports: [{ portNumber: { protocol: TCP, port: 80 } }] },
         { action: Deny, from: [{ ${CLIENTS} }] }]`,
    ) + DENY_ALL,
    `client > subject tcp/80 allow
     client > subject tcp/81 deny
     visitor > subject tcp/80 deny`,
  ),
]);

/** There is one object of the kind for the whole cluster, hence one case. */
export const BASELINE_CASES = pack("the baseline admin policy", [
  about(
    "resources §4.6 BaselineAdminNetworkPolicy, the forerunner, comes after the default tier",
    resource(
      "policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy",
      "name: default",
      `${SUBJECT}, ingress: [{ action: Deny, from: [{ namespaces: {} }] }]`,
    ) +
      gnp(
        "subject-default",
        "types: [Ingress], ingress: [{ action: Allow, protocol: TCP }, { action: Pass }]",
      ),
    `client > subject tcp/80 allow
     client > subject udp/80 deny
     203.0.113.5 > subject udp/80 allow`,
  ),
]);
