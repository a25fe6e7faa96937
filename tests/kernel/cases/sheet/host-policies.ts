import { gnp, hostEndpoint, type Revision, revision, tier } from "../case.ts";
import { resource } from "../resource.ts";

const UPLINK = hostEndpoint("uplink", "interfaceName: eth0");
const OPEN_UPLINK = hostEndpoint("uplink", "interfaceName: eth0, profiles: [projectcalico-default-allow]");

const policy = (kind: string) => (name: string, spec: string) =>
  gnp(name, `selector: host == 'uplink', applyOnForward: true, ${kind}${spec}`);
const forward = policy("");
const untracked = policy("doNotTrack: true, ");
const preDnat = policy("preDNAT: true, types: [Ingress], ");

const TCP = (action: string, ...ports: readonly number[]) =>
  `{ action: ${action}, protocol: TCP, destination: { ports: [${ports.join(", ")}] } }`;

export const FORWARD_CASES: readonly Revision[] = [
  revision(
    "forward policy in one direction: in",
    OPEN_UPLINK +
      forward("forward", `types: [Ingress], ingress: [${TCP("Allow", 80, 81)}]`) +
      gnp("pod", `selector: is == 's0', types: [Ingress], ingress: [${TCP("Allow", 81, 82)}]`),
    {
      "§3.7 forward policy polices what is forwarded from its interface": `
        203.0.113.5 > client tcp/80 allow
        203.0.113.5 > client tcp/82 deny
        203.0.113.5 > client icmp deny
        2001:db8:f::5 > client.6 tcp/80 allow
        2001:db8:f::5 > client.6 udp/80 deny
        203.0.113.5 > 198.51.100.201 tcp/80 allow
        203.0.113.5 > 198.51.100.201 tcp/82 deny`,
      "§13.3 the direction that has no forward policy is open": `
        client > 203.0.113.5 tcp/82 allow
        client.6 > 2001:db8:f::5 udp/80 allow`,
      "§1.9 pods of one host do not cross the uplink": `
        client > s1 tcp/90 allow`,
      "§1.9 forward policy and the pod's must both allow": `
        203.0.113.5 > s0 tcp/80 deny
        203.0.113.5 > s0 tcp/81 allow
        203.0.113.5 > s0 tcp/82 deny`,
      "§6 failsafe ports are not for forwarded packets": `
        203.0.113.5 > client tcp/22 deny
        203.0.113.5 > host tcp/22 allow`,
      "§3.7 forward policy is normal policy, too": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/82 deny
        host > 203.0.113.5 tcp/82 allow`,
    },
  ),
  revision(
    "forward policy in one direction: out",
    OPEN_UPLINK +
      forward(
        "forward",
        "types: [Egress], egress: [{ action: Allow, protocol: UDP, destination: { ports: [53] } }]",
      ),
    {
      "§3.7 forward egress policy polices what is forwarded to its interface": `
        client > 203.0.113.5 udp/53 allow
        client > 203.0.113.5 tcp/179 deny
        client.6 > 2001:db8:f::5 udp/53 allow
        client.6 > 2001:db8:f::5 icmp deny
        203.0.113.5 > 198.51.100.201 udp/53 allow
        203.0.113.5 > 198.51.100.201 udp/54 deny`,
      "§13.3 forwarding in is open without a policy for it": `
        203.0.113.5 > client tcp/80 allow`,
      "§1.9 the host's own packets meet it as normal policy": `
        host > 203.0.113.5 udp/53 allow
        host > 203.0.113.5 tcp/80 deny
        host > 203.0.113.5 tcp/179 allow
        203.0.113.5 > host tcp/80 allow`,
    },
  ),
  revision(
    "forward policy in tiers",
    OPEN_UPLINK +
      tier("first", "order: 1") +
      tier("second", "order: 2") +
      forward(
        "first",
        `tier: first, types: [Ingress],
          ingress: [${TCP("Deny", 80)}, { action: Pass, protocol: TCP }, { action: Allow, protocol: UDP }]`,
      ) +
      gnp(
        "second",
        `selector: host == 'uplink', tier: second, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP }]`,
      ) +
      resource(
        "StagedGlobalNetworkPolicy",
        "name: staged",
        `selector: host == 'uplink', applyOnForward: true, types: [Ingress, Egress],
          ingress: [{ action: Deny }], egress: [{ action: Deny }]`,
      ),
    {
      "§3.3 forward tiers: Deny, Pass, end of tier": `
        203.0.113.5 > client tcp/80 deny
        203.0.113.5 > client tcp/81 allow
        203.0.113.5 > client udp/80 allow
        203.0.113.5 > client icmp deny`,
      "§3.7 a tier without forward policy is not among the forward tiers": `
        203.0.113.5 > client tcp/81 allow
        203.0.113.5 > host tcp/81 deny`,
      "resources §1.5 staged forward policy is not enforced": `
        client > 203.0.113.5 tcp/80 allow
        host > 203.0.113.5 tcp/80 allow`,
    },
  ),
];

export const UNTRACKED_CASES: readonly Revision[] = [
  revision(
    "untracked policy, with normal policy that allows",
    OPEN_UPLINK +
      untracked(
        "untracked",
        `types: [Ingress, Egress],
          ingress: [${TCP("Allow", 80)}, { action: Deny, protocol: TCP }, { action: Deny, protocol: UDP }],
          egress: [${TCP("Deny", 81)}, { action: Deny, protocol: UDP }]`,
      ) +
      gnp("pod", `selector: is == 's0', types: [Ingress], ingress: [${TCP("Allow", 82)}]`),
    {
      "§1.3 untracked policy polices before everything else": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 deny
        2001:db8:f::5 > host.6 tcp/80 allow
        2001:db8:f::5 > host.6 tcp/81 deny`,
      "§3.3 what untracked policy does not decide goes on to normal policy": `
        203.0.113.5 > host icmp allow
        203.0.113.5 > host sctp/81 allow
        host > 203.0.113.5 tcp/80 allow`,
      "§1.3 untracked policy polices what the host sends": `
        host > 203.0.113.5 tcp/81 deny
        host.6 > 2001:db8:f::5 tcp/81 deny`,
      "§1.9 untracked policy polices forwarded packets where they come in, not where they leave": `
        203.0.113.5 > client tcp/80 allow
        203.0.113.5 > client tcp/81 deny
        client > 203.0.113.5 tcp/81 allow
        client > s1 tcp/81 allow
        host > client tcp/81 allow`,
      "§3.2 (h) the pod's policy is asked although untracked policy allowed": `
        203.0.113.5 > s0 tcp/80 deny`,
      "§6 failsafe ports come before untracked policy, and meet the rest": `
        203.0.113.5 > host tcp/22 allow
        203.0.113.5 > host udp/68 allow
        203.0.113.5 > client tcp/22 allow
        host > 203.0.113.5 udp/53 allow`,
      "§6 answers from outbound failsafe ports, and to inbound ones, pass untracked policy": `
        203.0.113.5 > host udp/53>4000 allow
        203.0.113.5 > host udp/54>4000 deny
        203.0.113.5 > host tcp/6443>4000 allow
        host > 203.0.113.5 udp/68>4000 allow
        host > 203.0.113.5 udp/69>4000 deny`,
    },
  ),
  revision(
    "untracked policy, with normal policy that denies",
    UPLINK +
      untracked(
        "untracked",
        `types: [Ingress, Egress],
          ingress: [${TCP("Allow", 80)}, { action: Allow, protocol: ICMP }],
          egress: [{ action: Allow, protocol: TCP, source: { ports: [80] } }]`,
      ) +
      preDnat("pre", `ingress: [${TCP("Deny", 80, 82)}]`) +
      forward(
        "forward",
        `order: 9, types: [Ingress, Egress],
          ingress: [{ action: Deny }],
          egress: [{ action: Deny, protocol: TCP }]`,
      ),
    {
      "§1.3 what untracked policy allows meets neither pre-DNAT nor normal policy": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 deny
        203.0.113.5 > host tcp/82 deny
        host > 203.0.113.5 tcp/80>4000 allow
        host > 203.0.113.5 tcp/81>4000 deny`,
      "§1.6 nor forward policy where it comes in, but where it leaves": `
        203.0.113.5 > client tcp/80 allow
        203.0.113.5 > client tcp/81 deny
        203.0.113.5 > 198.51.100.201 tcp/80 deny
        203.0.113.5 > 198.51.100.201 icmp deny`,
      "§3.2 untracked packets are never invalid": `
        203.0.113.5 > host icmp/0 allow
        203.0.113.5 > host icmp/3/4 allow
        203.0.113.5 > client icmp/3/4 allow`,
    },
  ),
  revision(
    "untracked policies in tiers",
    OPEN_UPLINK +
      tier("first", "order: 1, defaultAction: Deny") +
      untracked(
        "first",
        `tier: first, types: [Ingress], ingress: [{ action: Log }, ${TCP("Pass", 80, 81)}, ${TCP("Deny", 82)}]`,
      ) +
      untracked("second", `types: [Ingress], ingress: [${TCP("Deny", 81)}, ${TCP("Allow", 82)}]`),
    {
      "§3.3 untracked tiers do not end with a denial": `
        203.0.113.5 > host udp/80 allow
        203.0.113.5 > host tcp/80 allow`,
      "§3.3 untracked tiers: Pass goes to the next": `
        203.0.113.5 > host tcp/81 deny
        203.0.113.5 > host tcp/82 deny`,
    },
  ),
];

export const PRE_DNAT_CASES: readonly Revision[] = [
  revision(
    "pre-DNAT policy, with normal policy that allows",
    OPEN_UPLINK +
      preDnat(
        "pre",
        `ingress: [${TCP("Allow", 80)}, { action: Deny, protocol: TCP },
          { action: Deny, source: { nets: [198.51.100.0/24] } }]`,
      ) +
      gnp("pod", `selector: is == 's0', types: [Ingress], ingress: [${TCP("Allow", 81)}]`),
    {
      "§1.4 pre-DNAT policy polices what comes for the host": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 deny
        2001:db8:f::5 > host.6 tcp/80 allow
        2001:db8:f::5 > host.6 tcp/81 deny
        198.51.100.5 > host udp/80 deny`,
      "§3.3 what pre-DNAT policy does not decide goes on": `
        203.0.113.5 > host udp/80 allow
        203.0.113.5 > host icmp allow`,
      "§1.9 and what is forwarded from its interface": `
        203.0.113.5 > client tcp/80 allow
        203.0.113.5 > client tcp/81 deny
        client > 203.0.113.5 tcp/81 allow
        client > s1 tcp/81 allow`,
      "§1.9 the pod's policy is asked although pre-DNAT policy allowed": `
        203.0.113.5 > s0 tcp/80 deny`,
      "§1.9 pre-DNAT policy has nothing to do with what the host sends": `
        host > 203.0.113.5 tcp/81 allow`,
      "§6 failsafe ports come before pre-DNAT policy, whatever the destination": `
        203.0.113.5 > host tcp/22 allow
        203.0.113.5 > client tcp/22 allow
        203.0.113.5 > client tcp/23 deny`,
    },
  ),
  revision(
    "pre-DNAT policy, with normal and forward policy that deny",
    UPLINK +
      preDnat("pre", `ingress: [${TCP("Allow", 80)}]`) +
      forward(
        "forward",
        `types: [Ingress, Egress], ingress: [${TCP("Allow", 81)}], egress: [${TCP("Allow", 81)}]`,
      ),
    {
      "§1.6 what pre-DNAT policy allows meets no normal policy": `
        203.0.113.5 > host tcp/80 allow
        203.0.113.5 > host tcp/81 allow
        203.0.113.5 > host tcp/82 deny`,
      "§1.6 nor forward policy where it comes in": `
        203.0.113.5 > client tcp/80 allow
        203.0.113.5 > client tcp/81 allow
        203.0.113.5 > client tcp/82 deny`,
      "§1.6 where it leaves, forward policy is asked all the same": `
        203.0.113.5 > 198.51.100.201 tcp/80 deny
        203.0.113.5 > 198.51.100.201 tcp/81 allow`,
      "§3.2 (e) invalid packets are denied by pre-DNAT policy's chain": `
        203.0.113.5 > host icmp/0 deny
        203.0.113.5 > client icmp/0 deny`,
    },
  ),
  revision(
    "pre-DNAT policies in tiers",
    OPEN_UPLINK +
      tier("first", "order: 1, defaultAction: Deny") +
      preDnat("first", `tier: first, ingress: [${TCP("Pass", 80)}, ${TCP("Allow", 81)}]`) +
      preDnat("second", `ingress: [${TCP("Deny", 80, 81, 82)}]`),
    {
      "§3.3 pre-DNAT tiers: Pass goes on, and no tier ends with a denial": `
        203.0.113.5 > host tcp/80 deny
        203.0.113.5 > host tcp/81 allow
        203.0.113.5 > host tcp/82 deny
        203.0.113.5 > host tcp/83 allow`,
    },
  ),
];
