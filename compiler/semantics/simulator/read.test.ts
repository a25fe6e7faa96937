import { describe, expect, test } from "vitest";
import { formatCidr, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { membershipOf } from "./membership.ts";
import { readDataplanes } from "./read.ts";
import { readRoutes } from "./read-routes.ts";
import { readSets } from "./read-sets.ts";
import { refusal } from "./testing.ts";

const sets = (text: string) => readSets({ path: "ipset.restore", text });
const routes = (text: string) => readRoutes([{ path: "ip.batch", text }]);

describe("sets", () => {
  const read = sets(
    [
      "# heading",
      "create cali40a hash:net family inet maxelem 1048576",
      "add cali40a 10.0.0.0/8",
      "add cali40a 192.0.2.1",
      "",
      "create cali60a hash:net family inet6 maxelem 1048576",
      "create cali40n hash:ip,port family inet maxelem 1048576",
      "add cali40n 10.0.0.1,tcp:80",
      "add cali40n 10.0.0.1,udplite:7",
      "create cali60i hash:ip family inet6 maxelem 10",
      "add cali60i fd00::1",
    ].join("\n"),
  );

  test("go by IP version, with their contents", () => {
    expect([...read[4].keys()]).toEqual(["cali40a", "cali40n"]);
    expect([...read[6].keys()]).toEqual(["cali60a", "cali60i"]);
    expect(read[4].get("cali40a")).toMatchObject({
      line: 2,
      withPorts: false,
      nets: [parseCidr("10.0.0.0/8"), parseCidr("192.0.2.1")],
    });
    expect(read[6].get("cali60i")!.nets.map(formatCidr)).toEqual(["fd00::1/128"]);
  });

  test.each([
    ["cali40a", "10.200.0.1", 6, 1, true],
    ["cali40a", "192.0.2.1", 1, undefined, true],
    ["cali40a", "192.0.2.2", 6, 1, false],
    ["cali40n", "10.0.0.1", 6, 80, true],
    ["cali40n", "10.0.0.1", 6, 81, false],
    ["cali40n", "10.0.0.1", 17, 80, false],
    ["cali40n", "10.0.0.1", 136, 7, true],
    ["cali40n", "10.0.0.2", 6, 80, false],
    ["cali40n", "10.0.0.1", 1, undefined, false],
  ])("%s holds %s with protocol %s and port %s: %s", (key, address, protocol, port, expected) => {
    const { withPorts } = read[4].get(key)!;
    const at = { ip: parseIp(address)!, protocol, port };
    expect(membershipOf(read[4])({ key, withPorts }, at)).toBe(expected);
  });

  const created = "create s hash:net family inet maxelem 2\n";
  const withPorts = "create s hash:ip,port family inet maxelem 2\n";
  test.each([
    ["flush s", 1, "unknown command"],
    ["add s 10.0.0.1", 1, "not created before"],
    ["create s hash:net,iface family inet maxelem 2", 1, "unknown type"],
    ["create s hash:net", 1, "family is missing"],
    ["create s hash:net family inet4 maxelem 2", 1, "unknown family"],
    ["create s hash:net family inet maxelem 2 timeout 5", 1, "unknown: timeout"],
    [`${created}${created}`, 2, "a second set"],
    [`${created}add s 10.0.0.1 nomatch`, 2, "unknown: nomatch"],
    [`${created}add s fd00::1`, 2, "not a network of IPv4"],
    [`${created}add s 10.0.0.1-10.0.0.9`, 2, "not a network"],
    [`${created}add s 0.0.0.0/0`, 2, "cannot be in the set"],
    [`${created}add s 10.0.0.1\nadd s 10.0.0.2\nadd s 10.0.0.3`, 4, "more members"],
    [`${created}add s 10.0.0.1\nadd s 10.0.0.1/32`, 3, "is in the set already"],
    ["create s hash:ip family inet maxelem 2\nadd s 10.0.0.0/24", 2, "cannot be in the set"],
    [`${withPorts}add s 10.0.0.1`, 2, "not an address with a port"],
    [`${withPorts}add s 10.0.0.1,80`, 2, "not an address with a port"],
    [`${withPorts}add s 10.0.0.1,tcp:80\nadd s 10.0.0.1,tcp:80`, 3, "is in the set already"],
    [`${withPorts}add s 10.0.0.1,icmp:8`, 2, "unknown protocol"],
    [`${withPorts}add s 10.0.0.1,tcp:65536`, 2, "not a number"],
    [`${withPorts}add s 10.0.0.0/24,tcp:80`, 2, "not an address of IPv4"],
  ])("%j is refused", (text, line, reason) => {
    const error = refusal(() => sets(text));
    expect(error).toMatchObject({ file: "ipset.restore", line });
    expect(error.message).toContain(reason);
  });
});

describe("routes", () => {
  test("those of the main table, with their device if they tell one", () => {
    const read = routes(
      [
        "# calicoctl ip.batch 1, node n",
        "link add vxlan.calico type vxlan id 4096 local 10.0.0.1 dstport 4789 nolearning",
        "link set vxlan.calico address 66:00:00:00:00:01 up",
        "addr replace 10.65.0.0/32 dev vxlan.calico",
        "neigh replace 10.65.0.64 lladdr 66:00:00:00:00:02 dev vxlan.calico nud permanent",
        "route replace 10.65.0.2/32 dev cali1 scope link metric 1024",
        "route replace 10.65.0.64/26 via 10.65.0.64 dev vxlan.calico onlink mtu 1450",
        "route replace 10.65.1.0/26 via 10.0.0.2 src 10.0.0.1 proto 80",
        "route replace blackhole 10.65.0.0/26 metric 1024",
        "route replace 10.65.2.0/26 dev wireguard.cali scope link table 1",
        "route replace fd00::2/128 dev cali1",
        "rule add priority 99 not fwmark 0x100000/0x100000 lookup 1",
      ].join("\n"),
    );
    const texts = read[4].map(({ cidr, device }) => [formatCidr(cidr), device]);
    expect(texts).toEqual([
      ["10.65.0.2/32", "cali1"],
      ["10.65.0.64/26", "vxlan.calico"],
      ["10.65.1.0/26", undefined],
      ["10.65.0.0/26", undefined],
    ]);
    expect(read[6]).toEqual([{ cidr: parseCidr("fd00::2/128"), device: "cali1" }]);
  });

  test.each([
    ["route del 10.0.0.0/8", "unknown command"],
    ["tunnel add x", "unknown command"],
    ["route", "missing"],
    ["route replace 10.0.0.0/8", "without a way"],
    ["route replace unreachable 10.0.0.0/8", "not a network"],
    ["route replace blackhole 10.0.0.0/8 dev eth0", "leads nowhere"],
    ["route replace 10.0.0.0/8 nexthop via 10.0.0.1", "unknown or second option nexthop"],
    ["route replace 10.0.0.0/8 dev eth0 dev eth1", "unknown or second option dev"],
    ["route replace 10.0.0.0/8 dev", "dev is missing"],
  ])("%j is refused", (text, reason) => {
    const error = refusal(() => routes(text));
    expect(error).toMatchObject({ file: "ip.batch", line: 1 });
    expect(error.message).toContain(reason);
  });
});

describe("the files of a node", () => {
  const SETS = {
    path: "ipset.restore",
    text: "create s4 hash:net family inet maxelem 9\ncreate s6 hash:net family inet6 maxelem 9\n",
  };
  const rules = (path: string, set: string) => ({
    path,
    text: `*filter\n-A FORWARD -m set --match-set ${set} src -j DROP\nCOMMIT\n`,
  });

  test("without any, nothing is in the dataplane", () => {
    const { 6: dataplane } = readDataplanes([]);
    expect(dataplane).toMatchObject({ version: 6, routes: [] });
    expect([...dataplane.tables.filter]).toEqual([
      ["INPUT", []],
      ["FORWARD", []],
      ["OUTPUT", []],
    ]);
  });

  test("a set match becomes what the caller says that the set means", () => {
    const files = [SETS, rules("ip6tables.restore", "s6")];
    const { 6: dataplane } = readDataplanes(files, (name, contents) => ({
      key: `meaning of ${name}, line ${contents.line}`,
      withPorts: false,
    }));
    expect(dataplane.tables.filter.get("FORWARD")).toMatchObject([
      { matches: [{ condition: { set: { key: "meaning of s6, line 2" } } }] },
    ]);
  });

  test.each([
    ["a set of the other IP version", [SETS, rules("iptables.restore", "s6")], "iptables.restore:2: no file"],
    ["a set of no file", [rules("iptables.restore", "s4")], "iptables.restore:2: no file"],
    ["a file nobody knows", [{ path: "nat.nft", text: "" }], "nat.nft:1: a file of an unknown name"],
    ["a file twice", [SETS, SETS], "ipset.restore:1: a second file"],
  ])("%s is refused", (_, files, reason) => {
    expect(refusal(() => readDataplanes(files)).message).toContain(reason);
  });

  test("a set without a meaning is refused", () => {
    const files = [SETS, rules("iptables.restore", "s4")];
    expect(refusal(() => readDataplanes(files, () => undefined)).line).toBe(2);
  });
});
