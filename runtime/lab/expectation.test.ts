import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { expectations, probeEnds, probesBetween } from "./expectation.ts";
import { layOut } from "./layout.ts";
import { labForwarding } from "./surroundings.ts";

const NODES = ["a", "b"].map(
  (name, i) => `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: ${name} }
spec: { bgp: { ipv4Address: 172.16.0.${i + 1}/24 } }
`,
);

const PODS = ["a", "b"].map(
  (node, i) => `apiVersion: v1
kind: Pod
metadata: { name: on-${node}, namespace: web }
spec: { nodeName: ${node}, containers: [{ name: main }] }
status: { phase: Running, podIPs: [{ ip: 10.5.${i}.2 }] }
`,
);

const pool = (natOutgoing: boolean) => `apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: pods }
spec: { cidr: 10.5.0.0/16, natOutgoing: ${natOutgoing} }
`;

const mesh = (isOn: boolean) => `apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: { name: default }
spec: { nodeToNodeMeshEnabled: ${isOn} }
`;

const NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: { name: web }\n";

/** Pings that have no way, with the reason. */
function noWays(...documents: readonly string[]): Readonly<Record<string, string>> {
  const text = [NAMESPACE, ...NODES, ...PODS, ...documents].join("---\n");
  const compilation = compile([{ path: "all.yaml", text }], {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
  });
  expect(compilation.inputErrors).toBe(false);
  const { model, nodes } = compilation;
  const { plan } = layOut(
    "t",
    model,
    nodes.map(({ ir }) => ir),
  );
  const probes = probesBetween(probeEnds(plan), undefined, 8080);
  const pings = expectations(compilation, labForwarding(plan, compilation), probes).filter(
    ({ protocol }) => protocol === "icmp",
  );
  expect(pings).toHaveLength(4 * 3);
  return Object.fromEntries(
    pings.flatMap(({ from, to, noWay }) =>
      noWay === undefined ? [] : [[`${from.name} ${to.name}`, noWay] as const],
    ),
  );
}

describe("noWay", () => {
  const [toA, toB] = ["fabric has no route to 10.5.0.2", "fabric has no route to 10.5.1.2"];
  const betweenPods = { "web/on-a web/on-b": toB, "web/on-b web/on-a": toA };
  const fromNodes = { "node/a web/on-b": toB, "node/b web/on-a": toA };

  test("no probe is without a way where BGP carries the pool", () => {
    expect(noWays(pool(false), mesh(true))).toEqual({});
  });

  test("without sessions pods of two nodes have none, nor has what a node answers to another's pod", () => {
    const answers = { "web/on-a node/b": toA, "web/on-b node/a": toB };
    expect(noWays(pool(false), mesh(false))).toEqual({ ...betweenPods, ...fromNodes, ...answers });
  });

  test("a masqueraded pod is answered at its node", () => {
    expect(noWays(pool(true), mesh(false))).toEqual({ ...betweenPods, ...fromNodes });
  });

  test("but not where natOutgoing leaves hosts out", () => {
    const felix = `apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { natOutgoingExclusions: IPPoolsAndHostIPs }
`;
    expect(Object.keys(noWays(pool(true), mesh(false), felix))).toContain("web/on-a node/b");
  });
});
