import { describe, expect, test } from "vitest";
import type { ModelObject } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import * as make from "../../ir/testing/objects.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import {
  hostEndpointFor,
  interfacesOfHost,
  isOwnAddress,
  isWorkloadInterface,
  markedSources,
  ownAddresses,
  routedTo,
  servedWorkloads,
  withoutFloatingIp,
  workloadAt,
  workloadOn,
} from "./host.ts";
import { hostOf, NODE, OWN_NODE } from "./testing/host.ts";
import type { HostPolicy } from "./verdict.ts";

function pod(name: string, interfaceName: string, addresses: readonly string[], given = {}) {
  return make.pod(NODE, `demo/${name}`, { interfaceName, addresses: addresses.map(make.cidr), ...given });
}

describe("which host endpoint polices an interface", () => {
  const named = make.hostEndpoint(NODE, "named", { interfaceName: "eth0" });
  const byAddress = make.hostEndpoint(NODE, "by-address", {
    interfaceName: "",
    expectedIps: [make.ip("fd16::11")],
  });
  const wild = make.hostEndpoint(NODE, "wild", { interfaceName: "*" });

  function chosen(
    endpoints: readonly ModelObject[],
    interfaceName = "eth0",
    policy: HostPolicy = "host",
  ): string | undefined {
    return hostEndpointFor(hostOf([OWN_NODE, ...endpoints]), interfaceName, policy)?.name;
  }

  test("its own, by name or by any of its addresses", () => {
    expect(chosen([named])).toBe("named");
    expect(chosen([byAddress])).toBe("by-address");
    expect(chosen([named], "eth1")).toBeUndefined();
    expect(chosen([byAddress], "eth1")).toBeUndefined();
  });

  test("one with a name is never found by address", () => {
    const other = { ...named, interfaceName: "eth1", expectedIps: [make.ip("172.16.1.11")] };
    expect(chosen([other])).toBeUndefined();
  });

  test("of several the first by name, however it was found", () => {
    expect(chosen([named, byAddress])).toBe("by-address");
    expect(chosen([named, { ...byAddress, name: "other", key: "other" }])).toBe("named");
    const second = { ...wild, name: "all", key: "all" };
    expect(chosen([wild, second])).toBe("all");
  });

  test("the one for all interfaces only where there is no other", () => {
    expect(chosen([wild, named])).toBe("named");
    expect(chosen([wild, named], "eth1")).toBe("wild");
    expect(chosen([wild], "lo")).toBe("wild");
  });

  test("none of another node", () => {
    expect(chosen([make.hostEndpoint("n2", "other", { interfaceName: "eth0" })])).toBeUndefined();
    expect(chosen([make.hostEndpoint("n2", "other", { interfaceName: "*" })])).toBeUndefined();
  });

  test.each([
    ["untracked", undefined, undefined],
    ["pre-dnat", "wild", "wild"],
    ["forward", "wild", "wild"],
    ["host", "wild", undefined],
  ] as const)("the one for all interfaces and %s policy", (policy, onHost, onWorkload) => {
    expect(chosen([wild], "eth0", policy)).toBe(onHost);
    expect(chosen([wild], "cali-a", policy)).toBe(onWorkload);
  });

  test("a workload's interface has none of its own, whatever one is called", () => {
    const onWorkload = make.hostEndpoint(NODE, "odd", { interfaceName: "cali-a" });
    expect(chosen([onWorkload], "cali-a", "forward")).toBeUndefined();
    expect(chosen([onWorkload, wild], "cali-a", "forward")).toBe("wild");
  });
});

describe("served workloads", () => {
  const served = (objects: readonly ModelObject[], settings: Partial<FelixSettings> = {}) =>
    servedWorkloads(hostOf(objects, settings)).map(({ workload }) => workload);

  test("are those of the node with an address and an interface", () => {
    const objects = [
      pod("here", "cali-a", ["10.0.0.1"]),
      pod("finished", "cali-b", []),
      pod("without", "", ["10.0.0.3"]),
      make.pod("n2", "demo/there", { interfaceName: "cali-c" }),
    ];
    expect(served(objects)).toEqual(["demo/here"]);
  });

  test("on one interface the first by orchestrator, workload and endpoint", () => {
    const a = pod("a", "cali-a", ["10.0.0.1"]);
    const b = pod("b", "cali-a", ["10.0.0.2"]);
    expect(served([b, a])).toEqual(["demo/a"]);
    const cni = { ...b, orchestrator: "cni", key: `${NODE}/cni/demo/b/eth0` };
    expect(served([a, cni])).toEqual(["demo/b"]);
    const host = hostOf([{ ...a, endpoint: "eth1", key: `${NODE}/k8s/demo/a/eth1` }, a]);
    expect(workloadOn(host, "cali-a")?.endpoint).toBe("eth0");
  });

  test("may claim foreign sources only where the node allows it", () => {
    const claiming = pod("a", "cali-a", ["10.0.0.1"], { allowedSpoofSources: [make.cidr("192.0.2.0/24")] });
    expect(served([claiming])).toEqual([]);
    expect(served([claiming], { workloadSourceSpoofing: "Any" })).toEqual(["demo/a"]);
    // What is not served shadows nobody.
    expect(served([claiming, pod("b", "cali-a", ["10.0.0.2"])])).toEqual(["demo/b"]);
  });
});

describe("addresses of workloads", () => {
  const pairs = [{ internal: make.ip("10.0.0.1"), external: make.ip("198.51.100.1") }];
  const a = pod("a", "cali-z", ["10.0.0.1", "10.0.0.9", "fd00::1"], { floatingIps: pairs });
  const b = pod("b", "cali-y", ["10.0.0.2", "10.0.0.9"]);
  const routed = (settings: Partial<FelixSettings>) => {
    const host = hostOf([a, b], settings);
    return [a, b].map((workload) => routedTo(host, workload).map(formatCidr));
  };

  test("lead to the first interface that has them, floating ones where they are enabled", () => {
    const [ofA, ofB] = [
      ["10.0.0.1/32", "fd00::1/128"],
      ["10.0.0.2/32", "10.0.0.9/32"],
    ];
    expect(routed({})).toEqual([ofA, ofB]);
    expect(routed({ floatingIps: true })).toEqual([[...ofA!, "198.51.100.1/32"], ofB]);
  });

  test("tell whose a destination is", () => {
    const host = hostOf([a, b], { floatingIps: true });
    const whose = (text: string) => workloadAt(host, make.ip(text))?.workload;
    expect(["10.0.0.1", "10.0.0.9", "198.51.100.1", "fd00::1", "10.0.0.3"].map(whose)).toEqual([
      "demo/a",
      "demo/b",
      "demo/a",
      "demo/a",
      undefined,
    ]);
  });

  test("take the place of floating ones, where they are enabled", () => {
    const resolved = (settings: Partial<FelixSettings>, text: string) =>
      formatIp(withoutFloatingIp(hostOf([a, b], settings), make.ip(text)));
    expect(resolved({ floatingIps: true }, "198.51.100.1")).toBe("10.0.0.1");
    expect(resolved({ floatingIps: true }, "198.51.100.2")).toBe("198.51.100.2");
    expect(resolved({}, "198.51.100.1")).toBe("198.51.100.1");
  });
});

describe("the host's own", () => {
  test("addresses: all that its node tells, and the loopback networks", () => {
    const node = make.node(NODE, {
      bgp: { ...make.speaker("172.16.1.11/24"), ipipTunnelAddress: make.ip("10.1.0.1") },
      vxlanTunnelAddress4: make.ip("10.1.0.2"),
      vxlanTunnelAddress6: make.ip("fd01::2"),
      wireguard: {
        address4: make.ip("10.1.0.3"),
        address6: make.ip("fd01::3"),
        publicKey4: undefined,
        publicKey6: undefined,
      },
      addresses: [{ ip: make.ip("192.0.2.1"), type: "InternalIP" }],
      interfaces: [{ name: "eth1", addresses: [{ ip: make.ip("192.0.2.2"), length: 32 }] }],
    });
    expect(
      ownAddresses(hostOf([node]))
        .map(formatCidr)
        .toSorted(),
    ).toEqual([
      "10.1.0.1/32",
      "10.1.0.2/32",
      "10.1.0.3/32",
      "127.0.0.0/8",
      "172.16.1.11/32",
      "192.0.2.1/32",
      "192.0.2.2/32",
      "::1/128",
      "fd01::2/128",
      "fd01::3/128",
    ]);
    const isOwn = (text: string) => isOwnAddress(hostOf([node]), make.ip(text));
    expect(["127.9.9.9", "10.1.0.2", "172.16.1.12"].map(isOwn)).toEqual([true, true, false]);
  });

  test("addresses where nothing is known of the node: the loopback networks", () => {
    expect(ownAddresses(hostOf([])).map(formatCidr)).toEqual(["127.0.0.0/8", "::1/128"]);
  });

  test("interfaces: those that its node and its endpoints name", () => {
    const endpoints = ["*", "", "bond0"].map((interfaceName, i) =>
      make.hostEndpoint(NODE, `h${i}`, { interfaceName }),
    );
    expect(interfacesOfHost(hostOf([OWN_NODE, ...endpoints])).toSorted()).toEqual(["bond0", "eth0"]);
  });

  test("interfaces are not workloads', which begin with one of the prefixes", () => {
    const host = hostOf([], { interfacePrefixes: ["cali", "tap"] });
    const names = ["cali1", "tap1", "eth0", "xcali"];
    expect(names.filter((name) => isWorkloadInterface(host, name))).toEqual(["cali1", "tap1"]);
  });

  test("endpoints that ask for it have their packets marked, and those of workloads", () => {
    const qos = { ingress: {}, egress: {}, dscp: 10 };
    const host = hostOf([
      pod("a", "cali-a", ["10.0.0.1"], { qos }),
      pod("b", "cali-b", ["10.0.0.2"]),
      make.hostEndpoint(NODE, "marked", { expectedIps: [make.ip("172.16.1.11")], dscp: 12 }),
      make.hostEndpoint(NODE, "plain", { expectedIps: [make.ip("172.16.1.12")] }),
      make.hostEndpoint("n2", "other", { expectedIps: [make.ip("172.16.1.13")], dscp: 12 }),
    ]);
    expect(markedSources(host).map(formatCidr)).toEqual(["10.0.0.1/32", "172.16.1.11/32"]);
  });
});
