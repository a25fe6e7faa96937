import type { Case } from "../case.ts";
import { kubernetesPolicy } from "../resources.ts";

/** By address: the pods of x are 10.65.1.1 to .3 and fd65::1:1 to :3, those of y 10.65.2.n, those of z 10.65.3.n. */
export const KUBERNETES_IP_BLOCKS: readonly Case[] = [
  {
    name: "from one address",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "x/block",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ ipBlock: { cidr: 10.65.2.1/32 } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow y/a > x/a`,
  },
  {
    name: "from a block that ends between two pods",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "x/block",
        "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 10.65.3.2/31 } }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow z/b,z/c > x/*`,
  },
  {
    name: "from a block but for one address of it",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "x/block",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ ipBlock: { cidr: 10.65.2.0/24, except: [10.65.2.2/32] } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow y/a,y/c > x/a`,
  },
  {
    name: "from everywhere but for two blocks",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "z/block",
        `
podSelector: {}
ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0, except: [10.65.1.0/24, 10.65.2.0/31] } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/*,y/a > z/*`,
  },
  {
    name: "what one peer excepts another lets in",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "x/blocks",
        `
podSelector: { matchLabels: { pod: c } }
ingress:
  - from:
      - ipBlock: { cidr: 10.65.0.0/16, except: [10.65.2.0/24, 10.65.3.0/24] }
      - ipBlock: { cidr: 10.65.3.0/30, except: [10.65.3.1/32] }`,
      ),
    ],
    expected: `
      allow * > *
      deny y/*,z/a > x/c`,
  },
  {
    name: "what one policy excepts another lets in",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "y/but",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ ipBlock: { cidr: 10.65.0.0/16, except: [10.65.1.0/24] } }] }]`,
      ),
      kubernetesPolicy(
        "y/and",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ ipBlock: { cidr: 10.65.1.2/32 } }], ports: [{ port: 81 }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/* > y/a
      allow x/b > y/a tcp/81`,
  },
  {
    name: "an address or a namespace, by a port",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "x/mixed",
        `
podSelector: { matchLabels: { pod: a } }
ingress:
  - from:
      - ipBlock: { cidr: 10.65.2.3/32 }
      - namespaceSelector: { matchLabels: { ns: z } }
    ports: [{ protocol: UDP, port: 82 }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow y/c,z/* > x/a udp/82`,
  },
  {
    name: "to a block but for one address of it",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "x/block",
        `
podSelector: { matchLabels: { pod: a } }
policyTypes: [Egress]
egress: [{ to: [{ ipBlock: { cidr: 10.65.2.0/24, except: [10.65.2.1/32] } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a > *
      allow x/a > y/b,y/c`,
  },
  {
    name: "to a block by a range of ports",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "y/block",
        `
podSelector: {}
policyTypes: [Egress]
egress:
  - to: [{ ipBlock: { cidr: 10.65.1.0/31 } }]
    ports: [{ port: 80, endPort: 81 }]
  - to: [{ ipBlock: { cidr: 10.65.3.3/32 } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > *
      allow y/* > x/a tcp/80-81
      allow y/* > z/c`,
  },
  {
    name: "a block of IPv4 holds nobody of IPv6",
    versions: [6],
    policies: [
      kubernetesPolicy(
        "x/block",
        "{ podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: 0.0.0.0/0 } }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*`,
  },
  {
    name: "a block of IPv6 holds nobody of IPv4",
    versions: [4],
    policies: [
      kubernetesPolicy(
        "x/block",
        `
podSelector: { matchLabels: { pod: a } }
policyTypes: [Egress]
egress: [{ to: [{ ipBlock: { cidr: '::/0' } }], ports: [{ port: 80 }] }, { ports: [{ port: 82 }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a > *
      allow x/a > * tcp/82`,
  },
  {
    name: "from a block of IPv6 but for one address of it",
    versions: [6],
    policies: [
      kubernetesPolicy(
        "x/block",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ ipBlock: { cidr: 'fd65::2:0/112', except: ['fd65::2:2/127'] } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow y/a > x/a`,
  },
  {
    name: "to blocks of both versions",
    versions: [6],
    policies: [
      kubernetesPolicy(
        "z/blocks",
        `
podSelector: {}
policyTypes: [Egress]
egress: [{ to: [{ ipBlock: { cidr: 10.65.2.0/24 } }, { ipBlock: { cidr: 'fd65::1:3/128' } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny z/* > *
      allow z/* > x/c`,
  },
];
