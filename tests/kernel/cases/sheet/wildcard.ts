import { felix, gnp, hostEndpoint, type Revision, revision } from "../case.ts";

const ANY = (spec = "") => hostEndpoint("any", `interfaceName: "*"${spec}`);
const OPEN_ANY = ANY(", profiles: [projectcalico-default-allow]");
const anyPolicy = (name: string, spec: string) => gnp(name, `selector: host == 'any', ${spec}`);

export const WILDCARD_CASES: readonly Revision[] = [
  revision(
    "the host endpoint of all interfaces",
    felix("defaultEndpointToHostAction: Return") +
      ANY() +
      anyPolicy(
        "any",
        `types: [Ingress, Egress],
          ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }],
          egress: [{ action: Allow, protocol: TCP, destination: { ports: [81] } }]`,
      ),
    {
      "§3.7 the wildcard polices an interface without a host endpoint of its own": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 deny
        203.0.113.5 > host tcp/22 allow
        host > 203.0.113.5 tcp/81 allow
        host > 203.0.113.5 tcp/80 deny
        host > 203.0.113.5 udp/53 allow`,
      "§13.11 its normal policy does not police workloads": `
        client > host tcp/81 allow
        host > client tcp/80 allow
        client > s0 tcp/81 allow
        client > 203.0.113.5 tcp/80 allow
        203.0.113.5 > client tcp/81 allow`,
      "§13.30 it polices what the host sends to itself, in both directions": `
        host > host tcp/80 deny
        host > host tcp/81 deny
        host > host tcp/22 deny
        host > host tcp/179 allow
        host > host udp/53 deny`,
    },
  ),
  revision(
    "forward policy of all interfaces",
    OPEN_ANY +
      anyPolicy(
        "any",
        `applyOnForward: true, types: [Ingress, Egress],
          ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80, 81] } }],
          egress: [{ action: Allow, protocol: TCP, destination: { ports: [80, 82] } }]`,
      ),
    {
      "§13.11 the wildcard's forward policy polices pods, where packets come in and where they leave": `
        client > s0 tcp/80 allow
        client > s0 tcp/81 deny
        client > s0 tcp/82 deny
        client > 203.0.113.5 tcp/80 allow
        client > 203.0.113.5 tcp/81 deny
        203.0.113.5 > client tcp/80 allow
        203.0.113.5 > client tcp/82 deny
        203.0.113.5 > client tcp/22 deny`,
      "§1.9 it does not police host to pod": `
        host > client tcp/90 allow`,
      "§3.7 forward policy is normal policy, too": `
        203.0.113.5 > host tcp/81 allow
        203.0.113.5 > host tcp/82 deny
        host > 203.0.113.5 tcp/82 allow
        host > 203.0.113.5 tcp/81 deny`,
    },
  ),
  revision(
    "pre-DNAT policy of all interfaces",
    felix("defaultEndpointToHostAction: Return") +
      OPEN_ANY +
      anyPolicy(
        "any",
        `preDNAT: true, applyOnForward: true, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: ["30000:32767"] } }]`,
      ),
    {
      "§13.11 the wildcard's pre-DNAT policy polices every interface, those of pods included": `
        203.0.113.5 > host tcp/30080 deny
        203.0.113.5 > host tcp/29999 allow
        203.0.113.5 > client tcp/32767 deny
        client > s0 tcp/30000 deny
        client > s0 tcp/32768 allow
        client > 203.0.113.5 tcp/30080 deny
        client > host tcp/30080 deny
        client > host tcp/80 allow
        host > host tcp/30080 deny
        host > host tcp/80 allow
        host > client tcp/30080 allow
        host > 203.0.113.5 tcp/30080 allow`,
    },
  ),
  revision(
    "untracked policy of all interfaces",
    OPEN_ANY +
      anyPolicy(
        "any",
        `doNotTrack: true, applyOnForward: true, types: [Ingress, Egress],
          ingress: [{ action: Deny }],
          egress: [{ action: Deny }]`,
      ),
    {
      "§13.11 the wildcard's untracked policy does nothing": `
        203.0.113.5 > host tcp/80 allow
        host > 203.0.113.5 tcp/80 allow
        client > 203.0.113.5 tcp/80 allow`,
    },
  ),
  revision(
    "a specific host endpoint beside that of all interfaces",
    hostEndpoint("uplink", "interfaceName: eth0, profiles: [projectcalico-default-allow]") +
      ANY() +
      anyPolicy(
        "pre",
        `preDNAT: true, applyOnForward: true, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [30080] } }]`,
      ) +
      anyPolicy(
        "forward",
        `applyOnForward: true, order: 5, types: [Ingress, Egress],
          ingress: [{ action: Deny, protocol: UDP }, { action: Allow }],
          egress: [{ action: Deny, protocol: SCTP }, { action: Allow }]`,
      ),
    {
      "§3.7 a specific host endpoint replaces the wildcard on its interface": `
        203.0.113.5 > host udp/80 allow
        host > 203.0.113.5 sctp/80 allow
        host > host udp/80 deny
        host > host sctp/80 deny
        host > host tcp/80 allow`,
      "§13.23 the wildcard's pre-DNAT policy does not police the specific one's interface": `
        203.0.113.5 > host tcp/30080 allow
        203.0.113.5 > client tcp/30080 allow
        client > s0 tcp/30080 deny
        client > 203.0.113.5 tcp/30080 deny`,
      "§3.7 forwarded packets meet the specific one on its side, the wildcard on the other": `
        203.0.113.5 > client udp/80 allow
        203.0.113.5 > client sctp/80 deny
        client > 203.0.113.5 udp/80 deny
        client > 203.0.113.5 sctp/80 allow`,
    },
  ),
];
