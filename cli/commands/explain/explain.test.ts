import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Called, calicoctl } from "../verify/testing.ts";
import { disagreements } from "./text.ts";

const QUICKSTART = ["-f", "fixtures/quickstart/common", "-f", "fixtures/quickstart/1"];
const TIERED = ["-f", "fixtures/tiered-enterprise"];
const DUAL_STACK = ["-f", "fixtures/dual-stack-vxlan"];
const BARE_METAL = ["-f", "fixtures/bare-metal"];

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "calicoctl-explain-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** `from > to options`, with the resources of a fixture; the JSON. */
async function explained(
  fixture: readonly string[],
  from: string,
  to: string,
  ...options: readonly string[]
) {
  const { code, stdout, stderr } = await calicoctl(
    "explain",
    ...fixture,
    "--from",
    from,
    "--to",
    to,
    ...options,
    "-o",
    "json",
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

function call(
  fixture: readonly string[],
  from: string,
  to: string,
  ...options: readonly string[]
): Promise<Called> {
  return calicoctl("explain", ...fixture, "--from", from, "--to", to, ...options);
}

describe("which nodes are judged", () => {
  const nodesOf = ({ nodes }: { nodes: readonly { node: string; packet: object }[] }) =>
    nodes.map(({ node, packet }) => ({ node, ...packet }));

  test("the one of both pods", async () => {
    const result = await explained(QUICKSTART, "demo/frontend-0", "demo/backend-0", "--dport", "9000");
    expect(nodesOf(result)).toMatchObject([
      {
        node: "node-1",
        source: "10.65.0.2",
        destination: "10.65.0.3",
        arrivesBy: expect.stringMatching(/^cali/),
      },
    ]);
  });

  test("the sender's, then the receiver's; between them by the interface of the files' routes", async () => {
    const result = await explained(DUAL_STACK, "media/edge-0", "pod/media/origin-0", "--dport", "8443");
    expect(nodesOf(result)).toMatchObject([
      { node: "gamma", leavesBy: "vxlan.calico" },
      { node: "beta", arrivesBy: "vxlan.calico", leavesBy: expect.stringMatching(/^cali/) },
    ]);
  });

  test("with --node, that one only", async () => {
    const result = await explained(
      DUAL_STACK,
      "media/edge-0",
      "media/origin-0",
      "--dport",
      "8443",
      "--node",
      "beta",
    );
    expect(nodesOf(result)).toMatchObject([{ node: "beta" }]);
  });

  test("the receiver's, for what comes from outside by the uplink", async () => {
    const result = await explained(QUICKSTART, "192.0.2.7", "10.65.0.19", "--dport", "5432");
    expect(nodesOf(result)).toMatchObject([{ node: "node-2", arrivesBy: "eth0", source: "192.0.2.7" }]);
    expect(result).toMatchObject({ from: "192.0.2.7", to: "pod demo/database-0 (10.65.0.19)" });
  });

  test("the pod's, from its own host", async () => {
    const result = await explained(QUICKSTART, "host", "demo/database-0", "--dport", "22");
    expect(result.verdict).toBe("allow");
    expect(nodesOf(result)).toMatchObject([{ node: "node-2", source: "172.16.1.12", arrivesBy: null }]);
  });

  test("a host sends through a tunnel with the tunnel's address", async () => {
    const result = await explained(DUAL_STACK, "node/gamma", "media/origin-0", "--dport", "8443");
    expect(nodesOf(result)).toMatchObject([{ source: "10.80.0.129" }, { source: "10.80.0.129" }]);
  });

  test("what a node masquerades comes to the next one with the node's address", async () => {
    const result = await explained(QUICKSTART, "demo/frontend-0", "node/node-2", "--dport", "22");
    expect(nodesOf(result)).toMatchObject([
      { node: "node-1", source: "10.65.0.2" },
      { node: "node-2", source: "172.16.1.11", leavesBy: null },
    ]);
    expect(result.nodes[0].notes).toEqual(["it leaves with the node's own address 172.16.1.11"]);
  });

  test("IPv4 where both ends have both, IPv6 where it is asked for", async () => {
    const [four, six] = [
      await explained(DUAL_STACK, "media/ingest-0", "media/origin-0", "--dport", "1"),
      await explained(DUAL_STACK, "media/ingest-0", "media/origin-0", "--dport", "1", "--ip-version", "6"),
    ];
    expect([four.nodes[0].packet.ipVersion, six.nodes[0].packet.ipVersion]).toEqual([4, 6]);
    expect(six.nodes[0].files.rules[0].file).toBe("ip6tables.restore");
  });
});

describe("why", () => {
  test("the path through tiers: passed, then the profile; then denied, on the other node", async () => {
    const result = await explained(TIERED, "corp/wiki-0", "trading/matcher-0", "--dport", "9876");
    expect(result.verdict).toBe("deny");
    const [sender, receiver] = result.nodes;
    expect(sender.resources.points).toMatchObject([
      { point: "source-address", action: "continue" },
      {
        point: "workload-egress",
        endpoint: "pod corp/wiki-0",
        action: "allow",
        asked: [
          { tier: "security", name: "GlobalNetworkPolicy embargo", outcome: "undecided", matched: [] },
          { tier: "platform", name: "GlobalNetworkPolicy everything-else", outcome: "pass" },
          { tier: null, name: "profile kns.corp", outcome: "allow" },
        ],
      },
    ]);
    expect(receiver.resources.points).toMatchObject([
      {
        point: "workload-ingress",
        action: "deny",
        reason: "rule",
        words: "denied by ingress rule 1 of GlobalNetworkPolicy pci-isolation",
        rule: { action: "deny", place: { file: "fixtures/tiered-enterprise/tiers.yaml", line: 55 } },
      },
    ]);
    expect(receiver.files.rules.at(-1).text).toMatch(/pci-isolation.*-j DROP$/);
  });

  test("a rule that logs before another denies", async () => {
    const { nodes } = await explained(TIERED, "198.18.1.1", "corp/wiki-0", "--dport", "443");
    expect(nodes[0].resources.points[0].asked[0].matched).toMatchObject([
      { rule: "ingress rule 1", action: "log", place: { line: 29 } },
      { rule: "ingress rule 2", action: "deny", place: { line: 30 } },
    ]);
  });

  test("the end of a tier", async () => {
    const { nodes } = await explained(QUICKSTART, "192.0.2.7", "demo/backend-0", "--dport", "9000");
    expect(nodes[0].resources.points.at(-1)).toMatchObject({
      reason: "end-of-tier",
      rule: null,
      action: "deny",
    });
  });

  test("what a pod sends to its host, by the setting", async () => {
    const { nodes } = await explained(QUICKSTART, "demo/frontend-0", "host", "--proto", "icmp");
    expect(nodes[0].packet).toMatchObject({ protocol: "icmp", icmp: { type: 8, code: 0 }, sourcePort: null });
    expect(nodes[0].resources.points.at(-1)).toMatchObject({
      point: "workload-to-host",
      words: "denied: defaultEndpointToHostAction is DROP",
    });
  });

  test("failsafe ports of a host", async () => {
    const { nodes } = await explained(BARE_METAL, "10.0.9.9", "node/db-1", "--dport", "22");
    expect(nodes[0].resources.points.at(-1)).toMatchObject({
      point: "host-ingress",
      reason: "failsafe-port",
    });
  });

  test("untracked policy", async () => {
    const { nodes } = await explained(
      BARE_METAL,
      "198.51.100.7",
      "node/db-1",
      "--dport",
      "53",
      "--proto",
      "udp",
    );
    expect(nodes[0].resources.points).toMatchObject([{ point: "untracked-ingress", action: "deny" }]);
  });

  test("rules for the other IP version are named, and left out", async () => {
    const { nodes } = await explained(
      DUAL_STACK,
      "2001:db8:100::5",
      "media/ingest-0",
      "--dport",
      "5004",
      "--proto",
      "udp",
    );
    expect(nodes[0].resources.points[0].asked[0]).toMatchObject({
      outcome: "allow",
      matched: [{ rule: "ingress rule 2" }],
      otherVersion: [
        { rule: "ingress rule 1", onlyFor: 4 },
        { rule: "ingress rule 4", onlyFor: 4 },
      ],
    });
    const { stdout } = await call(
      DUAL_STACK,
      "2001:db8:100::5",
      "media/ingest-0",
      "--dport",
      "5004",
      "--proto",
      "udp",
    );
    expect(stdout).toContain(
      "ingress rule 1 is for IPv4 only, so it is left out (fixtures/dual-stack-vxlan/policies.yaml:8)",
    );
  });

  test("the same bytes each time", async () => {
    const once = await call(TIERED, "corp/wiki-0", "trading/matcher-0", "--dport", "9876", "-o", "json");
    expect(await call(TIERED, "corp/wiki-0", "trading/matcher-0", "--dport", "9876", "-o", "json")).toEqual(
      once,
    );
  });
});

describe("staged policies", () => {
  test("are evaluated and never enforced", async () => {
    const { verdict, nodes } = await explained(TIERED, "corp/wiki-0", "192.0.2.7", "--dport", "9876");
    expect(verdict).toBe("allow");
    expect(nodes[0].staged).toMatchObject({
      policies: [
        {
          point: "workload-egress",
          endpoint: "pod corp/wiki-0",
          name: "StagedGlobalNetworkPolicy next-quarter",
          outcome: "deny",
          isReached: true,
          matched: [{ rule: "egress rule 1", place: { line: 97 } }],
        },
      ],
      ifEnforced: { verdict: "deny" },
    });
    const names = nodes[0].resources.points.flatMap(({ asked }: { asked: readonly { name: string }[] }) =>
      asked.map(({ name }) => name),
    );
    expect(names).not.toContain("StagedGlobalNetworkPolicy next-quarter");
  });

  test("one that does not match changes nothing", async () => {
    const { nodes } = await explained(TIERED, "corp/wiki-0", "192.0.2.7", "--dport", "443");
    expect(nodes[0].staged).toMatchObject({
      policies: [{ outcome: "undecided", isReached: true }],
      ifEnforced: { verdict: "allow" },
    });
  });

  test("one behind a decision is not reached; one takes the place of the enforced policy of its name", async () => {
    const file = join(directory, "staged.yaml");
    const staged = (name: string, order: number, action: string) => `---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: { name: ${name}, namespace: demo }
spec:
  order: ${order}
  selector: app == 'backend'
  types: [Ingress]
  ingress: [{ action: ${action} }]
`;
    await writeFile(file, staged("late", 900, "Deny") + staged("allow-api", 500, "Deny"));
    const fixture = [...QUICKSTART, "-f", file];
    const { verdict, nodes } = await explained(
      fixture,
      "demo/frontend-0",
      "demo/backend-0",
      "--dport",
      "9000",
    );
    expect(verdict).toBe("allow");
    expect(nodes[0].staged).toMatchObject({
      policies: [
        { name: "StagedNetworkPolicy demo/allow-api", outcome: "deny", isReached: true },
        { name: "StagedNetworkPolicy demo/late", outcome: "deny", isReached: false },
      ],
      ifEnforced: {
        verdict: "deny",
        words: "workload-ingress: denied by ingress rule 1 of StagedNetworkPolicy demo/allow-api",
      },
    });
  });
});

describe("notes", () => {
  test("an uplink that nothing names, and one that the caller names", async () => {
    const file = join(directory, "node.yaml");
    await writeFile(
      file,
      `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: alone }
spec: { bgp: { ipv4Address: 172.16.1.11/24 } }
`,
    );
    const fixture = ["-f", file];
    const guessed = await explained(fixture, "192.0.2.7", "host", "--dport", "22");
    expect(guessed.nodes[0].notes).toEqual([expect.stringContaining("taken to be eth0")]);
    const named = await explained(fixture, "192.0.2.7", "host", "--dport", "22", "--uplink", "bond0");
    expect(named.nodes[0]).toMatchObject({ notes: [], packet: { arrivesBy: "bond0" } });
  });

  test("an address of a pool that nobody has", async () => {
    const { notes } = await explained(QUICKSTART, "demo/frontend-0", "10.65.0.99", "--dport", "80");
    expect(notes).toEqual([expect.stringContaining("in IP pool default-pool")]);
  });

  test("an address of a Service", async () => {
    const file = join(directory, "service.yaml");
    await writeFile(
      file,
      `apiVersion: v1
kind: Service
metadata: { name: api, namespace: demo }
spec: { clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10], ports: [{ port: 80 }] }
`,
    );
    const { notes } = await explained(
      [...QUICKSTART, "-f", file],
      "demo/frontend-0",
      "10.96.0.10",
      "--dport",
      "80",
    );
    expect(notes).toEqual([expect.stringContaining("Service demo/api")]);
  });
});

describe("floating addresses", () => {
  const pod = `apiVersion: v1
kind: Pod
metadata:
  name: public-0
  namespace: demo
  annotations: { cni.projectcalico.org/floatingIPs: '["203.0.113.5"]' }
spec: { nodeName: node-1, containers: [{ name: main }] }
status: { phase: Running, podIP: "10.65.0.4", podIPs: [{ ip: "10.65.0.4" }] }
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { floatingIPs: Enabled }
`;
  test("lead to the pod, whose policy sees its own address; the pod sends from its own", async () => {
    const file = join(directory, "floating.yaml");
    await writeFile(file, pod);
    const fixture = [...QUICKSTART, "-f", file];
    const to = await explained(fixture, "192.0.2.7", "203.0.113.5", "--dport", "80");
    expect(to.nodes).toMatchObject([
      {
        node: "node-1",
        packet: { destination: "203.0.113.5", translatedTo: { destination: "10.65.0.4", port: 80 } },
        resources: { points: [{ endpoint: "pod demo/public-0" }] },
      },
    ]);
    const from = await explained(fixture, "203.0.113.5", "192.0.2.7", "--dport", "80");
    expect(from.nodes[0].packet.source).toBe("10.65.0.4");
  });
});

describe("mistakes of the caller, with exit code 1", () => {
  test.each([
    [
      ["demo/fronted-0", "demo/backend-0", "--dport", "1"],
      "there is no pod demo/fronted-0; did you mean demo/frontend-0?",
    ],
    [
      ["demo/frontend-0", "node/node-3", "--dport", "1"],
      "--to node/node-3: there is no node node-3; did you mean node-1?",
    ],
    [["frontend-0", "demo/backend-0", "--dport", "1"], "neither NAMESPACE/POD nor an IP address"],
    [["demo/frontend-0", "demo/backend-0"], "--proto tcp needs --dport"],
    [["demo/frontend-0", "demo/backend-0", "--proto", "icmp", "--dport", "1"], "protocol icmp has no ports"],
    [["demo/frontend-0", "demo/backend-0", "--proto", "tpc", "--dport", "1"], "--proto tpc: neither"],
    [["demo/frontend-0", "demo/backend-0", "--dport", "65536"], "Not a number from 0 to 65535"],
    [["demo/frontend-0", "demo/backend-0", "--dport", "1", "--icmp-type", "8"], "--icmp-type"],
    [["demo/frontend-0", "2001:db8::1", "--dport", "1"], "no addresses of one IP version"],
    [
      ["demo/frontend-0", "demo/backend-0", "--dport", "1", "--ip-version", "6"],
      "do not both have an address",
    ],
    [["192.0.2.1", "192.0.2.2", "--dport", "1"], "--node says which one the packet passes"],
    [["host", "192.0.2.2", "--dport", "1"], "of which node?"],
    [
      ["demo/frontend-0", "demo/backend-0", "--dport", "1", "--node", "node-2"],
      "does not cross it, but node-1",
    ],
    [["demo/frontend-0", "demo/backend-0", "--dport", "1", "--node", "nod-2"], "did you mean node-2?"],
  ] as const)("%j", async ([from, to, ...options], message) => {
    const { code, stdout, stderr } = await call(QUICKSTART, from, to, ...options);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("a finished pod has no address", async () => {
    const file = join(directory, "finished.yaml");
    await writeFile(
      file,
      `apiVersion: v1
kind: Pod
metadata: { name: job-0, namespace: demo }
spec: { nodeName: node-1, containers: [{ name: main }] }
status: { phase: Succeeded, podIP: "10.65.0.4", podIPs: [{ ip: "10.65.0.4" }] }
`,
    );
    const { code, stderr } = await call(
      [...QUICKSTART, "-f", file],
      "demo/job-0",
      "demo/backend-0",
      "--dport",
      "1",
    );
    expect(stderr).toContain("the pod has no address on a node");
    expect(code).toBe(1);
  });
});

test("a disagreement of the two readings is loud, and says which node", () => {
  const node = { node: "node-1", agreed: false, resources: { verdict: "allow" }, files: { verdict: "deny" } };
  const other = { ...node, node: "node-2", agreed: true };
  const text = disagreements({ nodes: [node, other] } as unknown as Parameters<typeof disagreements>[0]);
  expect(text).toMatch(
    /^calicoctl: INTERNAL ERROR: on node node-1 the resources allow .* emitted rules deny it/,
  );
  expect(text).not.toContain("node-2");
});
