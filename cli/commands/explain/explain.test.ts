import { describe, expect, test } from "vitest";
import { BARE_METAL, call, DUAL_STACK, explained, IPIP, QUICKSTART, TIERED } from "./testing.ts";

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

  test.each([[], ["--node", "east-1"]])(
    "what leaves by the uplink comes in by the uplink, though the answer takes the tunnel %s",
    async (...only) => {
      const result = await explained(IPIP, "default/app-3", "node/east-1", "--dport", "80", ...only);
      expect(nodesOf(result).at(-1)).toMatchObject({
        node: "east-1",
        source: "10.120.0.25",
        arrivesBy: "eth0",
        leavesBy: null,
      });
    },
  );

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
    expect(nodesOf(result)).toMatchObject([{ node: "beta", arrivesBy: "vxlan.calico" }]);
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
