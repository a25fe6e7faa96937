import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BirdChange, BirdConfig } from "../../dataplane/bird.ts";
import { bgpObjects } from "../../engine/bgp/testing/arbitrary.ts";
import { bgpNode, filterRule, speakerOf } from "../../engine/bgp/testing/cluster.ts";
import type { ModelObject } from "../../ir/cluster-model.ts";
import { bgpConfig, bgpFilter, bgpPeer, block, cidr, ip, pool } from "../../ir/testing/objects.ts";
import { formatCidr } from "../../net/cidr.ts";
import { diffBird } from "./diff.ts";
import { emitBird } from "./emit.ts";
import { printBird } from "./print.ts";

const NODES = [bgpNode("a", "10.0.0.1/24"), bgpNode("b", "10.0.0.2/24")];
const TOR = { peerIp: ip("10.0.0.254"), asNumber: 65000 };
const BASE = [
  ...NODES,
  pool("p", "10.65.0.0/16"),
  block("10.65.0.0/26", { affinity: "a" }),
  bgpFilter("f", {
    importV4: [filterRule({ cidr: cidr("0.0.0.0/0"), matchOperator: "Equal", action: "reject" })],
  }),
  bgpPeer("tor", { ...TOR, filters: ["f"] }),
];

function configOf(objects: readonly ModelObject[]): BirdConfig {
  const config = emitBird(speakerOf(objects, "a"), () => {});
  if (config === undefined) throw new Error("no daemon");
  return config;
}

/** The base with objects replaced by key, or added. */
function withObjects(...objects: readonly ModelObject[]): readonly ModelObject[] {
  return [
    ...new Map([...BASE, ...objects].map((object) => [`${object.kind} ${object.key}`, object])).values(),
  ];
}

function changes(...objects: readonly ModelObject[]): readonly string[] {
  return diffBird(configOf(BASE), configOf(withObjects(...objects))).map(describeChange);
}

function describeChange(change: BirdChange): string {
  switch (change.kind) {
    case "daemon":
      return `daemon ${change.op}`;
    case "global":
      return `${change.field} ${change.effect}`;
    case "static-route":
      return `${change.protocol} ${change.op} ${formatCidr(change.cidr)}`;
    case "peer":
      return `${change.op} ${change.name} ${[...change.options, change.effect].join(" ")}`;
    case "protocol":
    case "routine":
      return `${change.op} ${change.name} ${change.effect}`;
  }
}

test("a channel that carries other paths restarts its sessions (routing-bgp.md §4.2)", () => {
  const config = configOf(BASE);
  const without = config.protocols.map((protocol) =>
    protocol.kind === "bgp-template"
      ? { ...protocol, channel: { ...protocol.channel, addPaths: false } }
      : protocol,
  );
  const found = diffBird({ ...config, protocols: without }, config);
  expect(found.map(({ effect }) => effect)).toEqual(
    config.protocols.filter(({ kind }) => kind === "bgp").map(() => "restart"),
  );
  expect(found.length).toBeGreaterThan(0);
});

test("nothing from something to itself", () => {
  fc.assert(
    fc.property(bgpObjects, (objects) => {
      const [node] = objects.filter((object) => object.kind === "node");
      if (node === undefined) return;
      const config = emitBird(speakerOf(objects, node.key), () => {});
      const again = emitBird(speakerOf(objects.toReversed(), node.key), () => {});
      expect(diffBird(config, again)).toEqual([]);
    }),
    { numRuns: 50, seed: 5 },
  );
});

describe("peers", () => {
  test("added and removed, without any other session noticing", () => {
    expect(changes(bgpNode("c", "10.0.0.3/24"))).toEqual(["add Mesh_10_0_0_3 restart"]);
    expect(
      diffBird(configOf(withObjects(bgpNode("c", "10.0.0.3/24"))), configOf(BASE)).map(describeChange),
    ).toEqual(["remove Mesh_10_0_0_3 restart"]);
  });

  test.each<[string, Parameters<typeof bgpPeer>[1], string]>([
    [
      "password",
      { password: { namespace: "", name: "s", key: "k" } },
      "change Global_10_0_0_254 password restart",
    ],
    ["keepalive", { keepaliveTime: 20 }, "change Global_10_0_0_254 keepalive-time restart"],
    ["ttl security", { ttlSecurity: 1 }, "change Global_10_0_0_254 ttl-security multihop restart"],
    ["local AS", { localAsNumber: 64999 }, "change Global_10_0_0_254 local restart"],
    ["source address", { sourceAddress: "None" }, "change Global_10_0_0_254 source-address restart"],
    ["next hop", { nextHopMode: "Self" }, "change Global_10_0_0_254 reload"],
  ])("changed %s", (_title, given, expected) => {
    expect(changes(bgpPeer("tor", { ...TOR, filters: ["f"], ...given }))).toEqual([expected]);
  });

  test("a new port is a new session", () => {
    expect(changes(bgpPeer("tor", { ...TOR, filters: ["f"], peerPort: 1790 }))).toEqual([
      "add Global_10_0_0_254_port_1790 restart",
      "remove Global_10_0_0_254 restart",
    ]);
  });

  test("another resource name is no change", () => {
    const renamed = [...BASE.slice(0, -1), bgpPeer("renamed", { ...TOR, filters: ["f"] })];
    expect(diffBird(configOf(BASE), configOf(renamed))).toEqual([]);
  });
});

test("a filter reloads only the sessions that call it", () => {
  const filter = bgpFilter("f", { importV4: [filterRule({ action: "reject" })] });
  expect(changes(filter)).toEqual(["change bgp_f_importFilterV4 reload", "change Global_10_0_0_254 reload"]);
});

test("a block reloads what every session announces, and restarts none", () => {
  expect(changes(block("10.65.0.64/26", { affinity: "a" }))).toEqual([
    "blocks4 add 10.65.0.64/26",
    "change own_blocks4 reload",
    "change own_routes4 reload",
    "change Global_10_0_0_254 reload",
    "change Mesh_10_0_0_2 reload",
  ]);
});

test("the listen port, by way of the template, restarts every session", () => {
  const listen = changes(bgpConfig("node.a", { listenPort: 1790 }));
  expect(listen).toEqual(["change Global_10_0_0_254 local restart", "change Mesh_10_0_0_2 local restart"]);
});

test("log level and router id", () => {
  expect(changes(bgpConfig("default", { logSeverity: "Fatal" }))).toEqual([
    "log none",
    "change device1 none",
    "change direct1 none",
    "change Global_10_0_0_254 debug none",
    "change Mesh_10_0_0_2 debug none",
  ]);
  expect(
    diffBird(configOf(NODES), { ...configOf(NODES), routerId: { version: 4, value: 9 } }).map(describeChange),
  ).toEqual(["router-id restart"]);
});

test("the daemon starts and stops with spec.bgp", () => {
  expect(diffBird(undefined, configOf(BASE)).map(describeChange)).toEqual(["daemon start"]);
  expect(diffBird(configOf(BASE), undefined).map(describeChange)).toEqual(["daemon stop"]);
  expect(diffBird(undefined, undefined)).toEqual([]);
});

test("one peer more is a few lines more", () => {
  const lines = (objects: readonly ModelObject[]) =>
    printBird(configOf(objects), "a")[0]?.text.split("\n") ?? [];
  const before = new Set(lines(BASE));
  const after = lines(withObjects(bgpNode("c", "10.0.0.3/24")));
  expect(after.filter((line) => !before.has(line))).toEqual([
    "# Node mesh: node c",
    "protocol bgp Mesh_10_0_0_3 from bgp4 {",
    "  neighbor 10.0.0.3 as 64512;",
  ]);
  expect(after.length - lines(BASE).length).toBe(8);
});
