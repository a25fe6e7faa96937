import { afterEach, describe, expect, test, vi } from "vitest";
import type { ModelObject, Policy, PolicyRule } from "../../ir/cluster-model.ts";
import { DEFAULT_FELIX_SETTINGS, type FelixSettings } from "../../ir/felix-config.ts";
import * as make from "../../ir/testing/objects.ts";
import type { Packet } from "../packet.ts";
import * as quirks from "./quirks.ts";
import { modelOf, packet } from "./testing/cluster.ts";
import { NODE, OWN_NODE } from "./testing/host.ts";

type Quirk = keyof typeof quirks;

/** A packet that the quirk decides about: with any other decision it would meet the opposite end. */
interface Witness {
  /** The sentence of the quirk, as the packet shows it. */
  readonly shows: string;
  /** What else could have been decided. */
  readonly instead: Readonly<Partial<Record<Quirk, unknown>>>;
  readonly objects: readonly ModelObject[];
  readonly settings?: Partial<FelixSettings>;
  readonly sent: Packet;
  readonly allowed: boolean;
}

const A = "10.0.0.1";
const HOST = "172.16.1.11";
const REMOTE = "203.0.113.7";

const allow = make.rule({ action: "allow" });
const deny = make.rule({ action: "deny" });
const open = make.profile("open", { ingress: [allow], egress: [allow] });
const closed = make.profile("closed", { ingress: [], egress: [] });

function pod(name: string, given: Parameters<typeof make.pod>[2] = {}) {
  return make.pod(NODE, `demo/${name}`, {
    interfaceName: "cali-a",
    addresses: [make.cidr(A)],
    profiles: ["open"],
    ...given,
  });
}

function wildcard(policy: Partial<Policy>) {
  return [
    make.hostEndpoint(NODE, "wild", { interfaceName: "*", labels: { role: "host" }, profiles: ["open"] }),
    make.policy("for-hosts", { selector: make.selector("role == 'host'"), applyOnForward: true, ...policy }),
  ];
}

function ingress(...rules: readonly PolicyRule[]): Partial<Policy> {
  return { directions: ["ingress"], ingress: rules };
}

const toA = packet(REMOTE, A);
const fromA = packet(A, REMOTE, { arrivesBy: "cali-a" });
const CLUSTER = [OWN_NODE, open, closed, pod("a")];
/** Of IPv4 and in the other one all the same. */
const v6 = pod("a", { addresses: [make.cidr("fd65::1")] });

const WITNESSES: readonly (readonly [Quirk, readonly Witness[]])[] = [
  [
    "NETS_BIND_THE_RULE_TO_THEIR_FAMILIES",
    [
      {
        shows: "a deny rule for all but an IPv4 network denies nothing in IPv6",
        instead: { NETS_BIND_THE_RULE_TO_THEIR_FAMILIES: false },
        objects: [
          OWN_NODE,
          open,
          v6,
          make.tier("default"),
          make.policy(
            "p",
            ingress(
              make.rule({ action: "deny", source: make.entity({ notNets: [make.cidr("10.0.0.0/8")] }) }),
              allow,
            ),
          ),
        ],
        sent: packet("2001:db8::1", "fd65::1"),
        allowed: true,
      },
    ],
  ],
  [
    "FORWARDING_WITHOUT_POLICY",
    [
      {
        shows: "what leaves is forwarded where only what comes in has policy",
        instead: { FORWARDING_WITHOUT_POLICY: "deny" },
        objects: [
          ...CLUSTER,
          make.hostEndpoint(NODE, "eth0", { labels: { role: "host" } }),
          make.policy("p", {
            selector: make.selector("role == 'host'"),
            applyOnForward: true,
            ...ingress(deny),
          }),
        ],
        sent: fromA,
        allowed: true,
      },
    ],
  ],
  [
    "LOG_ONLY_POLICIES_CLOSE_THEIR_TIER",
    [
      {
        shows: "what a policy only logs, its tier denies",
        instead: { LOG_ONLY_POLICIES_CLOSE_THEIR_TIER: false },
        objects: [...CLUSTER, make.tier("default"), make.policy("p", ingress(make.rule({ action: "log" })))],
        sent: toA,
        allowed: false,
      },
    ],
  ],
  [
    "WILDCARD_POLICES_WORKLOAD_INTERFACES",
    [
      {
        shows: "pre-DNAT policy for all interfaces denies what a workload sends",
        instead: { WILDCARD_POLICES_WORKLOAD_INTERFACES: {} },
        objects: [...CLUSTER, ...wildcard({ preDnat: true, ...ingress(deny) })],
        sent: fromA,
        allowed: false,
      },
      {
        shows: "forward policy for all interfaces denies what a workload gets",
        instead: { WILDCARD_POLICES_WORKLOAD_INTERFACES: {} },
        objects: [...CLUSTER, make.tier("default"), ...wildcard({ directions: ["egress"], egress: [deny] })],
        sent: toA,
        allowed: false,
      },
    ],
  ],
  [
    "WILDCARD_HAS_UNTRACKED_POLICY",
    [
      {
        shows: "untracked policy for all interfaces denies nothing",
        instead: { WILDCARD_HAS_UNTRACKED_POLICY: true },
        objects: [...CLUSTER, ...wildcard({ doNotTrack: true, ...ingress(deny) })],
        sent: toA,
        allowed: true,
      },
    ],
  ],
  [
    "HOST_TO_WORKLOAD_IS_POLICED",
    [
      {
        shows: "the host reaches a workload that nobody may reach",
        instead: { HOST_TO_WORKLOAD_IS_POLICED: true },
        objects: [OWN_NODE, closed, pod("a", { profiles: ["closed"] })],
        sent: packet(HOST, A, { arrivesBy: undefined }),
        allowed: true,
      },
    ],
  ],
  [
    "WORKLOAD_TO_HOST_MEETS_HOST_ENDPOINTS",
    [
      {
        shows: "policy for all interfaces does not deny what a workload sends to the host",
        // Only an endpoint for all interfaces could be met there.
        instead: {
          WORKLOAD_TO_HOST_MEETS_HOST_ENDPOINTS: true,
          WILDCARD_POLICES_WORKLOAD_INTERFACES: {
            ...quirks.WILDCARD_POLICES_WORKLOAD_INTERFACES,
            host: true,
          },
        },
        objects: [...CLUSTER, ...wildcard({ applyOnForward: false, ...ingress(deny) })],
        settings: { defaultEndpointToHostAction: "ACCEPT" },
        sent: packet(A, HOST, { arrivesBy: "cali-a" }),
        allowed: true,
      },
    ],
  ],
  [
    "SHADOWED_WORKLOADS_ARE_SERVED",
    [
      {
        shows: "the address of the second workload on an interface leads elsewhere",
        instead: { SHADOWED_WORKLOADS_ARE_SERVED: true },
        objects: [
          OWN_NODE,
          closed,
          pod("a", { profiles: ["closed"] }),
          pod("b", { addresses: [make.cidr("10.0.0.2")], profiles: ["closed"] }),
        ],
        sent: packet(REMOTE, "10.0.0.2"),
        allowed: true,
      },
    ],
  ],
  [
    "MISSING_TIER_ACTION",
    [
      {
        shows: "what no policy of a tier decides that nobody describes is denied",
        instead: { MISSING_TIER_ACTION: "pass" },
        objects: [...CLUSTER, make.policy("p", { tier: "nobodys", ...ingress() })],
        sent: toA,
        allowed: false,
      },
    ],
  ],
  [
    "INVALID_WORKLOADS_ARE_SERVED",
    [
      {
        shows: "a workload that asks for foreign sources where nobody may have them sends nothing",
        instead: { INVALID_WORKLOADS_ARE_SERVED: true },
        objects: [OWN_NODE, open, pod("a", { allowedSpoofSources: [make.cidr("192.0.2.0/24")] })],
        sent: fromA,
        allowed: false,
      },
    ],
  ],
  [
    "WILDCARD_POLICES_LOOPBACK",
    [
      {
        shows: "policy for all interfaces denies what the host sends to itself",
        instead: { WILDCARD_POLICES_LOOPBACK: false },
        objects: [...CLUSTER, make.tier("default"), ...wildcard(ingress(deny))],
        sent: packet(HOST, HOST, { arrivesBy: undefined }),
        allowed: false,
      },
    ],
  ],
  [
    "ESTABLISHED_SKIPS_SERVICE_LOOP",
    [
      {
        shows: "a known connection's packet to a service's address passes",
        instead: { ESTABLISHED_SKIPS_SERVICE_LOOP: false },
        objects: [...CLUSTER, make.bgpConfig("default", { serviceClusterIps: [make.cidr("10.96.0.0/12")] })],
        sent: packet(A, "10.96.0.1", { arrivesBy: "cali-a", connection: "established" }),
        allowed: true,
      },
    ],
  ],
];

/** What the evaluator says, with these decided otherwise. */
async function allows({ objects, settings, sent }: Witness, instead: Witness["instead"]): Promise<boolean> {
  vi.resetModules();
  vi.doMock("./quirks.ts", () => ({ ...quirks, ...instead }));
  const { evaluate } = await import("./evaluate.ts");
  return evaluate(modelOf(...objects), { ...DEFAULT_FELIX_SETTINGS, ...settings }, NODE, sent).allowed;
}

afterEach(() => {
  vi.doUnmock("./quirks.ts");
  vi.resetModules();
});

test("every quirk has its witness", () => {
  expect(WITNESSES.map(([name]) => name).toSorted()).toEqual(Object.keys(quirks).toSorted());
});

describe.each(WITNESSES)("%s", (_name, witnesses) => {
  test.each(witnesses)("$shows", async (witness) => {
    expect(await allows(witness, {})).toBe(witness.allowed);
    expect(await allows(witness, witness.instead)).toBe(!witness.allowed);
  });
});
