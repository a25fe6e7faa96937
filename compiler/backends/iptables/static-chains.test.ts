import { describe, expect, test } from "vitest";
import type { XtTableName } from "../../dataplane/xtables.ts";
import { chainText, cidr, emit, ip, makeIr, makeSet, makeWorkload } from "./testing.ts";

const ACCEPTED = "-m mark --mark 0x10000/0x10000";
const HEP = '/* "Host endpoint policy accepted packet." */';

/** A node with VXLAN in IPv4, as in the reference's dump (dataplane-iptables.md §12.1). */
const VXLAN = makeIr({
  encapsulation: { ipip: false, vxlan4: true, vxlan6: false, wireguard4: false, wireguard6: false },
  settings: { defaultEndpointToHostAction: "ACCEPT" },
  nat: { natOutgoing4: true, tunnelDevices: [{ version: 4, name: "vxlan.calico" }] },
});

describe("static chains say what Calico's say, in Calico's order", () => {
  const { state, diagnostics } = emit(VXLAN);
  const VECTORS: readonly (readonly [XtTableName, string, readonly string[]])[] = [
    ["raw", "PREROUTING", ["-j cali-PREROUTING"]],
    ["raw", "OUTPUT", ["-j cali-OUTPUT"]],
    ["mangle", "PREROUTING", ["-j cali-PREROUTING"]],
    ["mangle", "POSTROUTING", ["-j cali-POSTROUTING"]],
    ["nat", "POSTROUTING", ["-j cali-POSTROUTING"]],
    ["filter", "INPUT", ["-j cali-INPUT"]],
    [
      "filter",
      "FORWARD",
      [
        "-j cali-FORWARD",
        `/* "Policy explicitly accepted packet." */ ${ACCEPTED} -j ACCEPT`,
        "-j MARK --set-xmark 0x10000/0x10000",
      ],
    ],
    [
      "raw",
      "cali-PREROUTING",
      [
        "-j MARK --set-xmark 0x0/0x1b0000",
        "-p udp -m multiport --dports 4789 -j CT --notrack",
        "-i cali+ -j MARK --set-xmark 0x80000/0x80000",
        "-m mark --mark 0x80000/0x80000 -j cali-rpf-skip",
        "-m mark --mark 0x80000/0x80000 -m rpfilter --validmark --invert -j DROP",
        "-m mark --mark 0x0/0x80000 -j cali-from-host-endpoint",
        `${ACCEPTED} -j ACCEPT`,
      ],
    ],
    [
      "raw",
      "cali-OUTPUT",
      [
        "-j MARK --set-xmark 0x0/0x1b0000",
        "-j cali-to-host-endpoint",
        "-p udp -m multiport --dports 4789 -j CT --notrack",
        `${ACCEPTED} -j ACCEPT`,
      ],
    ],
    [
      "mangle",
      "cali-PREROUTING",
      [
        "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        `${ACCEPTED} -j ACCEPT`,
        "-j cali-from-host-endpoint",
        `${HEP} ${ACCEPTED} -j ACCEPT`,
      ],
    ],
    [
      "mangle",
      "cali-POSTROUTING",
      [
        `${ACCEPTED} -j RETURN`,
        "-j MARK --set-xmark 0x0/0x1b0000",
        "-m conntrack --ctstate DNAT -j cali-to-host-endpoint",
        `${HEP} ${ACCEPTED} -j RETURN`,
      ],
    ],
    ["nat", "cali-PREROUTING", ["-j cali-fip-dnat"]],
    ["nat", "cali-OUTPUT", ["-j cali-fip-dnat"]],
    [
      "nat",
      "cali-POSTROUTING",
      [
        "-j cali-fip-snat",
        "-j cali-nat-outgoing",
        "-o vxlan.calico -p udp -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --to-ports 4790-65535 --random-fully",
        "-o vxlan.calico -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully",
      ],
    ],
    [
      "nat",
      "cali-nat-outgoing",
      [
        "-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40network-ip-pools dst -j MASQUERADE --random-fully",
      ],
    ],
    [
      "filter",
      "cali-FORWARD",
      [
        "-j MARK --set-xmark 0x0/0x1a0000",
        "-m mark --mark 0x0/0x10000 -j cali-from-hep-forward",
        "-i cali+ -j cali-from-wl-dispatch",
        "-o cali+ -j cali-to-wl-dispatch",
        "-j cali-to-hep-forward",
        "-j cali-cidr-block",
      ],
    ],
    [
      "filter",
      "cali-INPUT",
      [
        '/* "Allow IPv4 VXLAN packets from allowed hosts" */ -p udp -m multiport --dports 4789 -m set --match-set cali40all-vxlan-net src -m addrtype --dst-type LOCAL -j ACCEPT',
        '/* "Drop IPv4 VXLAN packets from non-allowed hosts" */ -p udp -m multiport --dports 4789 -m addrtype --dst-type LOCAL -j DROP',
        "-i cali+ -g cali-wl-to-host",
        `${ACCEPTED} -j ACCEPT`,
        "-j MARK --set-xmark 0x0/0x1b0000",
        "-j cali-from-host-endpoint",
        `${HEP} ${ACCEPTED} -j ACCEPT`,
      ],
    ],
    [
      "filter",
      "cali-OUTPUT",
      [
        `${ACCEPTED} -j ACCEPT`,
        "-o cali+ -j RETURN",
        '/* "Allow IPv4 VXLAN packets to other allowed hosts" */ -p udp -m multiport --dports 4789 -m set --match-set cali40all-vxlan-net dst -m addrtype --src-type LOCAL -j ACCEPT',
        "-j MARK --set-xmark 0x0/0x1b0000",
        "-m conntrack ! --ctstate DNAT -j cali-to-host-endpoint",
        `${HEP} ${ACCEPTED} -j ACCEPT`,
      ],
    ],
    [
      "filter",
      "cali-wl-to-host",
      ["-j cali-from-wl-dispatch", '/* "Configured DefaultEndpointToHostAction" */ -j ACCEPT'],
    ],
    ["filter", "cali-from-wl-dispatch", ['/* "Unknown interface" */ -j DROP']],
    ["filter", "cali-to-wl-dispatch", ['/* "Unknown interface" */ -j DROP']],
  ];
  test.each(VECTORS)("%s %s", (table, chain, rules) => {
    expect(chainText(state, table, chain)).toEqual(rules);
  });
  test("nothing is reported", () => expect(diagnostics).toEqual([]));
});

describe("what settings change", () => {
  test("IPIP is admitted from nodes, and only in IPv4", () => {
    const on = { ipip: true, vxlan4: false, vxlan6: false, wireguard4: false, wireguard6: false };
    const { state } = emit(makeIr({ encapsulation: on }));
    expect(chainText(state, "filter", "cali-INPUT")?.slice(0, 2)).toEqual([
      '/* "Allow IPIP packets from Calico hosts" */ -p 4 -m set --match-set cali40all-hosts-net src -m addrtype --dst-type LOCAL -j ACCEPT',
      '/* "Drop IPIP packets from non-Calico hosts" */ -p 4 -j DROP',
    ]);
    expect(chainText(state, "filter", "cali-INPUT", 6)?.join()).not.toContain("-p 4");
  });

  test("the VXLAN guard follows the deny action in both families", () => {
    const on = { ipip: false, vxlan4: true, vxlan6: true, wireguard4: false, wireguard6: false };
    const { state } = emit(makeIr({ encapsulation: on, settings: { filterDenyAction: "REJECT" } }));
    for (const version of [4, 6] as const)
      expect(chainText(state, "filter", "cali-INPUT", version)?.[1]).toBe(
        `/* "Reject IPv${version} VXLAN packets from non-allowed hosts" */ -p udp -m multiport --dports 4789 -m addrtype --dst-type LOCAL -j REJECT`,
      );
  });

  test("REJECT outside the filter table is DROP", () => {
    const { state } = emit(
      makeIr({ settings: { filterDenyAction: "REJECT" }, workloads: [makeWorkload("cali1")] }),
    );
    expect(chainText(state, "raw", "cali-PREROUTING")?.[3]).toContain("-j DROP");
    expect(chainText(state, "filter", "cali-fw-cali1")?.at(-1)).toBe(
      '/* "Reject if no profiles matched" */ -j REJECT',
    );
  });

  test("RETURN as allow action: the established rule keeps the accept bit for later", () => {
    const { state } = emit(
      makeIr({
        settings: { filterAllowAction: "RETURN", mangleAllowAction: "RETURN" },
        workloads: [makeWorkload("cali1")],
      }),
    );
    expect(chainText(state, "filter", "cali-tw-cali1")?.slice(0, 2)).toEqual([
      "-m conntrack --ctstate RELATED,ESTABLISHED -j MARK --set-xmark 0x10000/0x10000",
      "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
    ]);
    expect(chainText(state, "mangle", "cali-PREROUTING")?.[0]).toContain("-j RETURN");
    expect(chainText(state, "filter", "FORWARD")?.[1]).toContain("-j RETURN");
  });

  test("append mode puts hooks at the bottom; nat POSTROUTING and the FORWARD tail are there always", () => {
    const positions = (mode: "insert" | "append") =>
      emit(makeIr({ settings: { chainInsertMode: mode } }))
        .state.rulesets[0]?.tables.flatMap(({ name, hooks }) =>
          hooks.map(({ chain, position }) => `${name} ${chain} ${position}`),
        )
        .filter((line) => /nat|FORWARD/.test(line));
    expect(positions("insert")).toEqual([
      "nat PREROUTING top",
      "nat OUTPUT top",
      "nat POSTROUTING bottom",
      "filter FORWARD top",
      "filter FORWARD bottom",
      "filter FORWARD bottom",
    ]);
    expect(positions("append")?.every((line) => line.endsWith("bottom"))).toBe(true);
  });

  test("several prefixes: first what comes in by any of them, then what leaves by any", () => {
    const { state } = emit(makeIr({ settings: { interfacePrefixes: ["cali", "tap"] } }));
    expect(chainText(state, "filter", "cali-FORWARD")?.slice(2, 6)).toEqual([
      "-i cali+ -j cali-from-wl-dispatch",
      "-i tap+ -j cali-from-wl-dispatch",
      "-o cali+ -j cali-to-wl-dispatch",
      "-o tap+ -j cali-to-wl-dispatch",
    ]);
  });

  test("IPv6 workloads may speak neighbour discovery to their host", () => {
    const { state } = emit(makeIr());
    expect(chainText(state, "filter", "cali-wl-to-host", 6)?.slice(0, 6)).toEqual(
      [130, 131, 132, 133, 135, 136].map((type) => `-p ipv6-icmp -m icmp6 --icmpv6-type ${type} -j ACCEPT`),
    );
  });

  test("WireGuard: its port is open, its mark bit shifts the endpoint bits, host encryption marks what came beside it", () => {
    const on = { ipip: false, vxlan4: false, vxlan6: false, wireguard4: true, wireguard6: false };
    const { state } = emit(makeIr({ encapsulation: on, settings: { wireguardHostEncryption: true } }));
    expect(chainText(state, "filter", "cali-INPUT")?.[0]).toBe(
      '/* "Allow incoming IPv4 Wireguard packets" */ -p udp -m multiport --dports 51820 -m addrtype --dst-type LOCAL -j ACCEPT',
    );
    expect(chainText(state, "raw", "cali-PREROUTING")?.[1]).toBe("-j cali-wireguard-incoming-mark");
    expect(chainText(state, "raw", "cali-wireguard-incoming-mark")).toEqual([
      "-i lo -j RETURN",
      "-i wireguard.cali -j RETURN",
      "-i wg-v6.cali -j RETURN",
      "-i cali+ -j RETURN",
      "-j MARK --set-xmark 0x200000/0x200000",
    ]);
    expect(chainText(emit(makeIr({ encapsulation: on })).state, "raw", "cali-wireguard-incoming-mark")).toBe(
      undefined,
    );
  });

  test("service loops: one rule per CIDR of the family", () => {
    const ir = { serviceLoopCidrs: [cidr("10.96.0.0/12"), cidr("fd96::/108")] };
    const block = (loop: "Drop" | "Reject" | "Disabled", version: 4 | 6 = 4) =>
      chainText(
        emit(makeIr({ ...ir, settings: { serviceLoopPrevention: loop } })).state,
        "filter",
        "cali-cidr-block",
        version,
      );
    expect(block("Drop")).toEqual(["-d 10.96.0.0/12 -j DROP"]);
    expect(block("Reject", 6)).toEqual(["-d fd96::/108 -j REJECT"]);
    expect(block("Disabled")).toEqual([]);
  });

  test("a host without IPv6, or with it switched off, has no IPv6 ruleset", () => {
    expect(emit(makeIr(), { ipv6: false }).state.rulesets).toHaveLength(1);
    expect(emit(makeIr({ settings: { ipv6Support: false } })).state.rulesets).toHaveLength(1);
  });
});

describe("NAT", () => {
  const outgoing = (settings: Parameters<typeof makeIr>[0], version: 4 | 6 = 4) =>
    chainText(
      emit(makeIr({ nat: { natOutgoing4: true, natOutgoing6: true }, ...settings })).state,
      "nat",
      "cali-nat-outgoing",
      version,
    );
  const M = "-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40network-ip-pools dst";

  test("a port range is for TCP and UDP, the rest goes without", () => {
    expect(outgoing({ settings: { natPortRange: { first: 32768, last: 65535 } } })).toEqual([
      `-p tcp ${M} -j MASQUERADE --to-ports 32768-65535 --random-fully`,
      `-p tcp ${M} -j RETURN`,
      `-p udp ${M} -j MASQUERADE --to-ports 32768-65535 --random-fully`,
      `-p udp ${M} -j RETURN`,
      `${M} -j MASQUERADE --random-fully`,
    ]);
  });

  test("a fixed address is for its own family", () => {
    const settings = { natOutgoingAddress: ip("192.0.2.1"), natOutgoingInterfaceFilter: "eth+" };
    expect(outgoing({ settings })).toEqual([`-o eth+ ${M} -j SNAT --to-source 192.0.2.1 --random-fully`]);
    expect(outgoing({ settings }, 6)?.[0]).toContain("-j MASQUERADE --random-fully");
  });

  test("node addresses can be excluded too", () => {
    expect(outgoing({ settings: { natOutgoingExclusions: "IPPoolsAndHostIPs" } })).toEqual([
      `${M} -m set ! --match-set cali40all-hosts-net dst -j MASQUERADE --random-fully`,
    ]);
  });

  test("floating IPs: in by DNAT, back to the pod itself by SNAT", () => {
    const pair = { external: ip("192.0.2.9"), internal: ip("10.0.0.9") };
    const { state } = emit(makeIr({ nat: { dnat: [pair], snat: [pair] } }));
    expect(chainText(state, "nat", "cali-fip-dnat")).toEqual([
      "-d 192.0.2.9/32 -j DNAT --to-destination 10.0.0.9",
    ]);
    expect(chainText(state, "nat", "cali-fip-snat")).toEqual([
      "-s 10.0.0.9/32 -d 10.0.0.9/32 -j SNAT --to-source 192.0.2.9",
    ]);
    expect(chainText(state, "nat", "cali-fip-dnat", 6)).toEqual([]);
  });

  test("DSCP: one rule per address, only towards the outside", () => {
    const { state } = emit(
      makeIr({
        nat: { dscp: [{ source: cidr("10.0.0.9/32"), dscp: 46 }] },
        ipSets: [makeSet("dscp-src-net", "hash:net", ["10.0.0.9/32"])],
      }),
    );
    expect(chainText(state, "mangle", "cali-POSTROUTING")?.[0]).toBe(
      '/* "set dscp for traffic leaving cluster." */ -m set --match-set cali40dscp-src-net src -m set ! --match-set cali40network-ip-pools dst -m set ! --match-set cali40this-host dst -j cali-egress-dscp',
    );
    expect(chainText(state, "mangle", "cali-egress-dscp")).toEqual([
      "-s 10.0.0.9/32 -j DSCP --set-dscp 0x2e",
    ]);
    expect(state.ipSets.sets.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "cali40dscp-src-net hash:net",
      "cali40network-ip-pools hash:net",
      "cali40this-host hash:ip",
    ]);
  });
});

test("spoofing exceptions follow the endpoints' order", () => {
  const { state } = emit(
    makeIr({
      workloads: [
        makeWorkload("cali1", { allowedSpoofSources: [cidr("10.8.0.0/16"), cidr("fd08::/64")] }),
        makeWorkload("cali2", { allowedSpoofSources: [cidr("10.7.0.0/16")] }),
      ],
    }),
  );
  expect(chainText(state, "raw", "cali-rpf-skip")).toEqual([
    "-s 10.8.0.0/16 -i cali1 -j ACCEPT",
    "-s 10.7.0.0/16 -i cali2 -j ACCEPT",
  ]);
  expect(chainText(state, "raw", "cali-rpf-skip", 6)).toEqual(["-s fd08::/64 -i cali1 -j ACCEPT"]);
});

test("the ARP guard knows each workload's own IPv4 addresses", () => {
  const { state } = emit(
    makeIr({ workloads: [makeWorkload("cali1", { addresses: [cidr("10.0.0.1"), cidr("fd00::1")] })] }),
  );
  expect(state.arpGuard).toEqual({ interfaces: [{ name: "cali1", addresses: [ip("10.0.0.1")] }] });
});
