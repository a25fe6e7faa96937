import { felix, gnp, hostEndpoint, type Revision, revision } from "../case.ts";

/** Something of everything, so that a setting which must not change verdicts is seen not to. */
const MIX =
  hostEndpoint("uplink", "interfaceName: eth0") +
  gnp(
    "host",
    `selector: host == 'uplink', order: 0, types: [Ingress, Egress],
      ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }, { action: Log }],
      egress: [{ action: Allow, protocol: UDP }]`,
  ) +
  gnp(
    "forward",
    `selector: host == 'uplink', order: 1, applyOnForward: true, types: [Ingress],
      ingress: [{ action: Deny, protocol: TCP, destination: { ports: [8443] } }, { action: Pass }]`,
  ) +
  gnp(
    "pre",
    `selector: host == 'uplink', preDNAT: true, applyOnForward: true, types: [Ingress],
      ingress: [{ action: Deny, protocol: TCP, destination: { ports: [30080] } },
      { action: Allow, protocol: TCP, destination: { ports: [30081] } }]`,
  ) +
  gnp(
    "untracked",
    `selector: host == 'uplink', doNotTrack: true, applyOnForward: true, types: [Ingress],
      ingress: [{ action: Deny, protocol: UDP, destination: { ports: [9] } },
      { action: Allow, protocol: UDP, destination: { ports: [10] } }]`,
  ) +
  gnp(
    "pod",
    `selector: is == 's0', types: [Ingress, Egress],
      ingress: [{ action: Log, protocol: TCP },
      { action: Allow, protocol: TCP,
        source: { nets: [203.0.113.0/24, 10.65.0.2/32] }, destination: { ports: [80, http] } },
      { action: Allow, protocol: UDP, destination: { ports: [10] } }],
      egress: [{ action: Deny, protocol: UDP }, { action: Allow }]`,
  );

const VERDICTS = `
  203.0.113.5 > host tcp/80 allow
  203.0.113.5 > host tcp/81 deny
  203.0.113.5 > host tcp/22 allow
  203.0.113.5 > host tcp/30080 deny
  203.0.113.5 > host tcp/30081 allow
  203.0.113.5 > host udp/9 deny
  203.0.113.5 > host udp/10 allow
  203.0.113.5 > host udp/11 deny
  host > 203.0.113.5 udp/11 allow
  host > 203.0.113.5 tcp/80 deny
  203.0.113.5 > s0 tcp/80 allow
  203.0.113.5 > s0 tcp/8080 allow
  203.0.113.5 > s0 tcp/8443 deny
  203.0.113.5 > s0 tcp/30081 deny
  203.0.113.5 > s0 udp/10 allow
  198.51.100.5 > s0 tcp/80 deny
  client > s0 tcp/80 allow
  client > s0 tcp/81 deny
  s0 > 203.0.113.5 tcp/80 allow
  s0 > 203.0.113.5 udp/80 deny
  s0(10.65.0.99) > 203.0.113.5 tcp/80 deny
  client > s1 tcp/80 allow
  client > host tcp/80 deny
  host > s0 tcp/81 allow
  client > 203.0.113.5 udp/4789 deny
  203.0.113.5 > client icmp/0 deny
  2001:db8:f::5 > host.6 tcp/80 allow
  2001:db8:f::5 > host.6 tcp/81 deny
  2001:db8:f::5 > s0.6 tcp/80 deny
  s0.6 > 2001:db8:f::5 tcp/80 allow`;

const unchanged = (name: string, spec: string) =>
  revision(name, (spec === "" ? "" : felix(spec)) + MIX, { [name]: VERDICTS });

export const SETTING_CASES: readonly Revision[] = [
  unchanged("§1.8 the defaults, as what the settings below are compared with", ""),
  unchanged("§1.8 IptablesFilterAllowAction RETURN changes no verdict", "iptablesFilterAllowAction: Return"),
  unchanged("§1.8 IptablesMangleAllowAction RETURN changes no verdict", "iptablesMangleAllowAction: Return"),
  unchanged(
    "§13.4 IptablesFilterDenyAction REJECT can be loaded and denies as much",
    "iptablesFilterDenyAction: Reject",
  ),
  unchanged("§1.1 ChainInsertMode append changes no verdict", "chainInsertMode: Append"),
  unchanged("§2 another mark mask changes no verdict", "iptablesMarkMask: 0x00ff0000"),
  unchanged(
    "§4.5 log prefixes and limits change no verdict",
    'logPrefix: "%t %n", logActionRateLimit: 1/minute, logActionRateLimitBurst: 1',
  ),
];

export const NO_IPV6_CASES: readonly Revision[] = [
  revision("no support for IPv6", felix("ipv6Support: false") + MIX, {
    "§1.1 without IPv6 support nothing of IPv6 is policed, nor forwarded": `
      2001:db8:f::5 > host.6 tcp/81 allow
      203.0.113.5 > host tcp/81 deny
      203.0.113.5 > s0 tcp/81 deny`,
  }),
];
