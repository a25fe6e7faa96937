import { describe, expect, test } from "vitest";
import type { ModelObject, Policy } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import * as make from "../../ir/testing/objects.ts";
import { UDP } from "../condition.ts";
import type { Packet } from "../packet.ts";
import { Evaluator } from "./evaluate.ts";
import { packet } from "./testing/cluster.ts";
import { hostOf, NODE, OWN_NODE } from "./testing/host.ts";

const HOST = "172.16.1.11";
const REMOTE = "203.0.113.7";
const A = "10.0.0.1";
const B = "10.0.0.2";

const allow = make.rule({ action: "allow" });
const open = make.profile("open", { ingress: [allow], egress: [allow] });
const pods = [A, B].map((address, i) =>
  make.pod(NODE, `demo/${"ab"[i]}`, {
    interfaceName: `cali-${"ab"[i]}`,
    addresses: [make.cidr(address)],
    profiles: ["open"],
  }),
);
const ofHosts = { selector: make.selector("role == 'host'") };

/** For every kind of policy that a host endpoint can have, one without an opinion on what the tests send. */
function hostEndpoint(
  name: string,
  interfaceName: string,
  given: Readonly<Record<string, Partial<Policy>>> = {},
) {
  const silent = { ingress: [], egress: [] };
  const ending = { ingress: [allow], egress: [allow] };
  return [
    make.hostEndpoint(NODE, name, { interfaceName, labels: { role: "host" } }),
    make.policy("untracked", {
      ...ofHosts,
      ...silent,
      doNotTrack: true,
      applyOnForward: true,
      ...given.untracked,
    }),
    make.policy("pre-dnat", {
      ...ofHosts,
      ...silent,
      preDnat: true,
      applyOnForward: true,
      directions: ["ingress"],
      ...given.preDnat,
    }),
    make.policy("normal", { ...ofHosts, ...ending, applyOnForward: true, ...given.normal }),
  ];
}

const CLUSTER: readonly ModelObject[] = [OWN_NODE, open, ...pods];
const NAMED = [...CLUSTER, ...hostEndpoint("named", "eth0")];
const WILDCARD = [...CLUSTER, ...hostEndpoint("wild", "*")];

/** What the packet meets: each point, with the endpoint that is asked there. */
function met(
  objects: readonly ModelObject[],
  sent: Packet,
  settings: Partial<FelixSettings> = {},
): readonly string[] {
  const { decisions } = new Evaluator(hostOf(objects, settings)).evaluate(sent);
  return decisions.map(({ point, endpoint, action }) => {
    const of = endpoint === undefined ? "" : ` of ${endpoint.split("/").at(-2) ?? endpoint}`;
    return `${point}${of}${action === "deny" ? ": deny" : ""}`;
  });
}

const fromA = { arrivesBy: "cali-a" };
const fromHost = { arrivesBy: undefined };
const redirected = (destination: string) => ({
  redirected: { destination: make.ip(destination), destinationPort: 8080 },
});

/** Rows of dataplane §1.9, and what it adds to them. */
const ROWS: readonly {
  readonly traffic: string;
  readonly sent: Packet;
  readonly named: readonly string[];
  readonly wildcard: readonly string[];
}[] = [
  {
    traffic: "pod to pod on the host",
    sent: packet(A, B, fromA),
    named: ["source-address of a", "workload-egress of a", "workload-ingress of b"],
    wildcard: [
      "source-address of a",
      "pre-dnat-ingress of wild",
      "forward-ingress of wild",
      "workload-egress of a",
      "workload-ingress of b",
      "forward-egress of wild",
    ],
  },
  {
    traffic: "pod to remote",
    sent: packet(A, REMOTE, fromA),
    named: ["source-address of a", "workload-egress of a", "forward-egress of named"],
    wildcard: [
      "source-address of a",
      "pre-dnat-ingress of wild",
      "forward-ingress of wild",
      "workload-egress of a",
      "forward-egress of wild",
    ],
  },
  {
    traffic: "remote to pod",
    sent: packet(REMOTE, B),
    named: [
      "untracked-ingress of named",
      "pre-dnat-ingress of named",
      "forward-ingress of named",
      "workload-ingress of b",
    ],
    wildcard: [
      "pre-dnat-ingress of wild",
      "forward-ingress of wild",
      "workload-ingress of b",
      "forward-egress of wild",
    ],
  },
  {
    traffic: "pod to its own host",
    sent: packet(A, HOST, fromA),
    named: ["source-address of a", "workload-egress of a", "workload-to-host: deny"],
    wildcard: [
      "source-address of a",
      "pre-dnat-ingress of wild",
      "workload-egress of a",
      "workload-to-host: deny",
    ],
  },
  { traffic: "host to its own pod", sent: packet(HOST, B, fromHost), named: [], wildcard: [] },
  {
    traffic: "remote to a process of the host",
    sent: packet(REMOTE, HOST),
    named: ["untracked-ingress of named", "pre-dnat-ingress of named", "host-ingress of named"],
    wildcard: ["pre-dnat-ingress of wild", "host-ingress of wild"],
  },
  {
    traffic: "host to remote",
    sent: packet(HOST, REMOTE, fromHost),
    named: ["untracked-egress of named", "host-egress of named"],
    wildcard: ["host-egress of wild"],
  },
  {
    traffic: "host to remote, redirected to another remote",
    sent: packet(HOST, "10.96.0.1", { ...fromHost, ...redirected(REMOTE) }),
    named: ["untracked-egress of named", "host-egress of named"],
    wildcard: ["host-egress of wild"],
  },
  {
    traffic: "remote to a node port, redirected to a remote",
    sent: packet(REMOTE, HOST, redirected("203.0.113.9")),
    named: [
      "untracked-ingress of named",
      "pre-dnat-ingress of named",
      "forward-ingress of named",
      "forward-egress of named",
    ],
    wildcard: ["pre-dnat-ingress of wild", "forward-ingress of wild", "forward-egress of wild"],
  },
  {
    traffic: "host to a service, redirected to a pod here",
    sent: packet(HOST, "10.96.0.1", { ...fromHost, ...redirected(B) }),
    named: ["untracked-egress of named"],
    wildcard: [],
  },
  {
    traffic: "host to itself",
    sent: packet(HOST, HOST, fromHost),
    named: [],
    wildcard: ["host-egress of wild", "pre-dnat-ingress of wild", "host-ingress of wild"],
  },
];

describe("what packets meet", () => {
  test.each(ROWS)("$traffic", ({ sent, named, wildcard }) => {
    expect(met(CLUSTER, sent)).toEqual(named.filter((point) => !point.includes("named")));
    expect(met(NAMED, sent)).toEqual(named);
    expect(met(WILDCARD, sent)).toEqual(wildcard);
  });
});

describe("known connections", () => {
  const established = { connection: "established" } as const;

  test.each(["established", "related"] as const)("%s: the first endpoint lets them go", (connection) => {
    expect(met(NAMED, packet(A, B, { ...fromA, connection }))).toEqual([
      "source-address of a",
      "workload-egress of a",
    ]);
    expect(met(NAMED, packet(REMOTE, B, { connection }))).toEqual([
      "untracked-ingress of named",
      "forward-ingress of named",
    ]);
  });

  test("all endpoints are met where what is allowed returns to the rules of others", () => {
    const sent = packet(A, B, { ...fromA, ...established });
    expect(met(NAMED, sent, { filterAllowAction: "RETURN" })).toEqual([
      "source-address of a",
      "workload-egress of a",
      "workload-ingress of b",
    ]);
  });

  test("the host's answer to a workload is let in by none but its egress policy", () => {
    const sent = packet(A, HOST, { ...fromA, ...established });
    expect(met(CLUSTER, sent)).toEqual(["source-address of a", "workload-egress of a"]);
  });
});

describe("what belongs to no connection", () => {
  const invalid = { connection: "invalid" } as const;

  test("is denied by the first endpoint that looks at connections", () => {
    expect(met(NAMED, packet(REMOTE, B, invalid))).toEqual([
      "untracked-ingress of named",
      "pre-dnat-ingress of named: deny",
    ]);
    expect(met(CLUSTER, packet(REMOTE, B, invalid))).toEqual(["workload-ingress of b: deny"]);
  });

  test("unless the check is switched off", () => {
    expect(met(CLUSTER, packet(REMOTE, B, invalid), { disableConntrackInvalidCheck: true })).toEqual([
      "workload-ingress of b",
    ]);
  });
});

describe("what early policy allows", () => {
  const early = { ingress: [allow], egress: [allow] };
  const untracked = [...CLUSTER, ...hostEndpoint("named", "eth0", { untracked: early })];
  const preDnat = [...CLUSTER, ...hostEndpoint("named", "eth0", { preDnat: early })];

  test("needs no other policy of the host endpoint", () => {
    expect(met(untracked, packet(REMOTE, HOST))).toEqual(["untracked-ingress of named"]);
    expect(met(preDnat, packet(REMOTE, HOST))).toEqual([
      "untracked-ingress of named",
      "pre-dnat-ingress of named",
    ]);
    expect(met(untracked, packet(HOST, REMOTE, fromHost))).toEqual(["untracked-egress of named"]);
  });

  test("still needs the policy of where it leaves", () => {
    expect(met(untracked, packet(REMOTE, B))).toEqual([
      "untracked-ingress of named",
      "workload-ingress of b",
    ]);
    expect(met(preDnat, packet(REMOTE, HOST, redirected("203.0.113.9")))).toEqual([
      "untracked-ingress of named",
      "pre-dnat-ingress of named",
      "forward-egress of named",
    ]);
  });

  test("untracked is not redirected", () => {
    expect(met(untracked, packet(REMOTE, "10.96.0.1", redirected(B)))).toEqual([
      "untracked-ingress of named",
      "forward-egress of named",
    ]);
  });
});

describe("the outer packets of VXLAN", () => {
  const tunnelled = (objects: readonly ModelObject[]) => [
    ...objects,
    make.pool("vxlan", "10.1.0.0/16", { vxlanMode: "Always" }),
  ];
  const vxlan = { protocol: UDP, destinationPort: 4789, connection: "invalid" } as const;

  test("are not tracked: nothing calls them invalid", () => {
    const sent = packet(HOST, REMOTE, { ...fromHost, ...vxlan });
    expect(met(NAMED, sent)).toEqual(["untracked-egress of named", "host-egress of named: deny"]);
    expect(met(tunnelled(NAMED), sent)).toEqual(["untracked-egress of named", "host-egress of named"]);
  });

  test("unless they leave from a failsafe port, past untracked policy and what comes behind it", () => {
    // A packet from UDP port 68 answers one of the failsafe ports.
    const sent = packet(HOST, REMOTE, { ...fromHost, ...vxlan, sourcePort: 68 });
    expect(met(tunnelled(NAMED), sent)).toEqual(["untracked-egress of named", "host-egress of named: deny"]);
    expect(met(tunnelled(WILDCARD), sent)).toEqual(["host-egress of wild"]);
  });
});

describe("service loops", () => {
  const loop = [...CLUSTER, make.bgpConfig("default", { serviceClusterIps: [make.cidr("10.96.0.0/12")] })];
  const toService = packet(A, "10.96.0.1", fromA);

  test("end where nobody translated a service's address", () => {
    expect(met(loop, toService)).toEqual([
      "source-address of a",
      "workload-egress of a",
      "service-loop: deny",
    ]);
  });

  test("are none of those that somebody translated, or where it is switched off", () => {
    expect(met(loop, { ...toService, ...redirected(B) })).not.toContain("service-loop: deny");
    expect(met(loop, toService, { serviceLoopPrevention: "Disabled" })).not.toContain("service-loop: deny");
  });
});

describe("floating addresses", () => {
  const floating = [
    OWN_NODE,
    open,
    { ...pods[1]!, floatingIps: [{ internal: make.ip(B), external: make.ip("198.51.100.1") }] },
  ];
  test("lead to the workload's policy where they are enabled", () => {
    const sent = packet(REMOTE, "198.51.100.1");
    expect(met(floating, sent, { floatingIps: true })).toEqual(["workload-ingress of b"]);
    expect(met(floating, sent)).toEqual([]);
  });
});

test("without support for IPv6 nobody looks at it", () => {
  const sent = packet("2001:db8::1", "fd16::11", { arrivesBy: "cali-a" });
  expect(met(NAMED, sent)).toEqual(["source-address of a: deny"]);
  expect(met(NAMED, sent, { ipv6Support: false })).toEqual([]);
});
