import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { block, endpoint, ip, node, pool, resolveFor, sampleCluster } from "../../engine/routing/testing.ts";
import type { ModelObject } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { RoutingIr } from "../../ir/routing-ir.ts";
import { ParseError } from "../backend.ts";
import { withoutNotes } from "./canonical.ts";
import { routesBackend } from "./index.ts";
import { isInterfaceName, isMac, isWireguardKey } from "./names.ts";
import { printRouting } from "./print.ts";
import { emit } from "./testing.ts";

const KEY = `${"A".repeat(43)}=`;

function resolve(objects: readonly ModelObject[], settings: Partial<FelixSettings> = {}): RoutingIr {
  return resolveFor("n1", objects, settings);
}

const EVERYTHING: Partial<FelixSettings> = {
  wireguardEnabled: true,
  wireguardEnabled6: true,
  wireguardKeepAlive: 25,
  vxlanMtu: 1450,
  ipipMtu: 1480,
  wireguardMtu: 1440,
  programClusterRoutes: "Enabled",
};

const size = fc.nat({ max: 4 });
const settings = fc.record<Partial<FelixSettings>>({
  wireguardEnabled: fc.boolean(),
  wireguardEnabled6: fc.boolean(),
  vxlanMtu: fc.constantFrom(0, 1400),
  deviceRouteProtocol: fc.constantFrom(3, 80, 200),
  deviceRouteSource4: fc.constantFrom(undefined, ip("10.0.0.1")),
  normalRoutePriority4: fc.constantFrom(1024, 7),
  normalRoutePriority6: fc.constantFrom(1024, 7),
  ipv6Support: fc.boolean(),
});

describe("print and parse", () => {
  test("give the same state back, headings and all, and the same bytes again", () => {
    fc.assert(
      fc.property(size, size, settings, (workloads, remotes, chosen) => {
        const { state } = emit(resolve(sampleCluster(workloads, remotes), chosen));
        const printed = printRouting(state, "n1");
        const parsed = routesBackend.parse(printed);
        expect(parsed).toEqual(state);
        expect(printRouting(parsed, "n1")).toEqual(printed);
      }),
      { numRuns: 100, seed: 4789 },
    );
  });

  test("only files with content", () => {
    const { state } = emit(resolve([node("n1", [])], { ipForwarding: false }));
    expect(printRouting(state, "n1").map(({ path }) => path)).toEqual(["sysctl.conf"]);
  });

  test("a new workload is one hunk of a file", () => {
    const before = printRouting(emit(resolve(sampleCluster(2, 2))).state, "n1");
    const after = printRouting(emit(resolve(sampleCluster(3, 2))).state, "n1");
    const added = (path: string): readonly string[] => {
      const old = before.find((a) => a.path === path)?.text.split("\n") ?? [];
      const lines = after.find((a) => a.path === path)?.text.split("\n") ?? [];
      const start = lines.findIndex((line, i) => line !== old[i]);
      const count = lines.length - old.length;
      expect([...lines.slice(0, start), ...lines.slice(start + count)]).toEqual(old);
      return lines.slice(start, start + count);
    };
    expect(added("ip.batch").filter((line) => line !== "")).toEqual([
      "# Workload shop/w2",
      "neigh replace 192.168.1.10 lladdr ee:ee:ee:ee:ee:12 dev caliw2 nud permanent",
      "route replace 192.168.1.10/32 dev caliw2 scope link metric 1024",
      "route replace fd00:1::10/128 dev caliw2",
    ]);
  });

  test("lines that are not ours are refused with their place", () => {
    const parse = (path: string, text: string) => () => routesBackend.parse([{ path, text }]);
    expect(parse("ip.batch", "# x\nroute flush table main\n")).toThrow("ip.batch:2: not a line of ours");
    expect(parse("ip.batch", "route replace 10.0.0.0/8 dev\n")).toThrow(ParseError);
    expect(parse("ip.batch", "route replace 10.0.0.0/8 dev x extra y\n")).toThrow("unknown word 'extra'");
    expect(parse("ip.batch", "link set eth0 up\n")).toThrow("without 'link add'");
    expect(parse("bridge.batch", "vlan add vid 1 dev eth0\n")).toThrow(ParseError);
    expect(parse("sysctl.conf", "net.ipv4.ip_forward=1\n")).toThrow(ParseError);
    expect(parse("wireguard/wg.conf", "PrivateKey = x\n")).toThrow("outside of any section");
  });
});

describe("names that try to get out of their place", () => {
  const hostile = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "all",
      "default",
      "..",
      "a b",
      "a\nroute flush table main",
      "x#y",
      "caliéé",
      "cali/../all",
      '"',
      "cali*",
    ),
  );

  test("never add a line, a word or another key", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (interfaceName, name, mac) => {
        const objects = [
          node("n1", ["10.0.0.1/24"], {
            vxlanTunnelAddress4: ip("192.168.1.0"),
            interfaces: [{ name: interfaceName, addresses: [{ ip: ip("10.0.0.1"), length: 24 }] }],
          }),
          node(`r-${name}`, ["10.0.0.2/24"], {
            vxlanTunnelAddress4: ip("192.168.2.0"),
            vxlanTunnelMac4: mac,
          }),
          pool(`p-${name}`, "192.168.0.0/16", { vxlanMode: "CrossSubnet" }),
          block("192.168.2.0/26", `r-${name}`),
          endpoint("n1", "w", ["192.168.1.9"], { interfaceName, workload: name, mac }),
        ];
        const { state } = emit(resolve(objects));
        const printed = printRouting(state, name);
        // What is read back would hold whatever had crept in.
        expect(withoutNotes(routesBackend.parse(printed))).toEqual(withoutNotes(state));
        for (const { text } of printed) for (const line of text.split("\n")) expect(line).toMatch(/^[ -~]*$/);
        for (const { key } of state.sysctls)
          expect(key).not.toMatch(/conf\/(all|default)\/(proxy_arp|rp_filter|route_localnet|accept_ra)/);
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  test("are reported", () => {
    const ir = resolve([
      node("n1", ["10.0.0.1/24"]),
      endpoint("n1", "w", ["192.168.1.9"], { interfaceName: "all" }),
      endpoint("n1", "x", ["192.168.1.10"], { mac: "nonsense" }),
    ]);
    expect(emit(ir).codes).toEqual(["routing/invalid-interface-name", "routing/invalid-mac"]);
  });

  test("what is a name, an address, a key", () => {
    expect(["cali0123456789a", "eth0.5", "br-lan", "a"].map(isInterfaceName)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["", "cali0123456789ab", "a/b", "a b", "all", ".", "a:1", "ä"].some(isInterfaceName)).toBe(false);
    expect([isMac("ee:ee:ee:ee:ee:ee"), isMac("EE:ee:ee:ee:ee:ee"), isMac("ee:ee:ee:ee:ee")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([isWireguardKey(KEY), isWireguardKey("AAAA"), isWireguardKey(`${"A".repeat(42)}B=`)]).toEqual([
      true,
      false,
      false,
    ]);
  });
});

describe("what the host cannot do", () => {
  test("a missing kind of device is an error, and nothing is left that would need it", () => {
    const { state, codes } = emit(resolve(sampleCluster(1, 2), EVERYTHING), { linkKinds: [] });
    expect(codes).toEqual(["routing/unsupported-link"]);
    expect([state.links, state.fdb, state.peers]).toEqual([[], [], []]);
    const devices = state.routes.flatMap(({ target }) =>
      "dev" in target && target.dev !== undefined ? [target.dev] : [],
    );
    expect([...new Set(devices)].toSorted()).toEqual(["caliw0", "eth0"]);
  });

  test("no IPv6: an error where there is something to route", () => {
    const { state, codes } = emit(resolve(sampleCluster(1, 0)), { ipv6: false });
    expect(codes).toContain("routing/unsupported-ipv6");
    expect(state.routes.filter(({ destination }) => destination.version === 6)).toEqual([]);
    expect(state.sysctls.filter(({ key }) => key.includes("ipv6"))).toEqual([]);
  });

  test("everything is fine on a current kernel", () => {
    expect(emit(resolve(sampleCluster(1, 4), EVERYTHING)).codes).toEqual([]);
  });
});
