import type { Case } from "../case.ts";
import { kubernetesPolicy } from "../resources.ts";

/** By which ports: `web` is TCP 80 in x, 81 in y, 82 in z; `dns` is UDP, `signal` SCTP by the same numbers. */
export const KUBERNETES_PORTS: readonly Case[] = [
  {
    name: "one port, TCP where no protocol stands",
    policies: [kubernetesPolicy("x/p80", "{ podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] }")],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/80`,
  },
  {
    name: "one UDP port",
    policies: [
      kubernetesPolicy("x/p81", "{ podSelector: {}, ingress: [{ ports: [{ protocol: UDP, port: 81 }] }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* udp/81`,
  },
  {
    name: "a port that nobody asks for",
    policies: [kubernetesPolicy("x/p83", "{ podSelector: {}, ingress: [{ ports: [{ port: 83 }] }] }")],
    expected: `
      allow * > *
      deny * > x/*`,
  },
  {
    name: "a protocol without port is all its ports",
    policies: [kubernetesPolicy("x/udp", "{ podSelector: {}, ingress: [{ ports: [{ protocol: UDP }] }] }")],
    expected: `
      allow * > *
      deny * > x/* tcp`,
  },
  {
    name: "a protocol without port absorbs the ports beside it",
    policies: [
      kubernetesPolicy(
        "x/tcp",
        "{ podSelector: {}, ingress: [{ ports: [{ port: 80 }, { protocol: TCP }, { protocol: UDP, port: 82 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* udp
      allow * > x/* udp/82`,
  },
  {
    name: "several ports of both protocols",
    policies: [
      kubernetesPolicy(
        "y/ports",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ ports: [{ port: 80 }, { port: 443 }, { protocol: UDP, port: 81 }, { protocol: UDP, port: 82 }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/a
      allow * > y/a tcp/80 tcp/443 udp/81-82`,
  },
  {
    name: "a range of ports",
    policies: [
      kubernetesPolicy("x/range", "{ podSelector: {}, ingress: [{ ports: [{ port: 81, endPort: 82 }] }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/81-82`,
  },
  {
    name: "a range of one port",
    policies: [
      kubernetesPolicy("x/range", "{ podSelector: {}, ingress: [{ ports: [{ port: 81, endPort: 81 }] }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/81`,
  },
  {
    name: "a range of all UDP ports",
    policies: [
      kubernetesPolicy(
        "x/range",
        "{ podSelector: {}, ingress: [{ ports: [{ protocol: UDP, port: 1, endPort: 65535 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp`,
  },
  {
    name: "ranges that overlap and touch",
    policies: [
      kubernetesPolicy(
        "x/ranges",
        `
podSelector: {}
ingress: [{ ports: [{ port: 79, endPort: 80 }, { port: 81 }, { port: 80, endPort: 81 }, { port: 444, endPort: 500 }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/80-81`,
  },
  {
    name: "the fifteenth port, the last that one multiport match holds, and those behind it",
    policies: [
      kubernetesPolicy(
        "x/many",
        `
podSelector: {}
ingress:
  - ports: [${Array.from({ length: 14 }, (_, i) => `{ port: ${40 + 2 * i} }`).join(", ")}, { port: 80 }, { port: 82 }, { port: 443 }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/80 tcp/82 tcp/443`,
  },
  {
    name: "a named port is the number that the receiving pod gives it",
    policies: ["x", "y", "z"].map((ns) =>
      kubernetesPolicy(`${ns}/web`, "{ podSelector: {}, ingress: [{ ports: [{ port: web }] }] }"),
    ),
    expected: `
      deny * > *
      allow * > x/* tcp/80
      allow * > y/* tcp/81
      allow * > z/* tcp/82`,
  },
  {
    name: "a named port of UDP",
    policies: [
      kubernetesPolicy("y/dns", "{ podSelector: {}, ingress: [{ ports: [{ protocol: UDP, port: dns }] }] }"),
    ],
    expected: `
      allow * > *
      deny * > y/*
      allow * > y/* udp/81`,
  },
  {
    name: "a named port of the other protocol is none",
    policies: [kubernetesPolicy("y/dns", "{ podSelector: {}, ingress: [{ ports: [{ port: dns }] }] }")],
    expected: `
      allow * > *
      deny * > y/*`,
  },
  {
    name: "a named port that only some pods have",
    policies: [
      kubernetesPolicy(
        "z/admin",
        "{ podSelector: {}, ingress: [{ ports: [{ port: admin }, { port: 80 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > z/*
      allow * > z/* tcp/80
      allow * > z/a tcp/443`,
  },
  {
    name: "different peers by different ports",
    policies: [
      kubernetesPolicy(
        "x/rules",
        `
podSelector: { matchLabels: { pod: a } }
ingress:
  - from: [{ podSelector: {} }]
    ports: [{ port: 80 }]
  - from: [{ namespaceSelector: { matchLabels: { ns: 'y' } } }]
    ports: [{ port: 81 }, { protocol: UDP, port: 80 }]
  - from: [{ namespaceSelector: { matchLabels: { team: green } } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/*,y/* > x/a
      allow x/* > x/a tcp/80
      allow y/* > x/a tcp/81 udp/80`,
  },
  {
    name: "rules that name one port twice are a union of peers",
    policies: [
      kubernetesPolicy(
        "x/rules",
        `
podSelector: { matchLabels: { pod: b } }
ingress:
  - from: [{ namespaceSelector: { matchLabels: { ns: 'y' } }, podSelector: { matchLabels: { pod: a } } }]
    ports: [{ port: web }]
  - from: [{ namespaceSelector: { matchLabels: { ns: z } } }]
    ports: [{ port: 80 }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/b
      allow y/a,z/* > x/b tcp/80`,
  },
  {
    name: "an SCTP port",
    protocols: ["tcp", "sctp"],
    policies: [
      kubernetesPolicy("x/sctp", "{ podSelector: {}, ingress: [{ ports: [{ protocol: SCTP, port: 80 }] }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* sctp/80`,
  },
  {
    name: "all of SCTP, nothing of UDP",
    protocols: ["sctp", "udp"],
    policies: [kubernetesPolicy("x/sctp", "{ podSelector: {}, ingress: [{ ports: [{ protocol: SCTP }] }] }")],
    expected: `
      allow * > *
      deny * > x/* udp`,
  },
  {
    name: "a named port and a range of SCTP",
    protocols: ["sctp", "udp"],
    policies: [
      kubernetesPolicy(
        "y/sctp",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ ports: [{ protocol: SCTP, port: signal }] }]`,
      ),
      kubernetesPolicy(
        "y/range",
        `
podSelector: { matchLabels: { pod: b } }
ingress: [{ ports: [{ protocol: SCTP, port: 82, endPort: 443 }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/a,y/b
      allow * > y/a sctp/81
      allow * > y/b sctp/82-443`,
  },
  {
    name: "SCTP is not closed by a policy for the egress of others",
    protocols: ["tcp", "sctp"],
    policies: [
      kubernetesPolicy(
        "z/out",
        `
podSelector: { matchLabels: { pod: a } }
policyTypes: [Egress]
egress: [{ ports: [{ protocol: SCTP, port: 81 }, { port: 82 }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny z/a > *
      allow z/a > * sctp/81 tcp/82`,
  },
];
