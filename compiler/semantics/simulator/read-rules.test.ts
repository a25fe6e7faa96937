import { describe, expect, test } from "vitest";
import { parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { any, type Condition, inNet, isIcmp, isMember, isProtocol, not, portIn } from "../condition.ts";
import type { Match, TableName, Target } from "./program.ts";
import { readRules } from "./read-rules.ts";
import { refusal } from "./testing.ts";

const ADDRESSES = { key: "addresses", withPorts: false };
const PORTS = { key: "ports", withPorts: true };
const SETS = new Map([ADDRESSES, PORTS].map((set) => [set.key, set]));

function read(text: string, version: 4 | 6 = 4) {
  return readRules({ path: "rules", text }, { version, definitionOf: (name) => SETS.get(name) });
}

/** The one rule of `cali-chain`. */
function rule(
  options: string,
  { table = "filter", version = 4 }: { table?: TableName; version?: 4 | 6 } = {},
) {
  const text = `*${table}\n:cali-other - -\n:cali-chain - -\n-A cali-chain ${options}\nCOMMIT\n`;
  return read(text, version)[table].get("cali-chain")![0]!;
}

function header(condition: Condition): Match {
  return { kind: "header", condition };
}

const cidr = (text: string) => parseCidr(text)!;
const SSH = any(portIn("destination", 22, 22));

const MATCHES: readonly (readonly [string, Match[]])[] = [
  ["", []],
  ['-m comment --comment "cali:a b"', []],
  ["-s 10.0.0.0/8", [header(inNet("source", cidr("10.0.0.0/8")))]],
  ["! -d 10.0.0.1/32", [header(not(inNet("destination", cidr("10.0.0.1/32"))))]],
  ["-i cali+", [{ kind: "interface", direction: "in", name: "cali+", negated: false }]],
  ["! -o eth0", [{ kind: "interface", direction: "out", name: "eth0", negated: true }]],
  ["-p sctp", [header(isProtocol(132))]],
  ["! -p 47", [header(not(isProtocol(47)))]],
  ["-p icmp -m icmp --icmp-type 8", [header(isProtocol(1)), header(isIcmp(4, 8, undefined))]],
  ["-p icmp -m icmp ! --icmp-type 3/4", [header(isProtocol(1)), header(not(isIcmp(4, 3, 4)))]],
  ["-p tcp -m multiport --dports 22", [header(isProtocol(6)), header(SSH)]],
  [
    "-p udp -m multiport ! --sports 1:5,53",
    [header(isProtocol(17)), header(not(any(portIn("source", 1, 5), portIn("source", 53, 53))))],
  ],
  ["-m mark --mark 0x10000/0x30000", [{ kind: "mark", value: 0x10000, mask: 0x30000, negated: false }]],
  ["-m mark ! --mark 0x0/0xffe00000", [{ kind: "mark", value: 0, mask: 0xffe00000, negated: true }]],
  [
    "-m conntrack --ctstate RELATED,ESTABLISHED",
    [{ kind: "conntrack", states: ["RELATED", "ESTABLISHED"], negated: false }],
  ],
  ["-m conntrack ! --ctstate DNAT", [{ kind: "conntrack", states: ["DNAT"], negated: true }]],
  ["-m set --match-set addresses src", [header(isMember("source", ADDRESSES))]],
  ["-m set ! --match-set ports dst,dst", [header(not(isMember("destination", PORTS)))]],
  ["-m addrtype --dst-type LOCAL", [{ kind: "local-address", side: "destination", negated: false }]],
  ["-m addrtype ! --src-type LOCAL", [{ kind: "local-address", side: "source", negated: true }]],
  ["-m rpfilter --validmark --invert", [{ kind: "reverse-path-failed" }]],
  [
    "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m connlimit --connlimit-above 7 --connlimit-mask 0 --connlimit-saddr",
    [header(isProtocol(6)), { kind: "limit", passes: false }],
  ],
  ["-m limit --limit 10/min --limit-burst 3", [{ kind: "limit", passes: true }]],
];

describe("what a rule asks", () => {
  test.each(MATCHES)("%s", (options, matches) => {
    expect(rule(options)).toMatchObject({ matches, target: { kind: "none" } });
  });

  test("in IPv6", () => {
    const { matches } = rule("-s fd00::/8 -p ipv6-icmp -m icmp6 --icmpv6-type 128/0", { version: 6 });
    expect(matches).toEqual([
      header(inNet("source", cidr("fd00::/8"))),
      header(isProtocol(58)),
      header(isIcmp(6, 128, 0)),
    ]);
  });
});

const TARGETS: readonly (readonly [TableName, string, Target])[] = [
  ["filter", "-j ACCEPT", { kind: "accept" }],
  ["raw", "-j DROP", { kind: "drop" }],
  ["filter", "-j REJECT", { kind: "reject" }],
  ["filter", "-p tcp -j REJECT --reject-with tcp-reset", { kind: "reject" }],
  ["filter", "-j RETURN", { kind: "return" }],
  ["filter", "-j cali-other", { kind: "jump", chain: "cali-other" }],
  ["filter", "-g cali-other", { kind: "goto", chain: "cali-other" }],
  ["filter", "-j MARK --set-xmark 0x0/0x1b0000", { kind: "mark", value: 0, mask: 0x1b0000 }],
  ["filter", '-j LOG --log-prefix "calico-packet: " --log-level 5', { kind: "none" }],
  ["raw", "-j CT --notrack", { kind: "notrack" }],
  ["mangle", "-j DSCP --set-dscp 0x0a", { kind: "none" }],
  ["nat", "-j DNAT --to-destination 10.0.0.1", { kind: "dnat", to: parseIp("10.0.0.1")! }],
  ["nat", "-p udp -j SNAT --to-source 10.0.0.1:1024-2048 --random-fully", { kind: "source-nat" }],
  ["nat", "-p tcp -j MASQUERADE --to-ports 1024-2048 --random-fully", { kind: "source-nat" }],
  [
    "nat",
    "-m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE",
    { kind: "source-nat" },
  ],
];

test.each(TARGETS)("what a rule does, in %s: %s", (table, options, target) => {
  expect(rule(options, { table })).toMatchObject({ target });
});

test("rules keep the order of their lines, inserted ones go to the front, and all know their text", () => {
  const { filter, raw } = read(
    [
      "# heading",
      "*filter",
      ":cali-a - -",
      "-A INPUT -j cali-a",
      "-I INPUT -j ACCEPT",
      "",
      "-I INPUT -j DROP",
      "COMMIT",
    ].join("\n"),
  );
  expect(filter.get("INPUT")).toMatchObject([
    { line: 7, text: "-I INPUT -j DROP" },
    { line: 5, text: "-I INPUT -j ACCEPT" },
    { line: 4, text: "-A INPUT -j cali-a" },
  ]);
  expect(filter.get("cali-a")).toEqual([]);
  expect([...raw]).toEqual([
    ["PREROUTING", []],
    ["OUTPUT", []],
  ]);
});

test("without a file the tables have nothing but the kernel's chains", () => {
  const { nat } = readRules(undefined, { version: 6, definitionOf: () => undefined });
  expect([...nat.keys()]).toEqual(["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]);
});

/** What a rule must not say, with a word of the reason. */
const BAD_RULES: readonly (readonly [string, string, { table?: TableName; version?: 4 | 6 }?])[] = [
  ["--src 10.0.0.0/8", "unknown option --src"],
  ["-f", "unknown option -f"],
  ["-s 10.0.0.0/8 -s 10.0.0.0/9", "a second -s"],
  ["-s 10.0.0.0/33", "not a network"],
  ["-s 10.0.0.0/8,11.0.0.0/8", "not a network"],
  ["-s fd00::/8", "not a network of IPv4"],
  ["-s", "missing"],
  ["-i a-name-that-is-too-long", "not an interface"],
  ["-p http", "not a number"],
  ["-p 0", "protocol 0"],
  ["-p 256", "not a number"],
  ["-p 010", "not a number"],
  ["-m multiport --dports 22", "without a protocol"],
  ["! -p tcp -m multiport --dports 22", "without a protocol"],
  ["-p icmp -m multiport --dports 22", "without a protocol"],
  ["-p tcp -m multiport --dports 22:21", "not a range"],
  ["-p tcp -m multiport --dports 65536", "not a number"],
  ["-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16", "too many"],
  ["-p tcp -m multiport --ports 22", "unknown: -m multiport --ports"],
  ["-p tcp -m tcp --dport 22", "unknown: -m tcp --dport"],
  ["-p tcp -m tcp --tcp-flags SYN SYN -j DROP", "without a connection limit"],
  ["-m icmp --icmp-type 8", "without its protocol"],
  ["-p icmp -m icmp --icmp-type 255", "not a number"],
  ["-p icmp -m icmp --icmp-type any", "not a number"],
  ["-p icmp -m icmp6 --icmpv6-type 8", "without its protocol"],
  ["-m mark --mark 0x1", "not a number"],
  ["-m mark --mark 0x1/0x100000000", "not a number"],
  ["-m mark --mark 0x1/0x1 --mark 0x2/0x2", "unknown option --mark"],
  ["! -m mark --mark 0x1/0x1", "! before -m"],
  ["-m conntrack --ctstate new", "unknown state"],
  ["-m conntrack --ctstate SNAT", "unknown state"],
  ["-m conntrack --ctstate NEW --ctdir ORIGINAL", "unknown option --ctdir"],
  ["-m set --match-set unknown src", "no file creates"],
  ["-m set --match-set addresses src,dst", "does not fit"],
  ["-m set --match-set addresses src,src", "does not fit"],
  ["-m set --match-set ports src", "does not fit"],
  ["-m set --match-set addresses src --return-nomatch", "unknown option"],
  ["-m addrtype --dst-type BROADCAST", "LOCAL is missing"],
  ["-m addrtype --src-type LOCAL --limit-iface-in", "unknown option"],
  ["-m addrtype --src-type LOCAL --limit-iface-out -j ACCEPT", "without source NAT"],
  ["-m rpfilter --validmark", "--invert is missing"],
  ["-m rpfilter --validmark --invert --loose", "unknown option"],
  ["-m rpfilter ! --validmark --invert", "! behind"],
  ["-m connlimit --connlimit-upto 3", "unknown"],
  ["-m limit --limit 10", "not a rate"],
  ["-m statistic --mode random", "unknown: -m statistic"],
  ["-m comment --comment", "missing"],
  ["-m comment ! --comment x", "! behind"],
  ['-m comment --comment "open', "not a word"],
  ['-m comment --comment "a\\"b"', "not a word"],
  ["-j", "missing"],
  ["! -j ACCEPT", "unknown option -j"],
  ["-j ACCEPT -s 10.0.0.0/8", "unknown: -s"],
  ["-j NOTHING", "neither a target nor a chain"],
  ["-j INPUT", "neither a target nor a chain"],
  ["-j cali-later", "neither a target nor a chain"],
  ["-g ACCEPT", "-g without a chain"],
  ["-j NFLOG --nflog-group 1", "neither a target nor a chain"],
  ["-j REJECT --reject-with icmp-host-prohibited", "tcp-reset is missing"],
  ["-j MARK --set-mark 0x1/0x1", "--set-xmark is missing"],
  ["-j REJECT", "cannot hold", { table: "raw" }],
  ["-j DROP", "cannot hold", { table: "nat" }],
  ["-j CT --notrack", "cannot hold"],
  ["-j CT --zone 1", "--notrack is missing", { table: "raw" }],
  ["-j DNAT --to-destination 10.0.0.1:80", "not an address", { table: "nat" }],
  ["-j DNAT --to-destination fd00::1", "not an address", { table: "nat" }],
  ["-j SNAT --to-source 10.0.0.1 --persistent", "unknown: --persistent", { table: "nat" }],
  ["-j ACCEPT\r", "not a word"],
  ["-m mark --mark 0x30000/0x10000", "bits beyond the mask"],
  ["-j MARK --set-xmark 0x30000/0x10000", "bits beyond the mask"],
];

const BAD_FILES: readonly (readonly [string, number, string])[] = [
  ["-A INPUT -j ACCEPT", 1, "outside of any table"],
  ["COMMIT", 1, "outside of any table"],
  ["*security\nCOMMIT", 1, "unknown table"],
  ["*filter\n*nat\nCOMMIT", 2, "no COMMIT of filter"],
  ["*filter\n-A INPUT -j ACCEPT\n", 2, "no COMMIT of filter"],
  ["*filter\nCOMMIT\n*filter\nCOMMIT", 3, "a second table"],
  ["*filter\n:INPUT DROP [0:0]\nCOMMIT", 2, "is there already"],
  ["*filter\n:cali-a - -\n:cali-a - -\nCOMMIT", 3, "is there already"],
  ["*filter\n:cali-a - [0:0]\nCOMMIT", 2, "- is missing"],
  ["*filter\n-A cali-a -j ACCEPT\nCOMMIT", 2, "not declared before"],
  ["*raw\n-A FORWARD -j ACCEPT\nCOMMIT", 2, "not declared before"],
  ["*filter\n-D INPUT -j ACCEPT\nCOMMIT", 2, "unknown: -D"],
  ["*filter\n-F\nCOMMIT", 2, "unknown: -F"],
  ["*filter\n-I INPUT 1 -j ACCEPT\nCOMMIT", 2, "unknown option 1"],
  ["*filter\n[1:2] -A INPUT -j ACCEPT\nCOMMIT", 2, "unknown: [1:2]"],
  ["*filter\nCOMMIT now", 2, "unknown: now"],
  ["*filter\n:cali-a - -\n-A cali-a -j cali-a\nCOMMIT", 4, "a loop of jumps"],
  ["*nat\n-A PREROUTING -j MASQUERADE\nCOMMIT", 3, "PREROUTING leads to a translation"],
  ["*nat\n:cali-a - -\n-A OUTPUT -j cali-a\n-A cali-a -j MASQUERADE\nCOMMIT", 5, "OUTPUT leads to"],
  ["*nat\n-A POSTROUTING -j DNAT --to-destination 10.0.0.1\nCOMMIT", 3, "POSTROUTING leads to a translation"],
  ["*raw\n-A OUTPUT -m rpfilter --validmark --invert -j DROP\nCOMMIT", 3, "a check of the reverse path"],
  [
    "*filter\n:cali-a - -\n:cali-b - -\n-A cali-a -g cali-b\n-A cali-b -j cali-a\nCOMMIT",
    6,
    "a loop of jumps",
  ],
];

describe("what it has no meaning for, it refuses", () => {
  const badRules = BAD_RULES.map(([options, reason, place]) => ({ options, reason, place }));
  test.each(badRules)("$options", ({ options, reason, place }) => {
    const { file, line, message } = refusal(() => rule(options, place));
    expect({ file, line }).toEqual({ file: "rules", line: 4 });
    expect(message).toContain(reason);
  });

  test.each(BAD_FILES)("%j", (text, line, reason) => {
    const error = refusal(() => read(text));
    expect(error.line).toBe(line);
    expect(error.message).toContain(reason);
  });
});
