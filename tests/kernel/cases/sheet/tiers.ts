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
        `types: [Ingress],
          ingress: [{ action: Pass, protocol: UDP }, { action: Deny, protocol: TCP }, { action: Pass }]`,
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
