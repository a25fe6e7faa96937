import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { ICMPV6 } from "../../compiler/semantics/condition.ts";
import { Evaluator } from "../../compiler/semantics/evaluator/evaluate.ts";
import { Host, isOwnAddress } from "../../compiler/semantics/evaluator/host.ts";
import { packet } from "../../compiler/semantics/evaluator/testing/cluster.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { membershipOf } from "../../compiler/semantics/simulator/membership.ts";
import { readDataplanes } from "../../compiler/semantics/simulator/read.ts";
import { simulate } from "../../compiler/semantics/simulator/run.ts";
import { verifyFiles } from "../../compiler/verify.ts";
import {
  CALICO,
  NODE,
  type Resource,
  sourceFiles,
  workload,
} from "../kernel/generated-policies/inventory.ts";

const OPEN = "projectcalico-default-allow";
const CLOSED = { profiles: [OPEN], allowSpoofedSourcePrefixes: [], ipNATs: [] };
/** 10.65.0.4 and fd65::4 at `cali0ops0c`. */
const C = workload(CLOSED);

function resource(kind: string, name: string, spec: object, namespace?: string): Resource {
  const metadata = { name, labels: { role: "host" }, ...(namespace === undefined ? {} : { namespace }) };
  return { apiVersion: CALICO, kind, metadata, spec };
}

/** The workload `c` once more, on another interface. */
function twin(interfaceName: string, addresses: readonly string[], given = {}): Resource {
  return {
    ...C,
    metadata: { ...C.metadata, name: C.metadata.name.replace("-c-", "-d-") },
    spec: { ...(C.spec as object), pod: "d", interfaceName, ipNetworks: addresses, ...given },
  };
}

interface Finding {
  readonly name: string;
  readonly resources: readonly Resource[];
  readonly packets: readonly (readonly [Packet, boolean])[];
}

/** What proofs of random clusters and of the sheets' cases have brought to light. */
const FINDINGS: readonly Finding[] = [
  {
    name: "a workload may send from its floating address: the host has a route for it",
    resources: [
      workload({ ...CLOSED, ipNATs: [{ internalIP: "10.65.0.4", externalIP: "198.51.100.10" }] }),
      resource("FelixConfiguration", "default", { floatingIPs: "Enabled" }),
    ],
    packets: [
      [packet("198.51.100.10", "203.0.113.7", { arrivesBy: "cali0ops0c" }), true],
      [packet("198.51.100.11", "203.0.113.7", { arrivesBy: "cali0ops0c" }), false],
    ],
  },
  {
    name: "an address of two workloads leads to the first interface, and only that one may use it",
    resources: [C, twin("cali0aaa", ["10.65.0.4/32", "10.65.0.9/32"])],
    packets: [
      [packet("10.65.0.4", "203.0.113.7", { arrivesBy: "cali0aaa" }), true],
      [packet("10.65.0.9", "203.0.113.7", { arrivesBy: "cali0aaa" }), true],
      [packet("10.65.0.4", "203.0.113.7", { arrivesBy: "cali0ops0c" }), false],
    ],
  },
  {
    name: "a known connection's packet meets the workload that sends it first, whatever the prefix of its interface",
    resources: [
      C,
      twin("tap0", ["10.65.0.9/32"]),
      resource("FelixConfiguration", "default", { interfacePrefix: "cali,tap" }),
    ],
    packets: (["tap0", "tap1"] as const).map((arrivesBy) => [
      packet("10.65.0.9", "10.65.0.77", { arrivesBy, leavesBy: "cali99", connection: "established" }),
      arrivesBy === "tap0",
    ]),
  },
  {
    name: "a floating address of two workloads leads to the lowest address, compared as text, whoever comes first",
    resources: [
      workload({ ...CLOSED, ipNATs: [{ internalIP: "10.65.0.4", externalIP: "198.51.100.10" }] }),
      twin("cali0zzz", ["10.65.0.30/32"], {
        profiles: [],
        ipNATs: [{ internalIP: "10.65.0.30", externalIP: "198.51.100.10" }],
      }),
      resource("FelixConfiguration", "default", { floatingIPs: "Enabled" }),
    ],
    packets: [[packet("203.0.113.7", "198.51.100.10"), false]],
  },
  {
    name: "workloads of OpenStack have floating addresses without being asked",
    resources: [
      resource(
        "WorkloadEndpoint",
        `${NODE.replace("-", "--")}-openstack-vm-eth0`,
        {
          orchestrator: "openstack",
          node: NODE,
          workload: "vm",
          endpoint: "eth0",
          interfaceName: "cali0vm",
          ipNetworks: ["10.65.0.9/32"],
          profiles: [],
          ipNATs: [{ internalIP: "10.65.0.9", externalIP: "198.51.100.10" }],
        },
        "ops",
      ),
    ],
    packets: [[packet("203.0.113.7", "198.51.100.10"), false]],
  },
  {
    name: "pre-DNAT policy that is staged drops nothing, not even what is invalid",
    resources: [
      C,
      resource("HostEndpoint", "any", { node: NODE, interfaceName: "*", profiles: [OPEN] }),
      resource("StagedGlobalNetworkPolicy", "staged", {
        selector: "role == 'host'",
        applyOnForward: true,
        preDNAT: true,
        types: ["Ingress"],
      }),
    ],
    packets: [
      [
        packet("fd65::4", "fd16::11", {
          arrivesBy: "cali0ops0c",
          protocol: ICMPV6,
          icmp: { type: 135, code: 0 },
          connection: "invalid",
        }),
        true,
      ],
    ],
  },
];

describe.each(FINDINGS)("$name", ({ resources, packets }) => {
  const { diagnostics, model, nodes } = compile(sourceFiles(resources), {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
    nodes: [NODE],
  });
  const { ir, artifacts } = nodes[0]!;

  test("so say the resources, and so do the files", () => {
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    const evaluator = new Evaluator(new Host(model, ir.settings, NODE));
    const dataplanes = readDataplanes(artifacts!);
    const verdicts = packets.map(([sent]) => {
      const dataplane = dataplanes[sent.source.version];
      const { allowed } = simulate(dataplane, sent, {
        isLocalAddress: (ip) => isOwnAddress(evaluator.host, ip),
        isMember: membershipOf(dataplane.sets),
      });
      return { resources: evaluator.evaluate(sent).allowed, files: allowed };
    });
    expect(verdicts).toEqual(packets.map(([, allowed]) => ({ resources: allowed, files: allowed })));
  });

  test("of all packets", () => {
    expect(verifyFiles(model, ir, artifacts!)).toMatchObject({ counterexample: undefined, isEqual: true });
  });
});
