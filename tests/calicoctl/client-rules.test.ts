/** Rules of Calico's client that need what is stored. Source: `libcalico-go/lib/clientv3/*.go` of projectcalico/calico. */
import { beforeEach, describe, expect, test } from "vitest";
import { Client, describeFailure } from "../../cli/resources/client.ts";
import { ensureInitialized } from "../../cli/resources/initialise.ts";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import type { JsonObject } from "../../runtime/datastore/json.ts";
import { MemoryDatastore, MemoryServer } from "../../runtime/datastore/memory/memory-datastore.ts";
import { keyOf, type Resource } from "../../runtime/datastore/resource.ts";
import { listKind, specOf } from "../../runtime/ipam/objects.ts";

let datastore: Datastore;
let client: Client;
beforeEach(async () => {
  datastore = new MemoryDatastore(new MemoryServer());
  client = new Client(datastore, "etcdv3");
  await ensureInitialized(datastore, "etcdv3");
});

function calico(kind: string, name: string, spec: JsonObject, more: JsonObject = {}): Resource {
  return { apiVersion: "projectcalico.org/v3", kind, metadata: { name, ...more }, spec };
}
const pool = (name: string, cidr: string, more: JsonObject = {}) => calico("IPPool", name, { cidr, ...more });
const outcome = (promise: Promise<unknown>) => promise.then(() => "done", describeFailure);
const storedSpec = async (resource: Resource) => specOf((await datastore.get(keyOf(resource))).resource);

describe("what is filled in", () => {
  test.each([
    ["10.1.0.0/16", {}, { cidr: "10.1.0.0/16", blockSize: 26 }],
    ["fd00:0:0::/64", { blockSize: 0 }, { cidr: "fd00::/64", blockSize: 122 }],
    ["10.1.0.0/16", { blockSize: 28, nodeSelector: "" }, { cidr: "10.1.0.0/16", blockSize: 28 }],
  ])("in pool %s %o", async (cidr, more, expected) => {
    await client.create(pool("p", cidr, more));
    expect(await storedSpec(pool("p", cidr))).toEqual({
      ...expected,
      allowedUses: ["Workload", "Tunnel"],
      assignmentMode: "Automatic",
      ipipMode: "Never",
      nodeSelector: "all()",
      vxlanMode: "Never",
    });
  });

  test("the order and the action of a tier; zero is an order", async () => {
    await client.create(calico("Tier", "t", {}));
    await client.create(calico("Tier", "first", { order: 0, defaultAction: "Pass" }));
    expect(await storedSpec(calico("Tier", "t", {}))).toEqual({ order: 1_000_000, defaultAction: "Deny" });
    expect(await storedSpec(calico("Tier", "first", {}))).toEqual({ order: 0, defaultAction: "Pass" });
  });

  test("the labels by which policies of its namespace select an endpoint", async () => {
    const endpoint = calico(
      "WorkloadEndpoint",
      "n1-k8s-web-eth0",
      { orchestrator: "k8s" },
      {
        namespace: "prod",
        labels: { app: "web", "projectcalico.org/namespace": "other" },
      },
    );
    await client.create(endpoint);
    const labels = {
      app: "web",
      "projectcalico.org/namespace": "prod",
      "projectcalico.org/orchestrator": "k8s",
    };
    expect((await datastore.get(keyOf(endpoint))).resource.metadata.labels).toEqual(labels);
  });

  test("what Calico's controllers run by", async () => {
    const settings = calico("KubeControllersConfiguration", "default", {
      controllers: { node: { reconcilerPeriod: "5m" }, loadBalancer: {} },
    });
    await client.create(settings);
    expect(await storedSpec(settings)).toEqual({
      controllers: {
        node: { reconcilerPeriod: "5m", leakGracePeriod: "15m0s" },
        loadBalancer: { assignIPs: "AllServices" },
      },
      prometheusMetricsPort: 9094,
    });
  });

  test("nothing in people's files", async () => {
    await new Client(datastore, "file").create(pool("p", "10.1.0.0/16"));
    expect(await storedSpec(pool("p", ""))).toEqual({ cidr: "10.1.0.0/16" });
  });
});

describe("a pool", () => {
  beforeEach(() => client.create(pool("p1", "10.1.0.0/16")));

  test.each([
    ["10.1.128.0/17", "IPPool(p2) CIDR overlaps with IPPool(p1) CIDR 10.1.0.0/16"],
    ["10.0.0.0/8", "IPPool(p2) CIDR overlaps with IPPool(p1) CIDR 10.1.0.0/16"],
  ])("cannot be %s beside another of 10.1.0.0/16", async (cidr, reason) => {
    const words = `error with field IPPool.Spec.CIDR = '${cidr}' (${reason})`;
    expect(await outcome(client.create(pool("p2", cidr)))).toBe(words);
    expect(await outcome(client.apply(pool("p2", cidr)))).toBe(words);
  });

  test("says every other pool that it overlaps", async () => {
    await client.create(pool("p2", "10.2.0.0/16"));
    expect(await outcome(client.create(pool("p3", "10.0.0.0/8")))).toBe(
      [
        "error with the following fields:",
        "-  IPPool.Spec.CIDR = '10.0.0.0/8' (IPPool(p3) CIDR overlaps with IPPool(p1) CIDR 10.1.0.0/16)",
        "-  IPPool.Spec.CIDR = '10.0.0.0/8' (IPPool(p3) CIDR overlaps with IPPool(p2) CIDR 10.2.0.0/16)",
      ].join("\n"),
    );
  });

  test.each([["10.2.0.0/16"], ["fd00::/64"]])("may be %s", async (cidr) => {
    expect(await outcome(client.create(pool("p2", cidr)))).toBe("done");
  });

  test("of the same name is there already, and not in its own way", async () => {
    expect(await outcome(client.create(pool("p1", "10.1.0.0/17")))).toMatch(
      /^resource already exists: IPPool\(p1\)/,
    );
  });

  test("cannot have blocks of another size than those that are there", async () => {
    const block = { cidr: "10.3.0.0/26", allocations: Array(64).fill(null), unallocated: [], attributes: [] };
    await datastore.create(calico("IPAMBlock", "10-3-0-0-26", block));
    expect(await outcome(client.create(pool("p3", "10.3.0.0/16", { blockSize: 27 })))).toBe(
      "error with field IPPool.Spec.BlockSize = '27' (IPPool blocksSize conflicts with existing allocations that use a different blockSize)",
    );
    expect(await outcome(client.create(pool("p3", "10.3.0.0/16")))).toBe("done");
  });

  test.each([
    [{ cidr: "10.2.0.0/16" }, "IPPool.Spec.CIDR = '10.2.0.0/16' (IPPool CIDR cannot be modified)"],
    [{ blockSize: 27 }, "IPPool.Spec.BlockSize = '27' (IPPool BlockSize cannot be modified)"],
  ])("cannot be changed by %o", async (change, field) => {
    const changed = calico("IPPool", "p1", { cidr: "10.1.0.0/16", ...change });
    const words = `error with field ${field}`;
    expect(await outcome(client.apply(changed))).toBe(words);
    expect(await outcome(client.update(changed))).toBe(words);
    expect(await storedSpec(changed)).toMatchObject({ cidr: "10.1.0.0/16", blockSize: 26 });
  });

  test("for load balancers stays so", async () => {
    await client.create(pool("lb", "10.9.0.0/24", { allowedUses: ["LoadBalancer"] }));
    expect(
      await outcome(client.update(pool("lb", "10.9.0.0/24", { allowedUses: ["Workload", "Tunnel"] }))),
    ).toBe(
      "error with field IPPool.Spec.AllowedUses = '[Workload Tunnel]' (IPPool allowed use cannot be changed from LoadBalacer to Workload or Tunnel)",
    );
  });

  test("may be written differently, and take what is filled in", async () => {
    await datastore.create(pool("old", "fd00:0:0::/64"));
    const changed = pool("old", "fd00:0::/64", { natOutgoing: true, blockSize: 122 });
    expect(await outcome(client.update(changed))).toBe("done");
    expect(await storedSpec(changed)).toMatchObject({ cidr: "fd00::/64", natOutgoing: true });
  });

  test("in a directory is what people make it", async () => {
    const people = new Client(datastore, "file");
    expect(await outcome(people.create(pool("p2", "10.1.0.0/17")))).toBe("done");
    expect(await outcome(people.update(pool("p1", "10.7.0.0/16")))).toBe("done");
  });
});

test.each(["NetworkPolicy", "GlobalNetworkPolicy", "StagedNetworkPolicy", "StagedGlobalNetworkPolicy"])(
  "a %s needs its tier",
  async (kind) => {
    const policy = calico(kind, "p", { tier: "t" }, kind.includes("Global") ? {} : { namespace: "n" });
    expect(await outcome(client.apply(policy))).toMatch(/^resource does not exist: Tier\(t\) with error: /);
    await client.create(calico("Tier", "t", {}));
    expect(await outcome(client.apply(policy))).toBe("done");
  },
);

test("a version says what is to be replaced, and nothing new has one; an apply does not mind", async () => {
  const made = calico("GlobalNetworkSet", "s", { nets: ["10.0.0.0/8"] }, { resourceVersion: "5" });
  expect(await outcome(client.create(made))).toBe(
    "error with field Metadata.ResourceVersion = '5' (field must not be set for a Create request)",
  );
  expect(await outcome(client.apply(made))).toBe("done");
});

describe("what goes with", () => {
  /** A block of four addresses: the first `taken` have the handle. */
  function block(base: string, affinity: string | undefined, taken: number, handle = "h"): Resource {
    const ordinals = [0, 1, 2, 3];
    return calico("IPAMBlock", `${base.replaceAll(".", "-")}-30`, {
      cidr: `${base}/30`,
      ...(affinity === undefined ? {} : { affinity, affinityClaimTime: "2026-08-01T00:00:00Z" }),
      allocations: ordinals.map((ordinal) => (ordinal < taken ? 0 : null)),
      unallocated: ordinals.slice(taken),
      attributes: taken === 0 ? [] : [{ handle_id: handle, secondary: {} }],
      sequenceNumber: 7,
      sequenceNumberForAllocation: {},
    });
  }
  const claim = (base: string, node: string, type = "host") =>
    calico("BlockAffinity", `${node}-${base.replaceAll(".", "-")}-30`, {
      ...{ cidr: `${base}/30`, node, type, state: "confirmed", deleted: false },
    });
  const names = async (kind: string) =>
    (await listKind(datastore, kind)).items.map(({ key }) => key.name).sort();

  test("a pool: the claims of hosts on its blocks, and blocks without addresses", async () => {
    for (const one of [
      pool("p", "10.1.0.0/24", { blockSize: 30 }),
      block("10.1.0.0", "host:n1", 2),
      claim("10.1.0.0", "n1"),
      block("10.1.0.4", "host:n1", 0),
      claim("10.1.0.4", "n1"),
      // Windows hosts keep addresses of every block.
      block("10.1.0.8", "host:w1", 2, "windows-reserved-ipam-handle"),
      claim("10.1.0.8", "w1"),
      // One of two claims is not true any more.
      block("10.1.0.12", "host:n1", 1),
      claim("10.1.0.12", "n1"),
      claim("10.1.0.12", "n2"),
      block("10.1.0.16", "virtual:load-balancer", 0),
      claim("10.1.0.16", "load-balancer", "virtual"),
      block("10.2.0.0", "host:n1", 0),
      claim("10.2.0.0", "n1"),
    ])
      await datastore.create(one);
    await client.delete(keyOf(pool("p", "")), undefined);
    expect(await names("IPPool")).toEqual([]);
    expect(await names("BlockAffinity")).toEqual(["n1-10-2-0-0-30"]);
    expect(await names("IPAMBlock")).toEqual(["10-1-0-0-30", "10-1-0-12-30", "10-2-0-0-30"]);
    const { affinity, affinityClaimTime, allocations, sequenceNumber } = await storedSpec(
      block("10.1.0.0", undefined, 2),
    );
    expect({ affinity, affinityClaimTime, allocations, sequenceNumber }).toEqual({
      ...{ affinity: null, affinityClaimTime: undefined },
      ...{ allocations: [0, 0, null, null], sequenceNumber: 8 },
    });
  });

  test("a pool of another version: nothing", async () => {
    const { resourceVersion } = await client.create(pool("p", "10.1.0.0/24"));
    await client.update(pool("p", "10.1.0.0/24", { natOutgoing: true }));
    expect(await outcome(client.delete(keyOf(pool("p", "")), resourceVersion))).toMatch(
      /^update conflict: IPPool\(p\)/,
    );
    expect(await storedSpec(pool("p", ""))).not.toHaveProperty("disabled");
  });

  const endpoint = (node: string, pod: string, ip: string) =>
    calico(
      "WorkloadEndpoint",
      `${node}-k8s-${pod}-eth0`,
      { node, ipNetworks: [`${ip}/32`] },
      { namespace: "d" },
    );
  const node = (name: string, tunnel: string) => calico("Node", name, { ipv4VXLANTunnelAddr: tunnel });
  const OF_NODE = [
    node("n1", "10.1.0.1"),
    node("n2", "10.1.0.5"),
    endpoint("n1", "web", "10.1.0.0"),
    endpoint("n2", "db", "10.1.0.4"),
    block("10.1.0.0", "host:n1", 3),
    claim("10.1.0.0", "n1"),
    block("10.1.0.4", "host:n2", 2),
    claim("10.1.0.4", "n2"),
    calico("BGPPeer", "of-n1", { node: "n1" }),
    calico("BGPPeer", "of-n2", { node: "n2" }),
    calico("BGPPeer", "of-all", {}),
    calico("FelixConfiguration", "node.n1", {}),
    calico("FelixConfiguration", "default", {}),
    calico("BGPConfiguration", "node.n1", {}),
    calico("HostEndpoint", "of-n1", { node: "n1" }),
    calico("HostEndpoint", "of-n2", { node: "n2" }),
  ];

  test("a node: all that is of it alone", async () => {
    for (const one of OF_NODE) await datastore.create(one);
    await client.delete(keyOf(node("n1", "")), undefined);
    expect(await names("Node")).toEqual(["n2"]);
    expect(await names("WorkloadEndpoint")).toEqual(["n2-k8s-db-eth0"]);
    expect(await names("BlockAffinity")).toEqual(["n2-10-1-0-4-30"]);
    expect(await names("BGPPeer")).toEqual(["of-all", "of-n2"]);
    expect(await names("FelixConfiguration")).toEqual(["default"]);
    expect(await names("BGPConfiguration")).toEqual([]);
    expect(await names("HostEndpoint")).toEqual(["of-n2"]);
    // Of its addresses only the one that is neither its tunnel's nor an endpoint's.
    expect((await storedSpec(block("10.1.0.0", undefined, 0))).allocations).toEqual([null, null, 0, null]);
    expect((await storedSpec(block("10.1.0.4", undefined, 0))).allocations).toEqual([0, 0, null, null]);
  });

  test("a node that has gone: what is left of it", async () => {
    for (const one of OF_NODE.filter(({ metadata }) => metadata.name !== "n1")) await datastore.create(one);
    expect(await outcome(client.delete(keyOf(node("n1", "")), undefined))).toMatch(
      /^resource does not exist: Node\(n1\)/,
    );
    expect(await names("HostEndpoint")).toEqual(["of-n2"]);
    expect(await names("WorkloadEndpoint")).toEqual(["n2-k8s-db-eth0"]);
  });

  test("a node of another version: nothing", async () => {
    for (const one of OF_NODE) await datastore.create(one);
    expect(await outcome(client.delete(keyOf(node("n1", "")), "9999"))).toMatch(
      /^update conflict: Node\(n1\)/,
    );
    expect(await names("HostEndpoint")).toEqual(["of-n1", "of-n2"]);
  });
});
