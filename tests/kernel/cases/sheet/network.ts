import { felix, gnp, hostEndpoint, type Revision, revision } from "../case.ts";
import { resource } from "../resource.ts";
import { wideRevision } from "./wide.ts";

const UPLINK = hostEndpoint("uplink", "interfaceName: eth0");

const SERVICES = resource(
  "BGPConfiguration",
  "name: default",
  `serviceClusterIPs: [{ cidr: 10.96.0.0/16 }, { cidr: "fd96::/112" }],
    serviceExternalIPs: [{ cidr: 198.51.100.192/28 }],
    serviceLoadBalancerIPs: [{ cidr: 198.51.100.224/28 }]`,
);

export const SERVICE_LOOP_CASES: readonly Revision[] = [
  revision("service loop prevention: Drop", SERVICES, {
    "§1.6 a service's address that nothing translated is not forwarded": `
      client > 10.96.0.10 tcp/80 deny
      client > 10.96.255.255 udp/80 deny
      client > 10.97.0.0 tcp/80 allow
      203.0.113.5 > 10.96.0.10 tcp/80 deny
      client.6 > fd96::10 tcp/80 deny
      client.6 > fd97::10 tcp/80 allow`,
    "§1.6 external and load balancer addresses are services', too": `
      client > 198.51.100.191 tcp/80 allow
      client > 198.51.100.192 tcp/80 deny
      203.0.113.5 > 198.51.100.207 tcp/80 deny
      203.0.113.5 > 198.51.100.208 tcp/80 allow
      203.0.113.5 > 198.51.100.224 tcp/80 deny`,
    "§1.6 what the host sends itself is not forwarded": `
      host > 10.96.0.10 tcp/80 allow
      host.6 > fd96::10 tcp/80 allow`,
  }),
  revision("service loop prevention: Reject", felix("serviceLoopPrevention: Reject") + SERVICES, {
    "§1.6 ServiceLoopPrevention Reject lets as little through": `
      client > 10.96.0.10 tcp/80 deny
      203.0.113.5 > 198.51.100.192 udp/80 deny
      client.6 > fd96::10 tcp/80 deny
      client > 10.97.0.10 tcp/80 allow`,
  }),
  revision("service loop prevention: Disabled", felix("serviceLoopPrevention: Disabled") + SERVICES, {
    "§1.6 ServiceLoopPrevention Disabled lets all through": `
      client > 10.96.0.10 tcp/80 allow
      203.0.113.5 > 198.51.100.192 udp/80 allow
      client.6 > fd96::10 tcp/80 allow`,
  }),
];

export const WORKLOAD_TUNNEL_CASES: readonly Revision[] = [
  revision("tunnels from workloads", felix("defaultEndpointToHostAction: Accept"), {
    "§3.2 (i) workloads send no VXLAN packets": `
      client > 203.0.113.5 udp/4789 deny
      client > 203.0.113.5 udp/4788 allow
      client > 203.0.113.5 tcp/4789 allow
      client > s0 udp/4789 deny
      client > node-2 udp/4789 deny
      client > host udp/4789 deny
      client.6 > 2001:db8:f::5 udp/4789 deny`,
    "§3.2 (i) workloads send no IPIP packets": `
      client > 203.0.113.5 proto/4 deny
      client > s0 proto/4 deny
      client > host proto/4 deny
      client.6 > 2001:db8:f::5 proto/4 deny
      client > 203.0.113.5 proto/41 allow`,
    "§3.2 (i) towards workloads both pass": `
      203.0.113.5 > client udp/4789 allow
      203.0.113.5 > client proto/4 allow`,
  }),
  revision("VXLAN from workloads, allowed", felix("allowVXLANPacketsFromWorkloads: true"), {
    "§1.8 AllowVXLANPacketsFromWorkloads": `
      client > 203.0.113.5 udp/4789 allow
      client.6 > 2001:db8:f::5 udp/4789 allow
      client > 203.0.113.5 proto/4 deny`,
  }),
  revision("IPIP from workloads, allowed", felix("allowIPIPPacketsFromWorkloads: true"), {
    "§1.8 AllowIPIPPacketsFromWorkloads": `
      client > 203.0.113.5 proto/4 allow
      client > 203.0.113.5 udp/4789 deny`,
  }),
  revision("another VXLAN port", felix("vxlanPort: 4790"), {
    "§3.2 (i) the VXLAN port is the configured one": `
      client > 203.0.113.5 udp/4790 deny
      client > 203.0.113.5 udp/4789 allow`,
  }),
];

const IPIP_POOL = resource("IPPool", "name: overlay-v4", "cidr: 10.66.0.0/16, ipipMode: Always");

export const NO_TUNNEL_CASES: readonly Revision[] = [
  revision("tunnel packets where no tunnel is", UPLINK, {
    "§1.6 without a tunnel, policy decides on its packets": `
      node-2 > host udp/4789 deny
      node-2 > host proto/4 deny
      host > node-2 udp/4789 deny
      host > node-2 proto/4 deny`,
  }),
];

export const TUNNEL_CASES: readonly Revision[] = [
  wideRevision("VXLAN between hosts, beneath a host endpoint that denies", UPLINK, {
    "§1.6 VXLAN packets of other nodes come before host endpoints' policy": `
      node-2 > host udp/4789 allow
      node-2.6 > host.6 udp/4789 allow
      node-2 > host udp/4790 deny
      node-2 > host tcp/4789 deny`,
    "§1.6 VXLAN packets of anybody else are denied": `
      203.0.113.5 > host udp/4789 deny
      2001:db8:f::5 > host.6 udp/4789 deny`,
    "§1.6 VXLAN packets to other nodes come before policy, those to others do not": `
      host > node-2 udp/4789 allow
      host.6 > node-2.6 udp/4789 allow
      host > 203.0.113.5 udp/4789 deny
      host > node-2 udp/4790 deny`,
    "§1.6 the guard is for the host's own addresses": `
      203.0.113.5 > client udp/4789 allow`,
  }),
  wideRevision("VXLAN between hosts, without a host endpoint", "", {
    "§1.6 VXLAN packets of strangers are denied where nothing else is policed": `
      203.0.113.5 > host udp/4789 deny
      203.0.113.5 > host udp/4790 allow
      node-2 > host udp/4789 allow
      host > 203.0.113.5 udp/4789 allow`,
  }),
  wideRevision(
    "VXLAN from hosts outside the cluster",
    UPLINK,
    {
      "§5.1 ExternalNodesCIDRList names more hosts": `
        203.0.113.5 > host udp/4789 allow
        203.0.114.5 > host udp/4789 deny
        host > 203.0.113.5 udp/4789 allow
        2001:db8:f::5 > host.6 udp/4789 deny`,
    },
    "externalNodesList: [203.0.113.0/24]",
  ),
  wideRevision(
    "VXLAN and policies that come before the filter table",
    UPLINK +
      gnp(
        "untracked",
        `selector: host == 'uplink', doNotTrack: true, applyOnForward: true, types: [Ingress],
          ingress: [{ action: Deny, protocol: UDP, destination: { ports: [4789] } }]`,
      ),
    {
      "§1.3 untracked policy comes even before the tunnels": `
        node-2 > host udp/4789 deny
        node-2.6 > host.6 udp/4789 deny`,
    },
  ),
];

export const IPIP_CASES: readonly Revision[] = [
  {
    ...revision("IPIP between hosts, beneath a host endpoint that denies", IPIP_POOL + UPLINK, {
      "§1.6 IPIP packets of other nodes come before host endpoints' policy": `
        node-2 > host proto/4 allow
        203.0.113.5 > host proto/4 deny
        host > node-2 proto/4 allow
        host > 203.0.113.5 proto/4 deny
        node-2.6 > host.6 proto/4 deny`,
    }),
    needsDevice: "ipip",
  },
];

export const FLOATING_CASES: readonly Revision[] = [
  wideRevision(
    "floating addresses",
    hostEndpoint("uplink", "interfaceName: eth0, profiles: [projectcalico-default-allow]") +
      gnp(
        "inner",
        `selector: app == 'floater', types: [Ingress],
          ingress: [{ action: Allow, protocol: TCP, destination: { nets: [10.65.0.60/32] } },
          { action: Allow, protocol: TCP, destination: { nets: ["fd65::60/128"] } },
          { action: Allow, protocol: UDP, destination: { nets: [198.51.100.200/32] } }]`,
      ) +
      gnp(
        "outer",
        `selector: host == 'uplink', preDNAT: true, applyOnForward: true, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { nets: [198.51.100.200/32], ports: [81] } },
          { action: Deny, protocol: TCP, destination: { nets: [10.65.0.60/32], ports: [82] } }]`,
      ) +
      gnp(
        "forward",
        `selector: host == 'uplink', order: 1, applyOnForward: true, types: [Ingress],
          ingress: [{ action: Deny, protocol: TCP, destination: { nets: [198.51.100.200/32], ports: [83] } },
          { action: Deny, protocol: TCP, destination: { nets: [10.65.0.60/32], ports: [84] } },
          { action: Allow }]`,
      ),
    {
      "§7.3 a floating address leads to its pod": `
        203.0.113.5 > 198.51.100.200 tcp/80 allow
        2001:db8:f::5 > 2001:db8:fb::1 tcp/80 allow
        203.0.113.5 > floater tcp/80 allow
        203.0.113.5 > 198.51.100.201 tcp/80 allow`,
      "§7.3 policy sees the internal address": `
        203.0.113.5 > 198.51.100.200 udp/80 deny
        203.0.113.5 > 198.51.100.200 tcp/83 allow
        203.0.113.5 > 198.51.100.200 tcp/84 deny`,
      "§7.4 pre-DNAT policy sees the external one": `
        203.0.113.5 > 198.51.100.200 tcp/81 deny
        203.0.113.5 > 198.51.100.200 tcp/82 allow
        203.0.113.5 > floater tcp/82 deny
        203.0.113.5 > floater tcp/81 allow`,
      "§7.3 pods and the host use it, too": `
        client > 198.51.100.200 tcp/80 allow
        client > 198.51.100.200 udp/80 deny
        client.6 > 2001:db8:fb::1 tcp/80 allow
        host > 198.51.100.200 tcp/80 allow
        floater > 198.51.100.200 tcp/80 allow`,
    },
  ),
];

export const FLOATING_OFF_CASES: readonly Revision[] = [
  revision("floating addresses, switched off", "", {
    "§7.3 FloatingIPs is Disabled by default: the address is any other": `
      203.0.113.5 > 198.51.100.200 tcp/80 allow
      client > 198.51.100.200 tcp/80 allow
      203.0.113.5 > floater tcp/80 allow`,
  }),
];
