import { describe, expect, test } from "vitest";
import {
  chainText,
  emit,
  makeIr,
  makePolicy,
  makeProfile,
  makeRule,
  makeSet,
  makeWorkload,
  match,
  policyText,
  tier,
  use,
} from "./testing.ts";

const START = "-j MARK --set-xmark 0x0/0x180000";
const SET0 = "-j MARK --set-xmark 0x80000/0x80000";
const SET1 = "-j MARK --set-xmark 0x100000/0x100000";
const CLEAR0 = "-j MARK --set-xmark 0x0/0x80000";
const CLEAR1 = "-j MARK --set-xmark 0x0/0x100000";
const IF0 = "-m mark --mark 0x80000/0x80000";
const UNLESS1 = "-m mark --mark 0x0/0x100000";
const ACCEPT = "-j MARK --set-xmark 0x10000/0x10000";
const RETURN = "-m mark --mark 0x10000/0x10000 -j RETURN";

describe("actions", () => {
  test("allow sets the bit and returns; the last RETURN of a chain is left to the kernel", () => {
    expect(
      policyText([makeRule("allow", [match.protocol(6)]), makeRule("allow", [match.protocol(17)])]),
    ).toEqual([`-p tcp ${ACCEPT}`, RETURN, `-p udp ${ACCEPT}`]);
  });

  test("deny drops at once and leaves no mark behind", () => {
    expect(policyText([makeRule("deny", [match.protocol(6)])])).toEqual(["-p tcp -j DROP"]);
  });

  test("pass sets the pass bit", () => {
    expect(policyText([makeRule("pass"), makeRule("deny")])).toEqual([
      "-j MARK --set-xmark 0x20000/0x20000",
      "-m mark --mark 0x20000/0x20000 -j RETURN",
      "-j DROP",
    ]);
  });

  test("log goes on; its rate limit is spent by packets that it really logs", () => {
    const rule = makeRule("log", [match.protocol(6), match.toPorts([22])]);
    expect(policyText([rule])).toEqual([
      '-p tcp -m multiport --dports 22 -j LOG --log-prefix "calico-packet: " --log-level 5',
    ]);
    expect(
      policyText([rule], {
        settings: { logRateLimit: "60/minute", logRateBurst: 9, logPrefix: "%t %k %n %p %x" },
      }),
    ).toEqual([
      '-p tcp -m multiport --dports 22 -m limit --limit 1/sec --limit-burst 9 -j LOG --log-prefix "default np p shop/p %x: " --log-level 5',
    ]);
  });

  test("no log prefix is the default one", () => {
    expect(policyText([makeRule("log")], { settings: { logPrefix: "" } })).toEqual([
      '-j LOG --log-prefix "calico-packet: " --log-level 5',
    ]);
  });

  test("a log prefix never outgrows the kernel's 29 characters", () => {
    const [line] = policyText([makeRule("log")], { settings: { logPrefix: "x".repeat(60) } });
    expect(line).toContain(`--log-prefix "${"x".repeat(27)}: "`);
  });

  test("annotations are comments of every rule", () => {
    expect(
      policyText([makeRule("allow", [], { annotations: [["why", "probes"]] }), makeRule("deny")]),
    ).toEqual([`/* "why=probes" */ ${ACCEPT}`, `/* "why=probes" */ ${RETURN}`, "-j DROP"]);
  });

  test("an empty chain only counts", () => {
    expect(policyText([])).toEqual(['/* "NetworkPolicy shop/p ingress" */']);
  });

  test("a missing profile denies", () => {
    const ir = makeIr({
      workloads: [makeWorkload("cali1", { profiles: ["gone"] })],
      profiles: [makeProfile("gone", { missing: true })],
    });
    expect(chainText(emit(ir).state, "filter", "cali-pri-gone")).toEqual([
      '/* "Profile gone ingress" */ -j DROP',
    ]);
  });
});

describe("matches", () => {
  test("the main rule holds one network a side, sets, one port chunk", () => {
    const sets = [makeSet("s:a"), makeSet("s:b"), makeSet("n:http", "hash:ip,port")];
    const rule = makeRule("deny", [
      match.protocol(6),
      match.from("10.0.0.0/8"),
      match.fromSet("s:a"),
      match.toSet("s:b", true),
      match.toPorts([80, "1000:2000"]),
    ]);
    expect(policyText([rule], { sets })).toEqual([
      "-s 10.0.0.0/8 -p tcp -m multiport --dports 80,1000:2000 -m set --match-set cali40s:a src -m set ! --match-set cali40s:b dst -j DROP",
    ]);
    expect(policyText([makeRule("deny", [match.toPorts([], ["n:http"])])], { sets })).toEqual([
      "-m set --match-set cali40n:http dst,dst -j DROP",
    ]);
  });

  test("services: address and port at the destination, address alone at the source", () => {
    const sets = [makeSet("svc:x", "hash:ip,port"), makeSet("svcnoport:x")];
    const rule = makeRule("deny", [
      { kind: "service", side: "source", set: "svcnoport:x" },
      { kind: "service", side: "destination", set: "svc:x" },
    ]);
    expect(policyText([rule], { sets })).toEqual([
      "-m set --match-set cali40svcnoport:x src -m set --match-set cali40svc:x dst,dst -j DROP",
    ]);
  });

  test("negations that fit stand in the main rule; negated ports are one match per 15 slots", () => {
    const ports = Array.from({ length: 16 }, (_, n) => n + 1);
    const rule = makeRule("deny", [
      match.protocol(6),
      match.notFrom("10.0.0.0/8"),
      match.toPorts(ports, ["n:http"], true),
    ]);
    expect(policyText([rule], { sets: [makeSet("n:http", "hash:ip,port")] })).toEqual([
      "! -s 10.0.0.0/8 -p tcp -m multiport ! --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -m multiport ! --dports 16 -m set ! --match-set cali40n:http dst,dst -j DROP",
    ]);
  });

  test("a rule has one protocol: what it excludes beside the one it asks for says nothing, or all", () => {
    const rule = (excluded: number) =>
      makeRule("deny", [match.protocol(6), match.protocol(excluded, true), match.toPorts([80])]);
    expect(policyText([rule(17)])).toEqual(["-p tcp -m multiport --dports 80 -j DROP"]);
    expect(policyText([rule(6), makeRule("allow")])).toEqual([ACCEPT]);
    expect(policyText([makeRule("deny", [match.protocol(17, true)])])).toEqual(["! -p udp -j DROP"]);
  });

  test("ranges take two of the 15 slots", () => {
    const ports = ["1:2", "3:4", "5:6", "7:8", "9:10", "11:12", "13:14", "15:16", 17];
    const lines = policyText([makeRule("deny", [match.protocol(17), match.toPorts(ports)])]);
    expect(lines).toEqual([
      START,
      `-p udp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14 ${SET0}`,
      `-p udp -m multiport --dports 15:16,17 ${SET0}`,
      `-p udp ${IF0} -j DROP`,
    ]);
  });

  test("ICMP with and without code, negated, in both versions", () => {
    expect(policyText([makeRule("deny", [match.protocol(1), match.icmp(8, 0)])])).toEqual([
      "-p icmp -m icmp --icmp-type 8/0 -j DROP",
    ]);
    expect(
      policyText([makeRule("deny", [match.protocol(58), match.icmp(128, undefined, true)])], { version: 6 }),
    ).toEqual(["-p ipv6-icmp -m icmp6 ! --icmpv6-type 128 -j DROP"]);
  });

  test("ICMP types of the other version's protocol cannot occur", () => {
    const positive = makeRule("deny", [match.protocol(58), match.icmp(128)]);
    const negative = makeRule("deny", [match.protocol(58), match.icmp(128, undefined, true)]);
    expect(policyText([positive])).toEqual(['/* "NetworkPolicy shop/p ingress" */']);
    expect(policyText([negative])).toEqual(["-p 58 -j DROP".replace("58", "ipv6-icmp")]);
  });

  test("a negated type without a protocol: everything that is not that type", () => {
    expect(policyText([makeRule("deny", [match.icmp(8, undefined, true)])])).toEqual([
      "-j MARK --set-xmark 0x80000/0x180000",
      `-p icmp -m icmp --icmp-type 8 ${CLEAR0}`,
      `${IF0} -j DROP`,
    ]);
  });
});

describe("IP versions", () => {
  const lines = (rule: ReturnType<typeof makeRule>, version: 4 | 6) =>
    policyText([rule], { version }).filter((line) => !line.includes("NetworkPolicy"));

  test("a rule of the other version is absent", () => {
    const rule = makeRule("deny", [], { ipVersion: 6 });
    expect(lines(rule, 4)).toEqual([]);
    expect(lines(rule, 6)).toEqual(["-j DROP"]);
  });

  test("so is one whose networks are all of the other version, negated or not", () => {
    expect(lines(makeRule("deny", [match.notFrom("10.0.0.0/8")]), 6)).toEqual([]);
    expect(lines(makeRule("deny", [match.from("10.0.0.0/8", "fd00::/8")]), 6)).toEqual([
      "-s fd00::/8 -j DROP",
    ]);
  });

  test("every address: no restriction, or nothing at all", () => {
    expect(lines(makeRule("deny", [match.from("0.0.0.0/0")]), 4)).toEqual(["-j DROP"]);
    expect(lines(makeRule("deny", [match.notFrom("0.0.0.0/0")]), 4)).toEqual([]);
  });
});

describe("match blocks", () => {
  test("two source networks, one destination: one block (the reference's example)", () => {
    const rule = makeRule("allow", [
      match.protocol(6),
      match.from("10.0.0.0/24", "10.0.1.0/24"),
      match.to("12.0.0.0/24"),
      match.toPorts([443]),
    ]);
    expect(policyText([rule, makeRule("deny")])).toEqual([
      START,
      `-s 10.0.0.0/24 ${SET0}`,
      `-s 10.0.1.0/24 ${SET0}`,
      `-d 12.0.0.0/24 -p tcp -m multiport --dports 443 ${IF0} ${ACCEPT}`,
      RETURN,
      "-j DROP",
    ]);
  });

  test("the third block begins with a clean bit (witness of §13.1)", () => {
    const rule = makeRule("allow", [
      match.protocol(6),
      match.from("10.0.0.0/24", "10.0.1.0/24"),
      match.to("12.0.0.0/24", "12.0.1.0/24"),
      match.toPorts([443], ["n:http"]),
    ]);
    expect(policyText([rule], { sets: [makeSet("n:http", "hash:ip,port")] })).toEqual([
      START,
      `-p tcp -m multiport --dports 443 ${SET0}`,
      `-m set --match-set cali40n:http dst,dst ${SET0}`,
      `-s 10.0.0.0/24 ${SET1}`,
      `-s 10.0.1.0/24 ${SET1}`,
      `${UNLESS1} ${CLEAR0}`,
      CLEAR1,
      `-d 12.0.0.0/24 ${SET1}`,
      `-d 12.0.1.0/24 ${SET1}`,
      `${UNLESS1} ${CLEAR0}`,
      `-p tcp ${IF0} ${ACCEPT}`,
    ]);
  });

  test("a negated network beside a positive one goes to a block", () => {
    expect(policyText([makeRule("deny", [match.from("10.0.0.0/8"), match.notFrom("10.1.0.0/16")])])).toEqual([
      "-j MARK --set-xmark 0x80000/0x180000",
      `-s 10.1.0.0/16 ${CLEAR0}`,
      `-s 10.0.0.0/8 ${IF0} -j DROP`,
    ]);
  });
});

test("a policy that is needed everywhere stays without a user, and only in the filter table", () => {
  const policy = makePolicy("gnp/all", { neededEverywhere: true, ingress: [makeRule("deny")] });
  const { state } = emit(makeIr({ policies: [policy, makePolicy("gnp/idle")] }));
  expect(chainText(state, "filter", "cali-pi-gnp/all")).toHaveLength(1);
  expect(chainText(state, "raw", "cali-pi-gnp/all")).toBe(undefined);
  expect(chainText(state, "filter", "cali-pi-gnp/idle")).toBe(undefined);
});

test("a one-rule edit in the middle of fifty rules changes the lines of that rule alone", () => {
  const rules = Array.from({ length: 50 }, (_, n) => makeRule("allow", [match.from(`10.0.${n}.0/24`)]));
  const chain = (list: readonly ReturnType<typeof makeRule>[]) => {
    const policy = makePolicy("np/shop/p", { ingress: list });
    const ir = makeIr({
      policies: [policy],
      workloads: [makeWorkload("cali1", { policies: { ingress: [tier([use(policy.id)])], egress: [] } })],
    });
    const table = emit(ir).state.rulesets[0]?.tables.find(({ name }) => name === "filter");
    return table?.chains.find(({ name }) => name === "cali-pi-np/shop/p")?.rules.map((r) => r.id) ?? [];
  };
  const before = chain(rules);
  const after = chain(rules.toSpliced(25, 0, makeRule("allow", [match.from("10.9.0.0/24")])));
  expect(after.filter((id) => !before.includes(id))).toHaveLength(2);
  expect(before.filter((id) => !after.includes(id))).toHaveLength(0);
});
