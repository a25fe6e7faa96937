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
      203.0.113.5 > 198.51.100.201 tcp/80 allow
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
          { action: Allow, protocol: TCP,
            source: { nets: [203.0.113.0/24] }, destination: { ports: ["80:89"] } },
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
        203.0.113.5 > 198.51.100.201 tcp/81 allow`,
    },
  ),
  revision(
    "tiers of a host endpoint",
    OPEN_UPLINK +
      tier("first", "order: 1, defaultAction: Deny") +
      tier("second", "order: 2, defaultAction: Pass") +
      policy(
        "first",
        `tier: first, types: [Ingress],
          ingress: [{ action: Deny, protocol: UDP }, { action: Pass, protocol: TCP },
          { action: Log, protocol: ICMP }]`,
      ) +
      policy(
        "second",
        `tier: second, types: [Ingress, Egress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } }],
          egress: [{ action: Deny, protocol: UDP }]`,
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
    "every kind of policy of a host endpoint by its addresses",
    hostEndpoint(
      "uplink",
      `expectedIPs: [172.16.1.11], profiles: [projectcalico-default-allow],
        ports: [{ name: web, protocol: TCP, port: 8443 }]`,
    ) +
      policy(
        "in",
        `order: 1, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [web] } }, { action: Pass }]`,
      ) +
      policy(
        "pre",
        `preDNAT: true, applyOnForward: true, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } }]`,
      ) +
      policy(
        "untracked",
        `doNotTrack: true, applyOnForward: true, types: [Ingress, Egress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [82] } }],
          egress: [{ action: Deny, protocol: TCP, destination: { ports: [82] } }]`,
      ) +
      policy(
        "forward",
        `order: 2, applyOnForward: true, types: [Ingress, Egress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [83] } }, { action: Pass }],
          egress: [{ action: Deny, protocol: TCP, destination: { ports: [84] } }, { action: Pass }]`,
      ),
    {
      "§3.7 untracked and pre-DNAT policy of a host endpoint by its addresses": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 deny
        203.0.113.5 > client tcp/81 deny
        203.0.113.5 > host tcp/82 deny
        203.0.113.5 > client tcp/82 deny
        host > 203.0.113.5 tcp/82 deny
        2001:db8:f::5 > host.6 tcp/81 deny`,
      "§3.7 forward policy of a host endpoint by its addresses": `
        203.0.113.5 > client tcp/83 deny
        203.0.113.5 > client tcp/84 allow
        client > 203.0.113.5 tcp/83 allow
        client > 203.0.113.5 tcp/84 deny
        client.6 > 2001:db8:f::5 tcp/84 deny
        203.0.113.5 > 198.51.100.201 tcp/84 deny`,
      "resources §1.8 named ports of the host endpoint itself, at its addresses": `
        203.0.113.5 > host tcp/8443 deny
        203.0.113.5 > host udp/8443 allow
        2001:db8:f::5 > host.6 tcp/8443 allow`,
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
      `failsafeInboundHostPorts: [{ protocol: TCP, port: 22, net: 203.0.113.0/24 },
        { protocol: UDP, port: 9000 }],
        failsafeOutboundHostPorts: [{ protocol: TCP, port: 443, net: "2001:db8:f::/48" }]`,
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
