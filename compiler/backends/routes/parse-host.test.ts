import { describe, expect, test } from "vitest";
import type { RoutingState } from "../../dataplane/routing.ts";
import { cidr, ip } from "../../engine/routing/testing.ts";
import type { RoutingOwnership } from "../../ir/routing-ir.ts";
import { ParseError } from "../backend.ts";
import { HOST_PATHS } from "./host-queries.ts";
import { readRouting, routesBackend } from "./index.ts";
import { DEFAULT_OWNERSHIP } from "./ownership.ts";

/** A cluster with WireGuard under Calico's defaults. */
const WITH_WIREGUARD: RoutingOwnership = { ...DEFAULT_OWNERSHIP, tables: [1], rulePriorities: [99] };

/** Reads answers as the tools of iproute2 6.1 gave them. */
function read(
  answers: Partial<Record<keyof typeof HOST_PATHS, string>>,
  ownership = WITH_WIREGUARD,
): RoutingState {
  const files = Object.entries(answers).map(([name, text]) => ({
    path: HOST_PATHS[name as keyof typeof HOST_PATHS],
    text,
  }));
  return readRouting(files, ownership);
}

const MAIN = { table: 254, mtu: undefined, source: undefined, note: "" };

describe("routes as the kernel gives them back", () => {
  test("protocol 3 is not printed; a host route has no length", () => {
    const routes4 = `[{"dst":"192.168.1.5","dev":"cali1","scope":"link","metric":1024,"flags":[]}]`;
    expect(read({ routes4 }).routes).toEqual([
      {
        ...MAIN,
        destination: cidr("192.168.1.5/32"),
        metric: 1024,
        protocol: 3,
        target: { kind: "link", dev: "cali1" },
      },
    ]);
  });

  test("a protocol with a name, and one with a number", () => {
    const routes4 = `[{"dst":"192.168.1.5","dev":"cali1","protocol":"static","scope":"link","flags":[]},
      {"type":"blackhole","dst":"192.168.1.0/26","protocol":"80","flags":[]}]`;
    expect(read({ routes4 }).routes).toMatchObject([
      { protocol: 80, target: { kind: "blackhole" }, metric: 0 },
      { protocol: 4 },
    ]);
  });

  test("on-link gateways and the MTU among the metrics; other flags say nothing", () => {
    const routes4 = `[{"dst":"192.168.9.64/26","gateway":"192.168.9.64","dev":"vxlan.calico","flags":["onlink","linkdown"],"metrics":[{"mtu":1450}]}]`;
    expect(read({ routes4 }).routes).toMatchObject([
      {
        mtu: 1450,
        target: { kind: "gateway", gateway: ip("192.168.9.64"), dev: "vxlan.calico", onlink: true },
      },
    ]);
  });

  test("IPv6: a blackhole is on lo with a metric, and the whole family is 'default'", () => {
    const routes6 = `[{"type":"blackhole","dst":"fd01::/122","dev":"lo","protocol":"80","metric":1024,"flags":[],"pref":"medium"},
      {"dst":"default","dev":"wg-v6.cali","table":"1","metric":1024,"flags":[],"pref":"medium"},
      {"type":"throw","dst":"fd01::/122","dev":"lo","table":"1","metric":1024,"flags":[],"pref":"medium"}]`;
    expect(read({ routes6 }).routes).toEqual([
      {
        ...MAIN,
        table: 1,
        destination: cidr("::/0"),
        metric: 1024,
        protocol: 3,
        target: { kind: "link", dev: "wg-v6.cali" },
      },
      {
        ...MAIN,
        table: 1,
        destination: cidr("fd01::/122"),
        metric: 1024,
        protocol: 3,
        target: { kind: "throw" },
      },
      { ...MAIN, destination: cidr("fd01::/122"), metric: 1024, protocol: 80, target: { kind: "blackhole" } },
    ]);
  });

  test("the preferred source", () => {
    const routes4 = `[{"dst":"192.168.77.0/26","dev":"wireguard.cali","table":"1","scope":"link","prefsrc":"10.0.0.1","flags":[]}]`;
    expect(read({ routes4 }).routes).toMatchObject([{ table: 1, source: ip("10.0.0.1") }]);
  });
});

describe("whose routes", () => {
  const routes4 = `[{"dst":"default","gateway":"10.0.0.254","dev":"eth0","flags":[]},
    {"dst":"10.0.0.0/24","dev":"eth0","protocol":"kernel","scope":"link","prefsrc":"10.0.0.1","flags":[]},
    {"dst":"1.0.0.1","gateway":"10.0.0.2","dev":"eth0","protocol":"80","flags":["onlink"]},
    {"dst":"1.0.0.2","gateway":"10.0.0.2","dev":"eth0","protocol":"bird","flags":[]},
    {"dst":"1.0.0.3","dev":"cali1","protocol":"bird","scope":"link","flags":[]},
    {"dst":"1.0.0.4","dev":"cali1","protocol":"zebra","scope":"link","flags":[]},
    {"dst":"1.0.0.5","dev":"vxlan.calico","protocol":"ospf","scope":"link","flags":[]},
    {"dst":"1.0.0.6","gateway":"10.0.0.2","dev":"tunl0","protocol":"bird","flags":["onlink"]},
    {"dst":"1.0.0.7","gateway":"10.0.0.2","dev":"tunl0","protocol":"static","flags":["onlink"]},
    {"type":"blackhole","dst":"1.0.0.8","flags":[]},
    {"dst":"1.0.0.9","dev":"kube-ipvs0","scope":"link","flags":[]},
    {"dst":"1.0.0.10","dev":"eth0","table":"1","scope":"link","flags":[]},
    {"dst":"1.0.0.11","dev":"cali1","table":"7","scope":"link","flags":[]},
    {"dst":"1.0.0.12","dev":"cali1","protocol":"somedaemon","scope":"link","flags":[]},
    {"type":"local","dst":"169.254.9.9","dev":"cali1","table":"local","protocol":"kernel","scope":"host","flags":[]}]`;
  const ours = (change: Partial<RoutingOwnership>): readonly string[] =>
    read({ routes4 }, { ...WITH_WIREGUARD, ...change }).routes.map(({ destination }) =>
      String(Number(destination.value) & 0xff),
    );

  test("by protocol, by device, by table; never the kernel's or somebody else's", () => {
    expect(ours({})).toEqual(["10", "1", "3", "4", "5", "6", "12"]);
  });

  test("WireGuard's table is somebody else's, unless a rule leads to it as Calico's does", () => {
    const rule = (more: string) => `[{"priority":99,"src":"all",${more},"table":"1"}]`;
    const found = (rules4: string) => read({ routes4, rules4 }, DEFAULT_OWNERSHIP);
    for (const [rules4, isOurs] of [
      ["[]", false],
      [rule('"not":null,"fwmark":"0x200000","fwmask":"0x200000"'), true],
      [rule('"fwmark":"0x200000","fwmask":"0x200000"'), false],
      [rule('"not":null,"fwmark":"0x200000","fwmask":"0x300000"'), false],
    ] as const) {
      const { routes, rules } = found(rules4);
      expect([routes.some(({ table }) => table === 1), rules.length === 1], rules4).toEqual([isOurs, isOurs]);
    }
  });

  test("BIRD's routes on the interface of a BGP workload and on tunl0 under BIRD's rule stay", () => {
    expect(ours({ bgpPeerInterfaces: ["cali1"], birdRoutesOnIpip: false })).toEqual([
      "10",
      "1",
      "4",
      "5",
      "12",
    ]);
  });

  test("removeExternalRoutes off: on workload interfaces only our protocols", () => {
    expect(ours({ removeExternalRoutes: false })).toEqual(["10", "1", "5", "6"]);
  });
});

test("rules: of our priority and table", () => {
  const rules4 = `[{"priority":0,"src":"all","table":"local"},
    {"priority":99,"not":null,"src":"all","fwmark":"0x200000","fwmask":"0x200000","table":"1"},
    {"priority":99,"src":"all","fwmark":"0x1","table":"7"},
    {"priority":32766,"src":"all","table":"main"}]`;
  expect(read({ rules4 }).rules).toEqual([
    { version: 4, priority: 99, not: true, mark: 0x200000, mask: 0x200000, table: 1, note: "" },
  ]);
});

test("links: only by our names; a device of another kind that has the name of WireGuard's is not ours", () => {
  const links = `[{"ifname":"lo","mtu":65536},
    {"ifname":"vxlan.calico","mtu":1450,"address":"66:F5:05:4e:7b:4e","linkinfo":{"info_kind":"vxlan","info_data":{"id":4096,"local":"10.0.0.1","link":"eth0","port":4789,"learning":false}}},
    {"ifname":"vxlan-v6.calico","mtu":1500,"address":"6e:f0:1a:93:e7:21","linkinfo":{"info_kind":"vxlan","info_data":{"id":4096,"local6":"fd00::1","port":4789}}},
    {"ifname":"wireguard.cali","mtu":1420,"linkinfo":{"info_kind":"tun","info_data":{"type":"tun"}}},
    {"ifname":"wg-v6.cali","mtu":1500,"linkinfo":{"info_kind":"veth"}}]`;
  const wireguardPorts = "wireguard.cali\t51820\n";
  const wireguardMarks = "wireguard.cali\t0x200000\n";
  expect(read({ links, wireguardPorts, wireguardMarks }).links).toEqual([
    {
      kind: "vxlan",
      name: "vxlan-v6.calico",
      vni: 4096,
      port: 4789,
      local: ip("fd00::1"),
      parent: undefined,
      mac: "6e:f0:1a:93:e7:21",
      mtu: 1500,
      note: "",
    },
    {
      kind: "vxlan",
      name: "vxlan.calico",
      vni: 4096,
      port: 4789,
      local: ip("10.0.0.1"),
      parent: "eth0",
      mac: "66:f5:05:4e:7b:4e",
      mtu: 1450,
      note: "",
    },
    { kind: "wireguard", name: "wireguard.cali", listenPort: 51820, mark: 0x200000, mtu: 1420, note: "" },
  ]);
});

test("tunl0 is the kernel's ipip device, if it is up; any other of that name is foreign", () => {
  const answer = (kind: string, flags = '"NOARP","UP"'): string =>
    `[{"ifindex":2,"link":null,"ifname":"tunl0","flags":[${flags}],"mtu":1400,"link_type":"ipip","linkinfo":{"info_kind":"${kind}","info_data":{"proto":"any","remote":"any","local":"any"}}}]`;
  expect(read({ links: answer("ipip") }).links).toEqual([
    { kind: "ipip", name: "tunl0", mtu: 1400, note: "" },
  ]);
  expect(read({ links: answer("ipip", '"NOARP"') }).links).toEqual([]);
  expect(read({ links: answer("sit") }).links).toMatchObject([{ kind: "other", linkKind: "sit" }]);
});

test("addresses: all of a tunnel device's but the kernel's own; of a workload's only a peering address", () => {
  const links = `[{"ifname":"eth0","addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"global"}]},
    {"ifname":"cali1","addr_info":[{"local":"169.254.9.9","prefixlen":32,"scope":"link"},{"local":"fe80::99","prefixlen":128,"scope":"link"},{"local":"fe80::ecee:eeff:feee:eeee","prefixlen":64,"scope":"link"},{"local":"10.5.5.5","prefixlen":24,"scope":"global"}]},
    {"ifname":"vxlan.calico","addr_info":[{"local":"192.168.1.0","prefixlen":32,"scope":"global"},{"local":"fe80::64f5:5ff:fe4e:7b4e","prefixlen":64,"scope":"link"}]}]`;
  expect(read({ links }).addresses.map(({ dev, length, scope }) => [dev, length, scope])).toEqual([
    ["cali1", 32, "link"],
    ["cali1", 128, "link"],
    ["vxlan.calico", 32, "global"],
  ]);
});

test("neighbours and forwarding entries: permanent ones with a destination, on our devices", () => {
  const neighbours4 = `[{"dst":"192.168.9.64","dev":"vxlan.calico","lladdr":"66:AA:bb:cc:dd:ee","state":["PERMANENT"]},
    {"dst":"192.168.9.65","dev":"vxlan.calico","lladdr":"66:aa:bb:cc:dd:ef","state":["STALE"]},
    {"dst":"10.0.0.7","dev":"eth0","lladdr":"66:aa:bb:cc:dd:ef","state":["PERMANENT"]}]`;
  const fdb = `[{"mac":"33:33:00:00:00:01","ifname":"cali1","flags":["self"],"state":"permanent"},
    {"mac":"66:aa:bb:cc:dd:ee","ifname":"vxlan.calico","dst":"10.0.0.7","flags":["self"],"state":"permanent"},
    {"mac":"66:aa:bb:cc:dd:ef","ifname":"vxlan.calico","dst":"10.0.0.8","flags":["self"],"state":""},
    {"mac":"66:aa:bb:cc:dd:ef","ifname":"flannel.1","dst":"10.0.0.8","flags":["self"],"state":"permanent"}]`;
  const state = read({ neighbours4, fdb });
  expect(state.neighbours).toEqual([
    { dev: "vxlan.calico", ip: ip("192.168.9.64"), mac: "66:aa:bb:cc:dd:ee", note: "" },
  ]);
  expect(state.fdb).toEqual([
    { dev: "vxlan.calico", mac: "66:aa:bb:cc:dd:ee", destination: ip("10.0.0.7"), note: "" },
  ]);
});

test("sysctls: ours of the host and of workload interfaces; dots in names are printed as slashes", () => {
  const sysctls = `net.ipv4.ip_forward = 1
net.ipv4.conf.all.forwarding = 1
net.ipv4.conf.cali1.rp_filter = 1
net.ipv4.conf.cali1.mc_forwarding = 0
net.ipv4.conf.cali/5.proxy_arp = 1
net.ipv4.conf.eth0.forwarding = 1
net.ipv4.neigh.cali1.proxy_delay = 0
`;
  expect(read({ sysctls }).sysctls.map(({ key, value }) => `${key}=${value}`)).toEqual([
    "net/ipv4/conf/cali.5/proxy_arp=1",
    "net/ipv4/conf/cali1/rp_filter=1",
    "net/ipv4/ip_forward=1",
    "net/ipv4/neigh/cali1/proxy_delay=0",
  ]);
});

test("WireGuard peers, one item a file", () => {
  const key = "hJpXuJDGqLS1F5+jCZ2nFUUcvrvFfZdwUfDcPjJ8OlA=";
  const state = read({
    wireguardPeers: `wireguard.cali\t${key}\nwg0\t${key}\n`,
    wireguardEndpoints: `wireguard.cali\t${key}\t[fd00::2]:51820\n`,
    wireguardAllowedIps: `wireguard.cali\t${key}\t192.168.2.2/32 192.168.2.0/26\n`,
    wireguardKeepAlive: `wireguard.cali\t${key}\toff\n`,
  });
  expect(state.peers).toEqual([
    {
      dev: "wireguard.cali",
      publicKey: key,
      endpoint: ip("fd00::2"),
      port: 51820,
      allowedIps: [cidr("192.168.2.0/26"), cidr("192.168.2.2/32")],
      keepAlive: 0,
      note: "",
    },
  ]);
});

test("endpoints, as `wg` lists them: the device stands before its first peer only", () => {
  const [a, b, c] = ["A", "B", "C"].map((letter) => `${letter.repeat(43)}=`);
  const state = read({
    wireguardPeers: `wg0\t${c}\nwireguard.cali\t${a}\nwireguard.cali\t${b}\n`,
    wireguardEndpoints: `wg0\t${c}\t10.9.9.9:1\nwireguard.cali\t${a}\t10.0.0.2:51820\n${b}\t(none)\n`,
  });
  expect(state.peers.map(({ endpoint, port }) => [endpoint, port])).toEqual([
    [ip("10.0.0.2"), 51820],
    [ip("0.0.0.0"), 0],
  ]);
});

test("empty answers hold nothing; broken ones are an error that names the file", () => {
  expect(read({ routes4: "", links: "[]" })).toEqual(read({}));
  expect(() => read({ routes4: "{" })).toThrow(ParseError);
  expect(() => read({ routes4: "{}" })).toThrow(/ip-route4\.json: not a list/);
  expect(routesBackend.parse([{ path: HOST_PATHS.links, text: "[]" }])).toEqual(read({}));
});
