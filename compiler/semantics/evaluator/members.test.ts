import { describe, expect, test } from "vitest";
import type { ModelObject } from "../../ir/cluster-model.ts";
import { DEFAULT_FELIX_SETTINGS, type FelixSettings } from "../../ir/felix-config.ts";
import * as make from "../../ir/testing/objects.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { SCTP, TCP, UDP } from "../condition.ts";
import {
  addressesOfService,
  hosts,
  type ModelSet,
  ModelSets,
  membership,
  namedPort,
  pools,
  portsOfService,
  selected,
} from "./members.ts";
import { modelOf } from "./testing/cluster.ts";

const http = { name: "http", protocol: TCP, port: 80 };
const dns = (protocol: number, port: number) => ({ name: "dns", protocol, port });

const MODEL = modelOf(
  make.profile("kns.red", { labelsToApply: { color: "red" } }),
  make.pod("n1", "red/a", {
    profiles: ["kns.red"],
    addresses: [make.cidr("10.0.0.1"), make.cidr("fd00::1")],
    ports: [http, dns(UDP, 53), dns(TCP, 54)],
  }),
  make.pod("n2", "blue/b", {
    labels: { color: "blue" },
    addresses: [make.cidr("10.0.0.2")],
    ports: [{ ...http, port: 8080 }, dns(SCTP, 55)],
  }),
  make.hostEndpoint("n3", "eth0", {
    labels: { color: "red" },
    expectedIps: [make.ip("172.16.1.1")],
    ports: [{ ...http, port: 8088 }],
  }),
  make.networkSet("nets", { labels: { color: "red" }, nets: [make.cidr("192.0.2.0/24")] }),
);

function wordsOf(set: ModelSet, model = MODEL): readonly string[] {
  const { nets, triples } = new ModelSets(model).contents(set);
  return [
    ...nets.map(formatCidr),
    ...triples.map(({ ip, protocol, port }) => `${formatIp(ip)},${protocol}:${port}`),
  ].toSorted();
}

const red = make.selector("color == 'red'");
const blue = make.selector("color == 'blue'");

describe("what a selector selects", () => {
  test("endpoints of all nodes and network sets, by inherited labels, too", () => {
    expect(wordsOf(selected({ selector: red }))).toEqual([
      "10.0.0.1/32",
      "172.16.1.1/32",
      "192.0.2.0/24",
      "fd00::1/128",
    ]);
  });

  test("without what the negative one selects", () => {
    const all = make.selector("all()");
    expect(wordsOf(selected({ selector: all, notSelector: red }))).toEqual(["10.0.0.2/32"]);
    expect(wordsOf(selected({ selector: red, notSelector: all }))).toEqual([]);
  });

  test("equal selectors have equal keys, others have others", () => {
    const spelled = make.selector(' color  ==  "red" ');
    expect(selected({ selector: spelled }).key).toBe(selected({ selector: red }).key);
    const keys = [{ selector: red }, { selector: blue }, { selector: red, notSelector: blue }, {}].map(
      (chosen) => selected(chosen).key,
    );
    expect(new Set(keys).size).toBe(4);
  });
});

describe("named ports", () => {
  test("of one protocol", () => {
    expect(wordsOf(namedPort({ selector: undefined, notSelector: undefined }, "dns", UDP))).toEqual([
      "10.0.0.1,17:53",
      "fd00::1,17:53",
    ]);
  });

  test("of any protocol", () => {
    expect(wordsOf(namedPort({ selector: undefined, notSelector: undefined }, "dns", undefined))).toEqual([
      "10.0.0.1,17:53",
      "10.0.0.1,6:54",
      "10.0.0.2,132:55",
      "fd00::1,17:53",
      "fd00::1,6:54",
    ]);
  });

  test("of what is selected, host endpoints among them", () => {
    expect(wordsOf(namedPort({ selector: red, notSelector: undefined }, "http", TCP))).toEqual([
      "10.0.0.1,6:80",
      "172.16.1.1,6:8088",
      "fd00::1,6:80",
    ]);
  });

  test("a negative selector alone takes none away, beside a positive one it does", () => {
    expect(wordsOf(namedPort({ selector: undefined, notSelector: red }, "http", TCP))).toHaveLength(4);
    const all = make.selector("all()");
    expect(wordsOf(namedPort({ selector: all, notSelector: red }, "http", TCP))).toEqual(["10.0.0.2,6:8080"]);
  });
});

describe("services", () => {
  const model = modelOf(
    make.slice("shop", "web-1", {
      service: "web",
      endpoints: [
        { addresses: [make.ip("10.0.0.1")], ready: true, node: "n1" },
        { addresses: [make.ip("10.0.0.2")], ready: false, node: undefined },
      ],
      ports: [
        { name: "http", protocol: TCP, port: 80 },
        { name: "all", protocol: TCP, port: undefined },
      ],
    }),
    make.slice("shop", "web-2", {
      service: "web",
      endpoints: [{ addresses: [make.ip("10.0.0.3")], ready: true, node: undefined }],
      ports: [{ name: "dns", protocol: UDP, port: 53 }],
    }),
    make.slice("ops", "web-3", {
      service: "web",
      endpoints: [{ addresses: [make.ip("10.0.0.4")], ready: true, node: undefined }],
    }),
  );
  const web = { namespace: "shop", name: "web" };

  test("are the addresses of all their slices, ready or not", () => {
    expect(wordsOf(addressesOfService(web), model)).toEqual(["10.0.0.1/32", "10.0.0.2/32", "10.0.0.3/32"]);
  });

  test("with ports, each slice's addresses go with its own ports", () => {
    expect(wordsOf(portsOfService(web), model)).toEqual(["10.0.0.1,6:80", "10.0.0.2,6:80", "10.0.0.3,17:53"]);
  });

  test("that nobody serves are empty", () => {
    expect(wordsOf(portsOfService({ namespace: "shop", name: "none" }), model)).toEqual([]);
  });
});

describe("hosts", () => {
  const nodes = [1, 2].map((number) =>
    make.node(`n${number}`, {
      bgp: { ...make.speaker(`172.16.1.${number}/24`), ipv6: { ip: make.ip(`fd16::${number}`), length: 64 } },
      vxlanTunnelAddress4: number === 1 ? make.ip("10.1.0.1") : undefined,
      vxlanTunnelAddress6: number === 2 ? make.ip("fd01::2") : undefined,
    }),
  );
  const externalNodesCidrs = [make.cidr("198.51.100.0/24"), make.cidr("2001:db8::/64")];
  const vxlan = { vxlanMode: "Always" } as const;
  const of = (withVxlan: boolean, objects: readonly ModelObject[], given: Partial<FelixSettings> = {}) =>
    wordsOf(
      hosts({ ...DEFAULT_FELIX_SETTINGS, externalNodesCidrs, ...given }, withVxlan),
      modelOf(...nodes, ...objects),
    );

  test("are every node's addresses and those outside the cluster", () => {
    expect(of(false, [])).toEqual([
      "172.16.1.1/32",
      "172.16.1.2/32",
      "198.51.100.0/24",
      "2001:db8::/64",
      "fd16::1/128",
      "fd16::2/128",
    ]);
  });

  test("without BGP are known by their internal address, or by their external one", () => {
    const external = { ip: make.ip("192.0.2.3"), type: "ExternalIP" };
    const both = make.node("n3", {
      addresses: [external, { ip: make.ip("172.16.1.3"), type: "InternalIP" }],
    });
    const one = make.node("n4", { addresses: [external], vxlanTunnelAddress4: make.ip("10.1.0.4") });
    const v6 = { bgp: make.speaker("fd16::5/64"), vxlanTunnelAddress4: make.ip("10.1.0.5") };
    const v6Only = make.node("n5", { ...v6, addresses: [external] });
    const bare = make.node("n6", {
      bgp: { ...make.speaker("172.16.1.9/24"), ipv4: undefined, asNumber: 65001 },
      addresses: [{ ip: make.ip("172.16.1.6"), type: "InternalIP" }],
    });
    const given = { externalNodesCidrs: [], vxlanEnabled: true };
    const wanted = ["172.16.1.3/32", "172.16.1.6/32", "192.0.2.3/32", "192.0.2.3/32", "fd16::5/128"];
    const settings = { ...DEFAULT_FELIX_SETTINGS, ...given };
    expect(wordsOf(hosts(settings, false), modelOf(both, one, v6Only, bare))).toEqual(wanted);
    expect(wordsOf(hosts(settings, true), modelOf(both, one, v6Only))).toEqual(["192.0.2.3/32"]);
  });

  test("with a VXLAN tunnel, in the IP versions that have VXLAN", () => {
    expect(of(true, [])).toEqual([]);
    expect(of(true, [make.pool("v4", "10.0.0.0/16", vxlan)])).toEqual(["172.16.1.1/32", "198.51.100.0/24"]);
    expect(of(true, [make.pool("v6", "fd00::/64", vxlan)])).toEqual(["2001:db8::/64", "fd16::2/128"]);
  });

  test("the setting decides in IPv4, the pools alone in IPv6", () => {
    const v6 = make.pool("v6", "fd00::/64", vxlan);
    expect(of(true, [], { vxlanEnabled: true })).toEqual(["172.16.1.1/32", "198.51.100.0/24"]);
    expect(of(true, [v6], { vxlanEnabled: false })).toEqual(["2001:db8::/64", "fd16::2/128"]);
    expect(of(true, [make.pool("v4", "10.0.0.0/16", vxlan)], { vxlanEnabled: false })).toEqual([]);
  });

  test("a pool for load balancers only asks for no tunnel", () => {
    const pool = make.pool("lb", "10.0.0.0/16", { ...vxlan, allowedUses: ["LoadBalancer"] });
    expect(of(true, [pool])).toEqual([]);
  });
});

describe("pools", () => {
  const model = modelOf(
    make.pool("pods", "10.0.0.0/16", { natOutgoing: true }),
    make.pool("inside", "10.1.0.0/16"),
    make.pool("balancers", "10.2.0.0/16", { allowedUses: ["LoadBalancer"], natOutgoing: true }),
    make.pool("disabled", "fd00::/64", { disabled: true }),
  );

  test("hold pods unless they are for load balancers only", () => {
    expect(wordsOf(pools(false), model)).toEqual(["10.0.0.0/16", "10.1.0.0/16", "fd00::/64"]);
  });

  test("are masqueraded if they say so, those for load balancers, too", () => {
    expect(wordsOf(pools(true), model)).toEqual(["10.0.0.0/16", "10.2.0.0/16"]);
  });
});

describe("membership", () => {
  const isMember = membership(new ModelSets(MODEL));
  const at = (ip: string, port?: number, protocol = TCP) => ({ ip: make.ip(ip), protocol, port });

  test("of networks: whatever the port", () => {
    const set = selected({ selector: red });
    expect([at("192.0.2.255"), at("192.0.3.0"), at("10.0.0.1", 1)].map((one) => isMember(set, one))).toEqual([
      true,
      false,
      true,
    ]);
  });

  test("of ports: address, protocol and port together", () => {
    const set = namedPort({ selector: red, notSelector: undefined }, "http", TCP);
    const probes = [at("10.0.0.1", 80), at("10.0.0.1", 81), at("10.0.0.1", 80, UDP), at("10.0.0.1")];
    expect(probes.map((one) => isMember(set, one))).toEqual([true, false, false, false]);
  });

  test("of listed networks: those", () => {
    const set: ModelSet = {
      key: "some",
      withPorts: false,
      meaning: { kind: "listed", nets: [make.cidr("10.9.0.0/16")], triples: [] },
    };
    expect([at("10.9.1.1"), at("10.8.1.1")].map((one) => isMember(set, one))).toEqual([true, false]);
  });

  test("is not known of sets that no resource defines", () => {
    expect(() => isMember({ key: "cali40x", withPorts: false }, at("10.0.0.1"))).toThrow(/cali40x/);
  });
});
