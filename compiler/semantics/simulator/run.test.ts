import { describe, expect, test } from "vitest";
import { compareIp, parseIp } from "../../net/ip.ts";
import type { Packet } from "../packet.ts";
import { membershipOf } from "./membership.ts";
import { readDataplanes } from "./read.ts";
import { simulate } from "./run.ts";
import { packet } from "./testing.ts";

const HOST = "10.0.0.1";
const HOST6 = "fd00::1";

interface Text {
  readonly raw?: string;
  readonly mangle?: string;
  readonly nat?: string;
  readonly filter?: string;
  readonly routes?: string;
}

/** Each table's lines, in a host with the addresses above. */
function run({ routes = "", ...tables }: Text, given: Packet) {
  const rules = Object.entries(tables).map(
    ([name, text]) => `*${name}\n${text.replaceAll(/^ +/gm, "")}\nCOMMIT\n`,
  );
  const { version } = given.source;
  const dataplane = readDataplanes([
    { path: version === 4 ? "iptables.restore" : "ip6tables.restore", text: rules.join("") },
    { path: "ip.batch", text: routes.replaceAll(/^ +/gm, "") },
  ])[version];
  const own = ["127.0.0.1", HOST, HOST6].map((address) => parseIp(address)!);
  return simulate(dataplane, given, {
    isLocalAddress: (ip) => own.some((address) => compareIp(address, ip) === 0),
    isMember: membershipOf(dataplane.sets),
  });
}

function places(text: Text, given: Packet): readonly string[] {
  return run(text, given).visits.map(
    ({ table, hook, in: arrivesBy = "", out = "" }) => `${table} ${hook} ${arrivesBy}>${out}`,
  );
}

const forwarded = (given: Partial<Packet> = {}) => packet("10.1.0.1", "10.2.0.1", given);
const toHost = (given: Partial<Packet> = {}) => packet("10.1.0.1", HOST, given);
const sent = (given: Partial<Packet> = {}) => packet(HOST, "10.2.0.1", { arrivesBy: undefined, ...given });

describe("the hooks that a packet passes", () => {
  const RECEIVED = ["raw PREROUTING eth0>", "mangle PREROUTING eth0>", "nat PREROUTING eth0>"];

  test("when it is forwarded", () => {
    expect(places({}, forwarded())).toEqual([
      ...RECEIVED,
      "mangle FORWARD eth0>eth1",
      "filter FORWARD eth0>eth1",
      "mangle POSTROUTING eth0>eth1",
      "nat POSTROUTING eth0>eth1",
    ]);
  });

  test("when it is for the host", () => {
    expect(places({}, toHost())).toEqual([
      ...RECEIVED,
      "mangle INPUT eth0>",
      "filter INPUT eth0>",
      "nat INPUT eth0>",
    ]);
  });

  test("when the host sends it", () => {
    expect(places({}, sent())).toEqual([
      "raw OUTPUT >eth1",
      "mangle OUTPUT >eth1",
      "nat OUTPUT >eth1",
      "filter OUTPUT >eth1",
      "mangle POSTROUTING >eth1",
      "nat POSTROUTING >eth1",
    ]);
  });

  test("when the host sends it to itself: it comes in by loopback, with its mark, and no nat rules again", () => {
    const filter = "-A OUTPUT -j MARK --set-xmark 0x1/0x1\n-A INPUT -i lo -m mark --mark 0x1/0x1 -j DROP";
    const text = { filter };
    const given = packet(HOST, HOST, { arrivesBy: undefined });
    expect(places(text, given).slice(-4)).toEqual([
      "raw PREROUTING lo>",
      "mangle PREROUTING lo>",
      "mangle INPUT lo>",
      "filter INPUT lo>",
    ]);
    expect(run(text, given)).toMatchObject({ allowed: false, outcome: "drop" });
  });

  test.each(["established", "related", "invalid"] as const)(
    "no rules of nat, when it is %s",
    (connection) => {
      expect(places({}, forwarded({ connection })).filter((place) => place.startsWith("nat"))).toEqual([]);
    },
  );

  test("it ends where it is dropped, and tells the rules that matched", () => {
    const filter = `:cali-a - -
      -A FORWARD -s 10.9.0.0/16 -j ACCEPT
      -A FORWARD -j cali-a
      -A cali-a -j MARK --set-xmark 0x10/0xf0
      -A cali-a -j REJECT`;
    const { visits, ...verdict } = run({ filter }, forwarded());
    expect(verdict).toEqual({ allowed: false, outcome: "reject" });
    const { steps, ...last } = visits.at(-1)!;
    expect(last).toEqual({ hook: "FORWARD", table: "filter", in: "eth0", out: "eth1", outcome: "reject" });
    expect(steps.map(({ chain, rule, mark }) => [chain, rule.line, mark])).toEqual([
      ["FORWARD", 4, 0],
      ["cali-a", 5, 0x10],
      ["cali-a", 6, 0x10],
    ]);
  });
});

/** Whether a packet gets through rules of the table `filter` for forwarded ones. */
function passes(filter: string, given: Packet = forwarded()): boolean {
  return run({ filter }, given).allowed;
}

describe("chains", () => {
  test("accept ends the table only", () => {
    expect(run({ mangle: "-A FORWARD -j ACCEPT", filter: "-A FORWARD -j DROP" }, forwarded()).allowed).toBe(
      false,
    );
  });

  const CHAINS = ":cali-a - -\n:cali-b - -\n";
  test.each([
    ["the end of a chain leads back", "-A FORWARD -j cali-a\n-A FORWARD -j DROP", false],
    [
      "so does RETURN",
      "-A FORWARD -j cali-a\n-A FORWARD -j ACCEPT\n-A cali-a -j RETURN\n-A cali-a -j DROP",
      true,
    ],
    ["RETURN in a kernel's chain accepts", "-A FORWARD -j RETURN\n-A FORWARD -j DROP", true],
    ["a verdict in a chain is final", "-A FORWARD -j cali-a\n-A FORWARD -j DROP\n-A cali-a -j ACCEPT", true],
    [
      "a goto leads back to where its chain was jumped to from",
      "-A FORWARD -j cali-a\n-A FORWARD -j ACCEPT\n-A cali-a -g cali-b\n-A cali-a -j DROP\n-A cali-b -j RETURN",
      true,
    ],
    ["a goto of a kernel's chain does not lead back", "-A FORWARD -g cali-a\n-A FORWARD -j DROP", true],
    [
      "targets without a verdict go on",
      '-A FORWARD -j LOG --log-prefix "a: " --log-level 5\n-A FORWARD -j DROP',
      false,
    ],
    ["so do rules without any target", "-A FORWARD\n-A FORWARD -j DROP", false],
  ])("%s", (_, rules, allowed) => {
    expect(passes(CHAINS + rules)).toBe(allowed);
  });
});

describe("matches", () => {
  /** Whether a rule of these matches matches a forwarded packet. */
  const matches = (options: string, given?: Packet) => !passes(`-A FORWARD ${options} -j DROP`, given);

  test.each([
    ["-i eth0", true],
    ["-i eth", false],
    ["-i eth+", true],
    ["! -i eth+", false],
    ["-o eth1", true],
    ["! -o eth1", false],
    ["-s 10.1.0.0/16 -d 10.2.0.0/16", true],
    ["-s 10.1.0.0/16 ! -d 10.2.0.0/16", false],
    ["-p tcp -m multiport --dports 70:80", true],
    ["-p tcp -m multiport ! --dports 70:80", false],
    ["-p tcp -m multiport --sports 80", false],
    ["-p udp -m multiport --dports 80", false],
    ["-m limit --limit 1/sec", true],
    [
      "-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m connlimit --connlimit-above 1 --connlimit-mask 0 --connlimit-saddr",
      false,
    ],
    ["-m addrtype --dst-type LOCAL", false],
    ["-m addrtype ! --dst-type LOCAL", true],
    ["-m mark --mark 0x0/0xffffffff", true],
    ["-m mark ! --mark 0x1/0x1", true],
  ])("%s: %s", (options, expected) => {
    expect(matches(options)).toBe(expected);
  });

  test.each([
    ["new", "NEW"],
    ["established", "ESTABLISHED"],
    ["related", "RELATED"],
    ["invalid", "INVALID"],
  ] as const)("a packet that is %s has the state %s alone", (connection, state) => {
    const states = ["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED", "DNAT"];
    const matching = states.filter((name) =>
      matches(`-m conntrack --ctstate ${name}`, forwarded({ connection })),
    );
    expect(matching).toEqual([state]);
    expect(matches(`-m conntrack ! --ctstate ${state}`, forwarded({ connection }))).toBe(false);
  });

  test("ICMP types", () => {
    const echo = forwarded({ protocol: 1, destinationPort: undefined, icmp: { type: 8, code: 0 } });
    expect(matches("-p icmp -m icmp --icmp-type 8/0", echo)).toBe(true);
    expect(matches("-p icmp -m icmp --icmp-type 8/1", echo)).toBe(false);
    expect(matches("-p icmp -m icmp ! --icmp-type 3", echo)).toBe(true);
  });

  test("marks are replaced where the mask says so", () => {
    const filter = `-A FORWARD -j MARK --set-xmark 0xf0000000/0xf0000000
      -A FORWARD -j MARK --set-xmark 0x20000000/0x30000000
      -A FORWARD -m mark --mark 0xe0000000/0xffffffff -j DROP`;
    expect(passes(filter)).toBe(false);
  });
});

describe("connection tracking", () => {
  test("has seen nothing yet in raw", () => {
    expect(run({ raw: "-A PREROUTING -m conntrack --ctstate INVALID -j DROP" }, forwarded()).allowed).toBe(
      false,
    );
  });

  test("what is not tracked is not translated, and says so", () => {
    const text = {
      raw: "-A PREROUTING -j CT --notrack",
      nat: `-A PREROUTING -j DNAT --to-destination ${HOST}`,
      filter: "-A FORWARD -m conntrack --ctstate UNTRACKED -j DROP",
    };
    const { visits, allowed } = run(
      text,
      forwarded({ redirected: { destination: parseIp(HOST)!, destinationPort: 1 } }),
    );
    expect(allowed).toBe(false);
    expect(visits.map(({ table }) => table)).not.toContain("nat");
  });

  test("cannot be left by a packet that comes back by loopback", () => {
    const raw = "-A PREROUTING -i lo -j CT --notrack";
    const filter = "-A INPUT -m conntrack --ctstate UNTRACKED -j DROP";
    expect(run({ raw, filter }, packet(HOST, HOST, { arrivesBy: undefined })).allowed).toBe(true);
  });
});

describe("translation of destinations", () => {
  const nat = `-A PREROUTING -d 10.2.0.1/32 -j DNAT --to-destination ${HOST}
    -A OUTPUT -d 10.2.0.1/32 -j DNAT --to-destination 10.3.0.1`;
  const filter = `-A INPUT -d ${HOST} -m conntrack --ctstate DNAT -j DROP`;

  test.each(["new", "established", "related"] as const)(
    "comes before routing, for a packet that is %s",
    (connection) => {
      expect(run({ nat, filter }, forwarded({ connection })).allowed).toBe(false);
    },
  );

  test("is not done to a packet of no connection", () => {
    expect(places({ nat, filter }, forwarded({ connection: "invalid" }))).toContain(
      "filter FORWARD eth0>eth1",
    );
  });

  test("to what it was before is none", () => {
    expect(run({ nat: `-A PREROUTING -j DNAT --to-destination ${HOST}`, filter }, toHost()).allowed).toBe(
      true,
    );
  });

  const redirected = { destination: parseIp(HOST)!, destinationPort: 8080 };

  test("by others comes after our rules, and has ports", () => {
    const text = { nat: "-A PREROUTING -p tcp -j RETURN", filter: `${filter}\n` };
    expect(run(text, forwarded({ redirected })).allowed).toBe(false);
    const byPort = "-A INPUT -p tcp -m multiport --dports 8080 -j DROP";
    expect(run({ filter: byPort }, forwarded({ redirected })).allowed).toBe(false);
    expect(run({ filter: byPort }, forwarded({ redirected, connection: "invalid" })).allowed).toBe(true);
  });

  test("by others does not happen where our rules did it", () => {
    const own = "-A PREROUTING -j DNAT --to-destination 10.3.0.1";
    expect(
      run({ nat: own, filter: "-A FORWARD -d 10.3.0.1 -j DROP" }, forwarded({ redirected })).allowed,
    ).toBe(false);
  });

  test("of the host's own packets: the filter sees the interface from before, what follows the new one", () => {
    const routes = "route replace 10.3.0.1/32 dev cali1 scope link\n";
    expect(places({ nat, routes }, sent()).slice(2)).toEqual([
      "nat OUTPUT >eth1",
      "filter OUTPUT >eth1",
      "mangle POSTROUTING >cali1",
      "nat POSTROUTING >cali1",
    ]);
  });
});

describe("routing", () => {
  const routes = `route replace 10.2.0.0/24 via 10.2.0.1 dev tunl0 onlink
    route replace 10.2.0.1/32 dev cali1 scope link
    route replace 10.2.0.2/32 via 10.0.0.9
    route replace 10.2.0.3/32 dev cali3 scope link table 7
    route replace blackhole 10.2.0.4/32`;

  test.each([
    ["10.2.0.1", "cali1"],
    ["10.2.0.9", "tunl0"],
    ["10.2.0.2", "eth1"],
    ["10.2.0.3", "tunl0"],
    ["10.2.0.4", "eth1"],
    ["10.9.0.1", "eth1"],
  ])("a packet to %s leaves by %s", (destination, device) => {
    expect(places({ routes }, packet("10.1.0.1", destination))).toContain(`filter FORWARD eth0>${device}`);
  });
});

describe("messages of neighbours", () => {
  const message = (type: number) => ({ protocol: 58, icmp: { type, code: 0 } });

  test.each([
    ["UNTRACKED", 135, false],
    ["UNTRACKED", 128, true],
    ["NEW", 135, true],
    ["NEW", 128, false],
  ])("a rule for %s lets ICMPv6 type %i pass: %s", (state, type, allowed) => {
    const filter = `-A INPUT -m conntrack --ctstate ${state} -j DROP`;
    expect(run({ filter }, packet("fd00:9::1", HOST6, message(type))).allowed).toBe(allowed);
  });
});

describe("reverse path filtering", () => {
  const routes = `route replace 10.1.0.1/32 dev cali1 scope link
    route replace 10.1.0.2/32 dev cali2 scope link
    route replace fd00:1::1/128 dev cali1`;
  const raw = "-A PREROUTING -i cali+ -m rpfilter --validmark --invert -j DROP";

  test.each([
    ["10.1.0.1", "10.2.0.1", true],
    ["10.1.0.2", "10.2.0.1", false],
    ["10.9.0.1", "10.2.0.1", false],
    [HOST, "10.2.0.1", false],
    ["0.0.0.0", "255.255.255.255", true],
    ["0.0.0.0", "224.0.0.1", true],
    ["0.0.0.0", "10.2.0.1", false],
    ["fd00:1::1", "fd00:2::1", true],
    ["fd00:1::2", "fd00:2::1", false],
    ["fe80::1", HOST6, true],
    ["::", "ff02::1", true],
  ])("%s to %s passes: %s", (source, destination, allowed) => {
    expect(run({ raw, routes }, packet(source, destination, { arrivesBy: "cali1" })).allowed).toBe(allowed);
  });

  test("loopback passes", () => {
    const everywhere = "-A PREROUTING -m rpfilter --validmark --invert -j DROP";
    expect(run({ raw: everywhere }, packet(HOST, HOST, { arrivesBy: undefined })).allowed).toBe(true);
  });
});
