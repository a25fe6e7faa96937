import type { Case } from "../case.ts";
import { NODE } from "../cluster.ts";
import { calicoPolicy, globalPolicy, hostEndpoint } from "../resources.ts";

const EVERYWHERE = hostEndpoint("everywhere", `{ node: ${NODE}, interfaceName: '*' }`);
/** Selects host endpoints and nothing else: only pods are of a namespace. */
const HOSTS = "selector: '!has(projectcalico.org/namespace)'";
const FORWARD = `${HOSTS}\napplyOnForward: true`;

/** The endpoint of all the host's interfaces polices also what pods forward by it. */
export const HOST_ENDPOINTS: readonly Case[] = [
  {
    name: "a host endpoint without policy leaves pods alone",
    policies: [EVERYWHERE],
    expected: "allow * > *",
  },
  {
    name: "policy for the host itself leaves pods alone",
    policies: [EVERYWHERE, globalPolicy("host", `${HOSTS}\ntypes: [Ingress, Egress]`)],
    expected: "allow * > *",
  },
  {
    name: "forward policy where packets come in",
    policies: [
      EVERYWHERE,
      globalPolicy(
        "forward",
        `${FORWARD}
ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80] } }, { action: Deny, source: { selector: app == 'shop-web' } }, { action: Allow }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > * tcp/80
      deny x/a > *`,
  },
  {
    name: "forward policy where packets leave",
    policies: [
      EVERYWHERE,
      globalPolicy(
        "forward",
        `${FORWARD}
types: [Egress]
egress: [{ action: Allow, destination: { namespaceSelector: team == 'blue' } }, { action: Allow, protocol: UDP }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > z/* tcp`,
  },
  {
    name: "forward policy does not open what the pods' policies close",
    policies: [
      EVERYWHERE,
      globalPolicy(
        "forward",
        `${FORWARD}\ntypes: [Ingress, Egress]\ningress: [{ action: Allow }]\negress: [{ action: Allow, protocol: TCP }]`,
      ),
      calicoPolicy("x/closed", "{ selector: pod == 'a', types: [Ingress] }"),
    ],
    expected: `
      allow * > *
      deny * > * udp
      deny * > x/a`,
  },
  {
    name: "pre-DNAT policy denies before all else",
    policies: [
      EVERYWHERE,
      globalPolicy(
        "early",
        `${FORWARD}
preDNAT: true
ingress: [{ action: Deny, protocol: UDP, destination: { ports: ['81:82'] } }]`,
      ),
      calicoPolicy("x/open", "{ order: 1, ingress: [{ action: Allow }] }"),
    ],
    expected: `
      allow * > *
      deny * > * udp/81-82`,
  },
  {
    name: "what pre-DNAT policy allows needs no forward policy where it came in, and still the pods'",
    policies: [
      EVERYWHERE,
      globalPolicy(
        "early",
        `${FORWARD}
preDNAT: true
ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80, 81] } }]`,
      ),
      globalPolicy("forward", `${FORWARD}\ningress: [{ action: Deny, protocol: TCP }, { action: Allow }]`),
      calicoPolicy("y/p80", "{ ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }] }"),
    ],
    expected: `
      allow * > *
      deny * > * tcp/82-443
      deny * > y/*
      allow * > y/* tcp/80`,
  },
  {
    name: "untracked policy is for hosts' own interfaces",
    policies: [
      EVERYWHERE,
      globalPolicy(
        "untracked",
        `${FORWARD}\ndoNotTrack: true\ningress: [{ action: Deny }]\negress: [{ action: Deny }]`,
      ),
    ],
    expected: "allow * > *",
  },
  {
    name: "forward policy of one interface leaves pods alone",
    policies: [
      hostEndpoint("uplink", `{ node: ${NODE}, interfaceName: eth0 }`),
      globalPolicy("forward", `${FORWARD}\ntypes: [Ingress, Egress]`),
    ],
    expected: "allow * > *",
  },
  {
    name: "policies for hosts that select pods: only the ordinary ones count for these",
    policies: [
      globalPolicy(
        "forward",
        "{ selector: pod == 'a', applyOnForward: true, types: [Ingress], ingress: [{ action: Allow, protocol: TCP }] }",
      ),
      globalPolicy(
        "untracked",
        "{ selector: pod == 'b', applyOnForward: true, doNotTrack: true, types: [Ingress] }",
      ),
      globalPolicy(
        "early",
        "{ selector: pod == 'c', applyOnForward: true, preDNAT: true, types: [Ingress] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > */a udp`,
  },
];
