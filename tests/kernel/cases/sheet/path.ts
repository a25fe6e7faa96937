import { felix, gnp, hostEndpoint, type Revision, revision } from "../case.ts";
import { resource } from "../resource.ts";
import { wideRevision } from "./wide.ts";

const UPLINK = hostEndpoint("uplink", "interfaceName: eth0");

const toHost = (action: string) =>
  felix(`defaultEndpointToHostAction: ${action}`) +
  UPLINK +
  gnp("egress", "selector: is == 's0', types: [Egress], egress: [{ action: Allow, protocol: UDP }]") +
  gnp("ingress", "selector: is == 's1', types: [Ingress], ingress: [{ action: Deny }]");

const NEIGHBOUR_MESSAGES = `
  client.6 > host.6 icmp/130 allow
  client.6 > host.6 icmp/131 allow
  client.6 > host.6 icmp/132 allow
  client.6 > host.6 icmp/133 allow
  client.6 > host.6 icmp/135 allow
  client.6 > host.6 icmp/136 allow`;

export const WORKLOAD_TO_HOST_CASES: readonly Revision[] = [
  revision("workloads to their host: DROP", toHost("Drop"), {
    "§1.6 DefaultEndpointToHostAction DROP drops what the pod's policy allowed": `
      client > host tcp/80 deny
      client > host tcp/22 deny
      client > host icmp deny
      client.6 > host.6 udp/80 deny
      s0 > host udp/80 deny`,
    "§1.6 messages that IPv6 cannot do without come before all that": `
      ${NEIGHBOUR_MESSAGES}
      s0.6 > host.6 icmp/135 allow
      client.6 > host.6 icmp/134 deny
      client.6 > host.6 icmp/128 deny`,
    "§13.12 the host reaches its pods whatever their policy says": `
      host > s1 tcp/80 allow
      host > s1 icmp allow
      host.6 > s1.6 udp/80 allow
      client > s1 tcp/80 deny`,
  }),
  revision("workloads to their host: RETURN", toHost("Return"), {
    "§1.6 RETURN leaves it to the rest of INPUT, where no host endpoint's policy comes": `
      client > host tcp/80 allow
      client.6 > host.6 tcp/80 allow
      203.0.113.5 > host tcp/80 deny`,
    "§1.6 the pod's egress policy is asked first": `
      s0 > host udp/80 allow
      s0 > host tcp/80 deny
      s0.6 > host.6 tcp/80 deny`,
  }),
  revision("workloads to their host: ACCEPT", toHost("Accept"), {
    "§1.6 ACCEPT accepts what the pod's egress policy allows": `
      client > host tcp/80 allow
      client.6 > host.6 icmp/128 allow
      s0 > host udp/80 allow
      s0 > host tcp/80 deny`,
    "§13.12 host endpoint ingress is not consulted for pods": `
      client > host tcp/4000 allow
      203.0.113.5 > host tcp/4000 deny`,
  }),
];

export const SOURCE_CASES: readonly Revision[] = [
  revision("sources of workloads", felix("defaultEndpointToHostAction: Accept"), {
    "§1.3 a workload sends from its own addresses only": `
      client > 203.0.113.5 tcp/80 allow
      client.6 > 2001:db8:f::5 tcp/80 allow
      client(10.65.0.99) > 203.0.113.5 tcp/80 deny
      client(203.0.113.9) > 203.0.113.5 tcp/80 deny
      client.6(fd65::99) > 2001:db8:f::5 tcp/80 deny
      client.6(2001:db8:f::9) > 2001:db8:f::5 udp/80 deny`,
    "§1.3 nor from another workload's, or to one": `
      client(10.65.0.16) > 203.0.113.5 tcp/80 deny
      client(10.65.0.16) > s1 tcp/80 deny
      client(10.65.1.2) > s1 tcp/80 deny
      client.6(fd65::3) > s1.6 tcp/80 deny`,
    "§1.3 nor to the host": `
      client > host tcp/80 allow
      client(10.65.0.16) > host tcp/80 deny
      client(203.0.113.9) > host tcp/80 deny
      client.6(2001:db8:f::9) > host.6 tcp/80 deny`,
  }),
];

export const FOREIGN_SOURCE_CASES: readonly Revision[] = [
  wideRevision("a workload with foreign sources", "", {
    "§1.3 allowedSourcePrefixes are sources besides the own addresses": `
      roamer > 203.0.113.5 tcp/80 allow
      roamer(10.9.0.0) > 203.0.113.5 tcp/80 allow
      roamer(10.9.255.255) > 203.0.113.5 tcp/80 allow
      roamer(10.8.255.255) > 203.0.113.5 tcp/80 deny
      roamer(10.10.0.0) > 203.0.113.5 tcp/80 deny
      roamer.6(fd09::1) > 2001:db8:f::5 tcp/80 allow
      roamer.6(fd0a::1) > 2001:db8:f::5 tcp/80 deny`,
    "§1.3 they are its alone": `
      client(10.9.0.1) > 203.0.113.5 tcp/80 deny
      client(10.9.0.1) > s0 tcp/80 deny`,
    "§1.3 also towards pods and the host": `
      roamer(10.9.0.1) > s0 tcp/80 allow
      roamer(10.9.0.1) > host tcp/80 allow
      roamer(10.8.0.1) > s0 tcp/80 deny`,
  }),
];

const profile = (name: string, spec: string) => resource("Profile", `name: ${name}`, spec);

export const PROFILE_CASES: readonly Revision[] = [
  wideRevision(
    "workloads with chosen profiles",
    profile(
      "tcp",
      `ingress: [{ action: Allow, protocol: TCP }],
        egress: [{ action: Allow, protocol: TCP }],
        labelsToApply: { zone: green }`,
    ) +
      profile(
        "first",
        `ingress: [{ action: Log }, { action: Deny, protocol: TCP, destination: { ports: [22] } },
          { action: Pass, protocol: UDP }, { action: Deny, protocol: UDP }],
          labelsToApply: { zone: green, depth: one }`,
      ) +
      profile(
        "second",
        `ingress: [{ action: Allow, protocol: TCP },
          { action: Allow, protocol: UDP, destination: { ports: [53] } }],
          egress: [{ action: Allow }],
          labelsToApply: { zone: red, depth: two, height: two }`,
      ) +
      gnp(
        "asked",
        `selector: app == 'asked', types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } },
          { action: Allow, protocol: TCP, destination: { ports: [22] } }, { action: Pass }]`,
      ) +
      gnp("shadow", "selector: app == 'shadow', types: [Ingress, Egress]") +
      gnp(
        "zones",
        `selector: is == 's0', types: [Ingress],
          ingress: [{ action: Allow, protocol: TCP, source: { selector: zone == 'green' } },
          { action: Allow, protocol: UDP, source: { selector: zone == 'blue' } },
          { action: Allow, protocol: SCTP, source: { selector: "depth == 'one' && height == 'two'" } }]`,
      ),
    {
      "§3.2 (m) a workload without profiles is cut off where no policy decides": `
        203.0.113.5 > bare tcp/80 deny
        2001:db8:f::5 > bare.6 tcp/80 deny
        bare > 203.0.113.5 tcp/80 deny
        host > bare tcp/80 allow`,
      "§3.5 a missing profile denies": `
        203.0.113.5 > lost tcp/80 deny
        lost > 203.0.113.5 tcp/80 deny
        lost > client tcp/80 deny`,
      "§3.5 a missing profile denies what the ones before it do not decide": `
        203.0.113.5 > half tcp/80 allow
        203.0.113.5 > half udp/80 deny
        half > 203.0.113.5 tcp/80 allow
        half > 203.0.113.5 udp/80 deny`,
      "§3.2 (l) profiles in their order, until one decides": `
        203.0.113.5 > layered tcp/22 deny
        203.0.113.5 > layered tcp/80 allow
        203.0.113.5 > layered icmp deny
        layered > 203.0.113.5 icmp allow`,
      "§2 Pass in a profile leaves that profile only": `
        203.0.113.5 > layered udp/53 allow
        203.0.113.5 > layered udp/54 deny`,
      "resources §1.6 the built-in profile allows everything": `
        203.0.113.5 > open tcp/80 allow
        open > 203.0.113.5 udp/80 allow
        open.6 > 2001:db8:f::5 icmp allow`,
      "§3.3 policy decides before profiles": `
        203.0.113.5 > asked tcp/81 deny
        203.0.113.5 > asked tcp/22 allow
        203.0.113.5 > asked tcp/80 allow
        203.0.113.5 > asked udp/54 deny`,
      "resources §1.6 labels come from profiles, own ones and earlier profiles first": `
        half > s0 tcp/80 deny
        layered > s0 tcp/80 allow
        layered > s0 udp/80 deny
        layered > s0 sctp/80 allow
        asked > s0 tcp/80 allow
        client > s0 tcp/80 deny`,
      "§13.17 of two workloads on one interface the first by id is served": `
        203.0.113.5 > open tcp/81 allow
        open > client tcp/80 allow
        open(10.65.0.56) > client tcp/80 deny`,
    },
  ),
];

export const PREFIX_CASES: readonly Revision[] = [
  wideRevision(
    "workload interfaces of another prefix",
    gnp("tapped", "selector: app == 'tapped', types: [Ingress], ingress: [{ action: Allow, protocol: TCP }]"),
    {
      "§1.1 InterfacePrefix may list several: all are workloads' interfaces": `
        203.0.113.5 > tapped tcp/80 allow
        203.0.113.5 > tapped udp/80 deny
        client > tapped udp/80 deny
        tapped > client tcp/80 allow
        tapped(10.65.0.99) > client tcp/80 deny
        tapped > 203.0.113.5 udp/4789 deny
        host > tapped udp/80 allow`,
      "§3.8 an interface of a workload that is not known passes nothing": `
        ghost(10.65.0.61) > 203.0.113.5 tcp/80 deny
        ghost(10.65.0.61) > client tcp/80 deny
        ghost(10.65.0.2) > client tcp/80 deny
        ghost(10.65.0.61) > host tcp/80 deny
        ghost.6(fd65::61) > 2001:db8:f::5 udp/80 deny`,
    },
  ),
];
