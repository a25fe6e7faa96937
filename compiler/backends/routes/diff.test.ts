import { describe, expect, test } from "vitest";
import {
  EMPTY_ROUTING,
  type RouteState,
  type RoutingChange,
  type RoutingState,
} from "../../dataplane/routing.ts";
import { cidr, ip } from "../../engine/routing/testing.ts";
import { diffRouting } from "./diff.ts";

const LINK = {
  kind: "vxlan",
  name: "vxlan.calico",
  vni: 4096,
  port: 4789,
  local: ip("10.0.0.1"),
  parent: "eth0",
  mac: "66:00:00:00:00:01",
  mtu: 1450,
  note: "",
} as const;
const ADDRESS = {
  dev: "vxlan.calico",
  ip: ip("192.168.1.0"),
  length: 32,
  scope: "global",
  note: "",
} as const;
const NEIGHBOUR = { dev: "vxlan.calico", ip: ip("192.168.2.0"), mac: "66:00:00:00:00:02", note: "" };
const FDB = { dev: "vxlan.calico", mac: "66:00:00:00:00:02", destination: ip("10.0.0.2"), note: "" };
const RULE = { version: 4, priority: 99, not: true, mark: 1, mask: 1, table: 1, note: "" } as const;

function route(destination: string, fields: Partial<RouteState> = {}): RouteState {
  return {
    table: 254,
    destination: cidr(destination),
    metric: 0,
    target: { kind: "gateway", gateway: ip("192.168.2.0"), dev: "vxlan.calico", onlink: true },
    protocol: 3,
    mtu: 1450,
    source: undefined,
    note: "",
    ...fields,
  };
}

function state(parts: Partial<RoutingState>): RoutingState {
  return { ...EMPTY_ROUTING, ...parts };
}

const TUNNEL = state({
  links: [LINK],
  addresses: [ADDRESS],
  neighbours: [NEIGHBOUR],
  fdb: [FDB],
  rules: [RULE],
  routes: [route("192.168.2.0/26")],
});

function steps(changes: readonly RoutingChange[]): readonly string[] {
  return changes.map(({ op, object }) => `${op} ${object.kind}`);
}

describe("diff", () => {
  test("of equal states is empty, whatever their headings", () => {
    const renamed = { ...TUNNEL, routes: TUNNEL.routes.map((r) => ({ ...r, note: "Pool p" })) };
    expect(diffRouting(TUNNEL, renamed)).toEqual([]);
  });

  test("builds from the device up, and takes down the other way", () => {
    const up = steps(diffRouting(EMPTY_ROUTING, TUNNEL));
    expect(up).toEqual(["add link", "add address", "add neighbour", "add fdb", "add route", "add rule"]);
    const down = steps(diffRouting(TUNNEL, EMPTY_ROUTING));
    expect(down).toEqual(up.toReversed().map((step) => step.replace("add", "delete")));
  });

  test("replaces routes before it deletes any", () => {
    const before = state({ routes: [route("192.168.2.0/26"), route("192.168.3.0/26")] });
    const after = state({ routes: [route("192.168.3.0/26", { mtu: 1400 }), route("192.168.4.0/26")] });
    expect(diffRouting(before, after)).toMatchObject([
      { op: "replace", object: { value: { mtu: 1400 } }, was: { value: { mtu: 1450 } } },
      { op: "add", object: { value: { destination: cidr("192.168.4.0/26") } } },
      { op: "delete", object: { value: { destination: cidr("192.168.2.0/26") } } },
    ]);
  });

  test("a route with another metric is another route", () => {
    const before = state({ routes: [route("192.168.2.0/26")] });
    const after = state({ routes: [route("192.168.2.0/26", { metric: 1024 })] });
    expect(steps(diffRouting(before, after))).toEqual(["add route", "delete route"]);
  });

  test("a device that must be made anew takes all that is on it along", () => {
    const after = { ...TUNNEL, links: [{ ...LINK, vni: 5 }] };
    expect(steps(diffRouting(TUNNEL, after))).toEqual([
      "recreate link",
      "add address",
      "add neighbour",
      "add fdb",
      "add route",
    ]);
  });

  test("an MTU is changed in place", () => {
    expect(steps(diffRouting(TUNNEL, { ...TUNNEL, links: [{ ...LINK, mtu: 1400 }] }))).toEqual([
      "replace link",
    ]);
  });

  test("a foreign device under our name is replaced", () => {
    const before = state({ links: [{ kind: "other", name: "vxlan.calico", linkKind: "dummy", note: "" }] });
    expect(steps(diffRouting(before, state({ links: [LINK] })))).toEqual(["recreate link"]);
  });

  test("what is left to the kernel fits what the kernel chose", () => {
    const open = { kind: "gateway", gateway: ip("10.0.0.2"), dev: undefined, onlink: false } as const;
    const wanted = state({
      links: [{ ...LINK, mtu: undefined, parent: undefined }],
      routes: [route("192.168.2.0/26", { target: open })],
    });
    const there = state({
      links: [LINK],
      routes: [route("192.168.2.0/26", { target: { ...open, dev: "eth0" } })],
    });
    expect(diffRouting(there, wanted)).toEqual([]);
  });

  test("tunl0 is never deleted, and sysctls are never unset", () => {
    const before = state({
      links: [{ kind: "ipip", name: "tunl0", mtu: 1480, note: "" }],
      sysctls: [{ key: "net/ipv4/ip_forward", value: "1", tolerateFailure: false, note: "" }],
    });
    expect(diffRouting(before, EMPTY_ROUTING)).toEqual([]);
    const changed = state({
      sysctls: [{ key: "net/ipv4/ip_forward", value: "0", tolerateFailure: true, note: "" }],
    });
    expect(steps(diffRouting(before, changed))).toEqual(["replace sysctl"]);
  });

  test("a forwarding entry to another node is replaced, and so is a peer with other networks", () => {
    const peer = {
      dev: "wireguard.cali",
      publicKey: "k",
      endpoint: ip("10.0.0.2"),
      port: 51820,
      allowedIps: [cidr("192.168.2.0/26")],
      keepAlive: 0,
      note: "",
    };
    const before = state({ fdb: [FDB], peers: [peer] });
    const after = state({
      fdb: [{ ...FDB, destination: ip("10.0.0.3") }],
      peers: [{ ...peer, allowedIps: [cidr("192.168.3.0/26")] }],
    });
    expect(steps(diffRouting(before, after))).toEqual(["replace fdb", "replace peer"]);
    expect(diffRouting(after, after)).toEqual([]);
  });
});
