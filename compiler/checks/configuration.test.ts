import { describe, expect, test } from "vitest";
import { emptyFailsafes } from "./empty-failsafes.ts";
import { felixConfigurations } from "./felix-configurations.ts";
import { CHECKS } from "./index.ts";
import { nodeWithoutPeers } from "./node-without-peers.ts";
import { routePriorities } from "./route-priorities.ts";
import { objects, resource, run } from "./testing/run.ts";
import { wireguardNodeAddresses } from "./wireguard-node-addresses.ts";

const felix = (name: string, spec: object, metadata: object = {}) =>
  resource("FelixConfiguration", name, spec, metadata);
const node = (name: string, labels: object, spec: object = {}) => resource("Node", name, spec, { labels });

describe("emptyFailsafes", () => {
  test("warns of each list that is emptied", () => {
    const config = felix("default", { failsafeInboundHostPorts: [], failsafeOutboundHostPorts: [] });
    expect(run(emptyFailsafes, config)).toEqual([
      expect.stringContaining("felix/failsafe-empty spec.failsafeInboundHostPorts"),
      expect.stringContaining("felix/failsafe-empty spec.failsafeOutboundHostPorts"),
    ]);
  });

  test("is content with the defaults, and with any port", () => {
    expect(run(emptyFailsafes, felix("default", {}))).toEqual([]);
    const ssh = [{ protocol: "TCP", port: 22 }];
    expect(run(emptyFailsafes, felix("default", { failsafeInboundHostPorts: ssh }))).toEqual([]);
  });
});

describe("felixConfigurations", () => {
  const nodes = [...node("n1", { rack: "a" }), ...node("n2", { rack: "a" })];

  test("finds the configuration of a node that does not exist", () => {
    expect(run(felixConfigurations, [...nodes, ...felix("node.n3", {}), ...felix("node.n1", {})])).toEqual([
      expect.stringContaining("felix/unknown-node metadata.name: FelixConfiguration node.n3 is for node n3"),
    ]);
    expect(run(felixConfigurations, felix("node.n3", {}))).toEqual([]);
  });

  test("tells once for each pair which of two that select one node is in force", () => {
    const configs = [
      ...felix("young", { nodeSelector: "all()" }, { creationTimestamp: "2026-02-01T00:00:00Z" }),
      ...felix("old", { nodeSelector: "rack == 'a'" }, { creationTimestamp: "2026-01-01T00:00:00Z" }),
    ];
    expect(run(felixConfigurations, [...nodes, ...configs])).toEqual([
      expect.stringContaining(
        "felix/shadowed spec.nodeSelector: FelixConfiguration young and old both select node n1",
      ),
    ]);
  });
});

describe("nodeWithoutPeers", () => {
  const bgp = { bgp: { ipv4Address: "10.0.0.1/24" } };
  const nodes = [...node("n1", { rack: "a" }, bgp), ...node("n2", { rack: "b" }, bgp), ...node("n3", {})];
  const mesh = (nodeToNodeMeshEnabled: boolean) =>
    resource("BGPConfiguration", "default", { nodeToNodeMeshEnabled });
  const peer = (spec: object) => resource("BGPPeer", "p", { peerIP: "10.0.0.9", asNumber: 65001, ...spec });

  test("finds nodes that lost the mesh and got nothing instead", () => {
    expect(run(nodeWithoutPeers, [...nodes, ...mesh(false)])).toEqual([
      expect.stringContaining("no BGPPeer concerns node n1 and 1 more"),
    ]);
    expect(
      run(nodeWithoutPeers, [...nodes, ...mesh(false), ...peer({ nodeSelector: "rack == 'a'" })]),
    ).toEqual([expect.stringContaining("no BGPPeer concerns node n2:")]);
  });

  test("is content with the mesh, a global peer, or being a peer oneself", () => {
    expect(run(nodeWithoutPeers, [...nodes, ...mesh(true)])).toEqual([]);
    expect(run(nodeWithoutPeers, [...nodes, ...mesh(false), ...peer({})])).toEqual([]);
    const reflected = resource("BGPPeer", "rr", { node: "n1", peerSelector: "rack == 'b'" });
    expect(run(nodeWithoutPeers, [...nodes, ...mesh(false), ...reflected])).toEqual([]);
  });
});

describe("routePriorities", () => {
  test("finds a priority that only one of the two agents was told", () => {
    const bgp = resource("BGPConfiguration", "default", { ipv4NormalRoutePriority: 100 });
    expect(run(routePriorities, bgp)).toEqual([
      "felix/route-priority spec.ipv4NormalRoutePriority: The normal IPv4 route priority is 1024 in FelixConfiguration but 100 in BGPConfiguration; they must be equal.",
    ]);
    expect(run(routePriorities, [...bgp, ...felix("default", { ipv4NormalRoutePriority: 100 })])).toEqual([]);
    expect(run(routePriorities, felix("default", { ipv6NormalRoutePriority: 7 }))).toHaveLength(1);
  });

  test("is content with the defaults", () => {
    expect(run(routePriorities, [])).toEqual([]);
  });
});

describe("wireguardNodeAddresses", () => {
  const bgp = (host: number) => ({ bgp: { ipv4Address: `192.0.2.${host}/24` } });
  const nodes = [...node("n1", { rack: "a" }, bgp(1)), ...node("n2", {}, bgp(2)), ...node("n3", {}, bgp(3))];
  const found = (...configs: ReturnType<typeof felix>[]) =>
    run(wireguardNodeAddresses, [...nodes, ...configs.flat()]);
  const on = { wireguardEnabled: true };
  const hosts = { wireguardHostEncryptionEnabled: true };

  test("tells once, where it is turned on, that node addresses are not encrypted", () => {
    expect(found(felix("default", on))).toEqual([
      "felix/wireguard-node-addresses spec.wireguardEnabled: WireGuard encrypts what pods of different nodes send each other, and not what a pod sends to another node's own address (its kubelet, a pod with hostNetwork): where policy allows that, it crosses the network as it is.",
    ]);
    expect(
      found(felix("default", hosts), felix("node.n2", { ...on, wireguardHostEncryptionEnabled: false })),
    ).toEqual([expect.stringContaining("felix/wireguard-node-addresses spec.wireguardEnabled:")]);
    const scoped = felix("a", { ...on, nodeSelector: "rack == 'a'" });
    expect(found(scoped)).toHaveLength(1);
  });

  test("is content without WireGuard, with host encryption, and where no such packets are", () => {
    expect(found()).toEqual([]);
    expect(found(felix("default", {}))).toEqual([]);
    expect(found(felix("default", { ...on, ...hosts }))).toEqual([]);
    expect(found(felix("default", hosts), felix("node.n1", on))).toEqual([]);
    expect(found(felix("default", on), felix("a", { ...hosts, nodeSelector: "all()" }))).toEqual([]);
    // None of the nodes has an IPv6 address.
    expect(found(felix("default", { wireguardEnabledV6: true }))).toEqual([]);
    const alone = [...node("n1", {}, bgp(1)), ...node("n2", {}), ...felix("default", on)];
    expect(run(wireguardNodeAddresses, alone)).toEqual([]);
  });

  test("of IPv6, too", () => {
    const six = ["::1", "::2"].map((end, i) => node(`n${i}`, {}, { bgp: { ipv6Address: `fd00${end}/64` } }));
    const config = felix("default", { wireguardEnabledV6: true });
    expect(run(wireguardNodeAddresses, [...six.flat(), ...config])).toEqual([
      expect.stringContaining("felix/wireguard-node-addresses spec.wireguardEnabledV6:"),
    ]);
    const off = felix("default", { wireguardEnabledV6: true, ipv6Support: false });
    expect(run(wireguardNodeAddresses, [...six.flat(), ...off])).toEqual([]);
  });
});

test("a sound cluster passes every check", () => {
  const cluster = objects(`
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: main }
spec: { cidr: 10.0.0.0/16, vxlanMode: CrossSubnet }
---
apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec: { bgp: { ipv4Address: 192.0.2.1/24 }, ipv4VXLANTunnelAddr: 10.0.0.1 }
---
apiVersion: projectcalico.org/v3
kind: BlockAffinity
metadata: { name: n1-10-0-0-0-26 }
spec: { cidr: 10.0.0.0/26, node: n1, state: confirmed }
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: node.n1 }
spec: { vxlanMTU: 1400 }
`);
  expect(CHECKS.flatMap((check) => run(check, cluster))).toEqual([]);
});
