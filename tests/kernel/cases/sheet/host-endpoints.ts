import { felix, gnp, hostEndpoint, type Revision, revision, tier } from "../case.ts";

/** Policy of the endpoint `uplink`. */
const policy = (name: string, spec: string) => gnp(name, `selector: host == 'uplink', ${spec}`);

const UPLINK = hostEndpoint("uplink", "interfaceName: eth0");
const OPEN_UPLINK = hostEndpoint("uplink", "interfaceName: eth0, profiles: [projectcalico-default-allow]");

export const HOST_ENDPOINT_CASES: readonly Revision[] = [
  revision("no host endpoint here", "", {
    "§3.8 an interface without a host endpoint is not policed": `
      203.0.113.5 > host tcp/80 allow
      203.0.113.5 > host proto/253 allow
      2001:db8:f::5 > host.6 udp/80 allow
      host > 203.0.113.5 tcp/80 allow
      host.6 > 2001:db8:f::5 tcp/80 allow
      host > host tcp/80 allow`,
  }),
  revision("a host endpoint without policies and profiles", UPLINK, {
    "§3.2 a host endpoint without policies and profiles denies": `
      203.0.113.5 > host tcp/80 deny
      203.0.113.5 > host udp/80 deny
      203.0.113.5 > host sctp/80 deny
      203.0.113.5 > host icmp deny
      203.0.113.5 > host proto/253 deny
      2001:db8:f::5 > host.6 tcp/80 deny
      host > 203.0.113.5 tcp/80 deny
      host > 203.0.113.5 icmp deny
      host.6 > 2001:db8:f::5 tcp/80 deny`,
    "§6 inbound failsafe ports stay open": `
      203.0.113.5 > host tcp/22 allow
      203.0.113.5 > host udp/68 allow
      203.0.113.5 > host tcp/179 allow
      203.0.113.5 > host tcp/2379 allow
      203.0.113.5 > host tcp/2380 allow
      203.0.113.5 > host tcp/5473 allow
      203.0.113.5 > host tcp/6443 allow
      203.0.113.5 > host tcp/6666 allow
      203.0.113.5 > host tcp/6667 allow
      2001:db8:f::5 > host.6 tcp/22 allow
      203.0.113.5 > host udp/22 deny
      203.0.113.5 > host tcp/68 deny
      203.0.113.5 > host tcp/6668 deny
      203.0.113.5 > host udp/53 deny`,
    "§6 outbound failsafe ports stay open": `
      host > 203.0.113.5 udp/53 allow
      host > 203.0.113.5 udp/67 allow
      host > 203.0.113.5 tcp/179 allow
      host > 203.0.113.5 tcp/2379 allow
      host > 203.0.113.5 tcp/5473 allow
      host > 203.0.113.5 tcp/6443 allow
      host > 203.0.113.5 tcp/6667 allow
      host.6 > 2001:db8:f::5 udp/53 allow
      host > 203.0.113.5 tcp/53 deny
      host > 203.0.113.5 tcp/22 deny
      host > 203.0.113.5 udp/68 deny`,
    "§3.7 forwarding is allowed where no policy is for it": `
      203.0.113.5 > client tcp/80 allow
      client > 203.0.113.5 tcp/80 allow
      203.0.113.5 > 198.51.100.200 tcp/80 allow
      client.6 > 2001:db8:f::5 icmp allow`,
    "§1.9 the host reaches its pods, and itself, past its endpoint on another interface": `
      host > client tcp/80 allow
      host.6 > client.6 tcp/80 allow
      host > host tcp/80 allow`,
  }),
  revision("a host endpoint with the profile that allows everything", OPEN_UPLINK, {
    "§3.2 profiles decide at a host endpoint without policies": `
      203.0.113.5 > host tcp/80 allow
      2001:db8:f::5 > host.6 icmp allow
      host > 203.0.113.5 tcp/80 allow
      host.6 > 2001:db8:f::5 udp/80 allow`,
    "§3.2 (e) invalid packets are denied at host endpoints": `
      203.0.113.5 > host icmp/3/4 deny
      203.0.113.5 > host icmp/8 allow
      host > 203.0.113.5 icmp/0 deny`,
  }),
  revision(
    "a host endpoint with a profile that does not exist",
    hostEndpoint("uplink", "interfaceName: eth0, profiles: [nowhere, projectcalico-default-allow]"),
    {
      "§3.5 a missing profile of a host endpoint denies": `
        203.0.113.5 > host tcp/80 deny
        203.0.113.5 > host tcp/22 allow
        host > 203.0.113.5 tcp/80 deny`,
    },
  ),
  revision(
    "normal policy of a host endpoint",
    UPLINK +
      policy(
        "in",
        `types: [Ingress], ingress: [
          { action: Deny, protocol: TCP, destination: { ports: [22, 81] } },
          { action: Allow, protocol: TCP, source: { nets: [203.0.113.0/24] }, destination: { ports: ["80:89"] } },
          { action: Allow, protocol: ICMPv6 }, { action: Allow, source: { selector: app == 'client' } },
          { action: Allow, protocol: SCTP, destination: { ports: [diameter] } }]`,
      ).replaceAll("\n          ", " ") +
      policy(
        "out",
        "types: [Egress], egress: [{ action: Allow, protocol: UDP, destination: { ports: [123] } }]",
      ),
    {
      "§1.9 normal ingress policy polices what comes for the host": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 deny
        203.0.113.5 > host tcp/90 deny
        198.51.100.5 > host tcp/80 deny
        2001:db8:f::5 > host.6 icmp allow
        2001:db8:f::5 > host.6 tcp/80 deny
        remote > host tcp/4000 allow`,
      "§1.9 normal egress policy polices what the host sends": `
        host > 203.0.113.5 udp/123 allow
        host > 203.0.113.5 udp/124 deny
        host > 203.0.113.5 tcp/80 deny
        host.6 > 2001:db8:f::5 udp/123 allow
        host.6 > 2001:db8:f::5 tcp/80 deny`,
      "§6 failsafe ports come before policy": `
        203.0.113.5 > host tcp/22 allow
        host > 203.0.113.5 udp/53 allow`,
      "§3.7 normal policy is not for forwarded packets": `
        203.0.113.5 > client tcp/81 allow
        client > 203.0.113.5 tcp/80 allow
        203.0.113.5 > 198.51.100.200 tcp/81 allow`,
    },
  ),
  revision(
    "tiers of a host endpoint",
    OPEN_UPLINK +
      tier("first", "order: 1, defaultAction: Deny") +
      tier("second", "order: 2, defaultAction: Pass") +
      policy(
        "first",
        "tier: first, types: [Ingress], ingress: [{ action: Deny, protocol: UDP }, { action: Pass, protocol: TCP }, { action: Log, protocol: ICMP }]",
      ) +
      policy(
        "second",
        "tier: second, types: [Ingress, Egress], ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } }], egress: [{ action: Deny, protocol: UDP }]",
      ),
    {
      "§3.3 tiers of a host endpoint: Pass, end of tier, profiles": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 deny
        203.0.113.5 > host udp/80 deny
        203.0.113.5 > host icmp deny
        host > 203.0.113.5 tcp/81 allow
        host > 203.0.113.5 udp/80 deny`,
    },
  ),
  revision(
    "a host endpoint by its addresses",
    hostEndpoint("uplink", 'expectedIPs: [172.16.1.11, "fd00:172:16:1::99"]') +
      policy("in", "types: [Ingress], ingress: [{ action: Allow, protocol: TCP }]"),
    {
      "§3.7 expectedIPs find the interface that has one of them": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host udp/80 deny
        2001:db8:f::5 > host.6 tcp/80 allow
        2001:db8:f::5 > host.6 udp/80 deny
        host > 203.0.113.5 tcp/80 deny`,
    },
  ),
  revision(
    "a host endpoint by addresses that are not here",
    hostEndpoint("uplink", "expectedIPs: [172.16.1.99]"),
    {
      "§3.7 expectedIPs of no interface police nothing": `
      203.0.113.5 > host tcp/80 allow
      host > 203.0.113.5 tcp/80 allow`,
    },
  ),
  revision(
    "a host endpoint on another interface, with this one's address",
    hostEndpoint("uplink", "interfaceName: eth7, expectedIPs: [172.16.1.11]"),
    {
      "§3.7 a host endpoint with an interface name never matches by address": `
        203.0.113.5 > host tcp/80 allow
        host > 203.0.113.5 tcp/80 allow`,
    },
  ),
  revision(
    "two host endpoints that match one interface",
    hostEndpoint("a-by-address", "expectedIPs: [172.16.1.11]") +
      hostEndpoint("b-by-name", "interfaceName: eth0, profiles: [projectcalico-default-allow]"),
    {
      "§3.7 of several that match the first by name wins, also over an interface name": `
        203.0.113.5 > host tcp/80 deny
        host > 203.0.113.5 tcp/80 deny`,
    },
  ),
  revision(
    "two host endpoints that match one interface, the other way round",
    hostEndpoint("b-by-address", "expectedIPs: [172.16.1.11]") +
      hostEndpoint("a-by-name", "interfaceName: eth0, profiles: [projectcalico-default-allow]"),
    {
      "§3.7 the first by name wins, here the one with an interface name": `
        203.0.113.5 > host tcp/80 allow
        host > 203.0.113.5 tcp/80 allow`,
    },
  ),
  revision(
    "failsafe ports with networks",
    felix(
      'failsafeInboundHostPorts: [{ protocol: TCP, port: 22, net: 203.0.113.0/24 }, { protocol: UDP, port: 9000 }], failsafeOutboundHostPorts: [{ protocol: TCP, port: 443, net: "2001:db8:f::/48" }]',
    ) + UPLINK,
    {
      "§6 an inbound failsafe port may be for some sources only, of their version": `
        203.0.113.5 > host tcp/22 allow
        203.0.114.5 > host tcp/22 deny
        2001:db8:f::5 > host.6 tcp/22 deny`,
      "§6 an outbound failsafe port may be for some destinations only": `
        host.6 > 2001:db8:f::5 tcp/443 allow
        host.6 > 2001:db8:e::5 tcp/443 deny
        host > 203.0.113.5 tcp/443 deny`,
      "§6 a list that is given replaces the default": `
        203.0.113.5 > host udp/9000 allow
        2001:db8:f::5 > host.6 udp/9000 allow
        203.0.113.5 > host tcp/179 deny
        host > 203.0.113.5 udp/53 deny`,
    },
  ),
  revision(
    "no failsafe ports",
    felix("failsafeInboundHostPorts: [], failsafeOutboundHostPorts: []") + UPLINK,
    {
      "§6 an empty list leaves no port open": `
        203.0.113.5 > host tcp/22 deny
        203.0.113.5 > host udp/68 deny
        host > 203.0.113.5 udp/53 deny
        host > 203.0.113.5 tcp/179 deny`,
    },
  ),
];

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
        "types: [Ingress, Egress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }], egress: [{ action: Allow, protocol: TCP, destination: { ports: [81] } }]",
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
        "applyOnForward: true, types: [Ingress, Egress], ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80, 81] } }], egress: [{ action: Allow, protocol: TCP, destination: { ports: [80, 82] } }]",
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
        'preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny, protocol: TCP, destination: { ports: ["30000:32767"] } }]',
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
        "doNotTrack: true, applyOnForward: true, types: [Ingress, Egress], ingress: [{ action: Deny }], egress: [{ action: Deny }]",
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
        "preDNAT: true, applyOnForward: true, types: [Ingress], ingress: [{ action: Deny, protocol: TCP, destination: { ports: [30080] } }]",
      ) +
      anyPolicy(
        "forward",
        "applyOnForward: true, order: 5, types: [Ingress, Egress], ingress: [{ action: Deny, protocol: UDP }, { action: Allow }], egress: [{ action: Deny, protocol: SCTP }, { action: Allow }]",
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
