import { describe, expect, test } from "vitest";
import type { PolicyLists } from "../../ir/node-ir.ts";
import {
  chainText,
  cidr,
  emit,
  makeHostEndpoint,
  makeIr,
  makePolicy,
  makeProfile,
  makeWorkload,
  NO_POLICIES,
  tier,
  use,
} from "./testing.ts";

const ESTABLISHED = "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT";
const INVALID = "-m conntrack --ctstate INVALID -j DROP";
const CLEAR = "-j MARK --set-xmark 0x0/0x30000";
const POLICY_ACCEPTED = '/* "Return if policy accepted" */ -m mark --mark 0x10000/0x10000 -j RETURN';
const PASS_CLEAR = "-m mark --mark 0x0/0x20000";

const ingress = (...ids: readonly string[]): PolicyLists => ({
  ingress: [tier(ids.map((id) => use(id)))],
  egress: [],
});
const both = (id: string): PolicyLists => ({ ingress: [tier([use(id)])], egress: [tier([use(id)])] });

describe("workload chains", () => {
  test("egress: conntrack, encapsulation guard, profiles, end (the reference's vector)", () => {
    const ir = makeIr({
      workloads: [makeWorkload("cali1234567890a", { profiles: ["kns.default"] })],
      profiles: [makeProfile("kns.default")],
    });
    expect(chainText(emit(ir).state, "filter", "cali-fw-cali1234567890a")).toEqual([
      ESTABLISHED,
      INVALID,
      CLEAR,
      '/* "Drop VXLAN encapped packets originating in workloads" */ -p udp -m multiport --dports 4789 -j DROP',
      '/* "Drop IPinIP encapped packets originating in workloads" */ -p 4 -j DROP',
      "-j cali-pro-kns.default",
      '/* "Return if profile accepted" */ -m mark --mark 0x10000/0x10000 -j RETURN',
      '/* "Drop if no profiles matched" */ -j DROP',
    ]);
  });

  test("tiers: pass is cleared, policies are guarded by it, the end drops unless all is staged or it passes", () => {
    const policies = [makePolicy("gnp/a"), makePolicy("gnp/b", { tier: "low" })];
    const lists: PolicyLists = {
      ingress: [
        tier([use("sgnp/s", "x", true)], { tier: "staged" }),
        tier([use("gnp/a")], { tier: "high", defaultAction: "pass" }),
        tier([use("gnp/b"), use("sgnp/t", "y", true)], { tier: "low" }),
      ],
      egress: [],
    };
    const ir = makeIr({ policies, workloads: [makeWorkload("cali1", { policies: lists })] });
    expect(chainText(emit(ir).state, "filter", "cali-tw-cali1")?.slice(2)).toEqual([
      CLEAR,
      '/* "Start of tier staged" */ -j MARK --set-xmark 0x0/0x20000',
      '/* "Start of tier high" */ -j MARK --set-xmark 0x0/0x20000',
      `${PASS_CLEAR} -j cali-pi-gnp/a`,
      POLICY_ACCEPTED,
      '/* "Start of tier low" */ -j MARK --set-xmark 0x0/0x20000',
      `${PASS_CLEAR} -j cali-pi-gnp/b`,
      POLICY_ACCEPTED,
      `/* "End of tier low. Drop if no policies passed packet" */ ${PASS_CLEAR} -j DROP`,
      '/* "Drop if no profiles matched" */ -j DROP',
    ]);
  });

  test("neighbours with one selector share a group chain that asks for a verdict every five policies", () => {
    const ids = Array.from({ length: 6 }, (_, n) => `gnp/p${n}`);
    const ir = makeIr({
      policies: ids.map((id) => makePolicy(id)),
      workloads: [makeWorkload("cali1", { policies: ingress(...ids) })],
    });
    const { state } = emit(ir);
    const group = chainText(state, "filter", "cali-tw-cali1")?.[4]?.split(" ").at(-1) ?? "";
    expect(group).toMatch(/^cali-gi-.{20}$/);
    const undecided = "-m mark --mark 0x0/0x30000";
    expect(chainText(state, "filter", group)).toEqual([
      "-j cali-pi-gnp/p0",
      ...[1, 2, 3, 4].map((n) => `${undecided} -j cali-pi-gnp/p${n}`),
      '/* "Return on verdict" */ -m mark ! --mark 0x0/0x30000 -j RETURN',
      "-j cali-pi-gnp/p5",
    ]);
  });

  test("groups are runs, not classes: A B A is three", () => {
    const ir = makeIr({
      policies: ["gnp/a", "gnp/b", "gnp/c"].map((id) => makePolicy(id)),
      workloads: [
        makeWorkload("cali1", {
          policies: {
            ingress: [tier([use("gnp/a", "x"), use("gnp/b", "y"), use("gnp/c", "x")])],
            egress: [],
          },
        }),
      ],
    });
    const jumps = chainText(emit(ir).state, "filter", "cali-tw-cali1")?.filter((line) =>
      line.includes("cali-pi"),
    );
    expect(jumps).toEqual(["a", "b", "c"].map((name) => `${PASS_CLEAR} -j cali-pi-gnp/${name}`));
  });

  test("rate and connection limits", () => {
    const ir = makeIr({
      workloads: [
        makeWorkload("cali1", {
          qos: {
            ingress: { packetRate: 100, packetBurst: 20, maxConnections: 7 },
            egress: { packetRate: 50 },
          },
        }),
      ],
    });
    const { state } = emit(ir);
    expect(chainText(state, "filter", "cali-tw-cali1")?.slice(0, 7)).toEqual([
      '/* "Clear ingress packet rate limit mark" */ -j MARK --set-xmark 0x0/0x80000',
      '/* "Mark packets within ingress packet rate limit" */ -m limit --limit 100/sec --limit-burst 20 -j MARK --set-xmark 0x80000/0x80000',
      '/* "Drop packets over ingress packet rate limit" */ -m mark --mark 0x0/0x80000 -j DROP',
      '/* "Clear ingress packet rate limit mark" */ -j MARK --set-xmark 0x0/0x80000',
      ESTABLISHED,
      INVALID,
      '/* "Reject connections over ingress connection limit" */ -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m connlimit --connlimit-above 7 --connlimit-mask 0 --connlimit-saddr -j REJECT --reject-with tcp-reset',
    ]);
    expect(chainText(state, "filter", "cali-fw-cali1")?.[1]).toContain("--limit 50/sec -j MARK");
  });

  test("dispatch: a tree over the first character after the common prefix, end rules in every child", () => {
    const ir = makeIr({ workloads: ["cali1a", "cali1b", "cali2"].map((name) => makeWorkload(name)) });
    const { state } = emit(ir);
    expect(chainText(state, "filter", "cali-from-wl-dispatch")).toEqual([
      "-i cali1+ -g cali-from-wl-dispatch-1",
      "-i cali2 -g cali-fw-cali2",
      '/* "Unknown interface" */ -j DROP',
    ]);
    expect(chainText(state, "filter", "cali-from-wl-dispatch-1")).toEqual([
      "-i cali1a -g cali-fw-cali1a",
      "-i cali1b -g cali-fw-cali1b",
      '/* "Unknown interface" */ -j DROP',
    ]);
    expect(chainText(state, "filter", "cali-to-wl-dispatch-1")?.[0]).toBe("-o cali1a -g cali-tw-cali1a");
  });
});

describe("host endpoint chains", () => {
  const policies = ["gnp/n", "gnp/f", "gnp/u", "gnp/d"].map((id) => makePolicy(id));

  test("without policies or profiles: established, failsafe, and nothing else", () => {
    const { state } = emit(makeIr({ hostEndpoints: [makeHostEndpoint("eth0")] }));
    expect(chainText(state, "filter", "cali-fh-eth0")).toEqual([
      ESTABLISHED,
      INVALID,
      "-j cali-failsafe-in",
      CLEAR,
      '/* "Drop if no profiles matched" */ -j DROP',
    ]);
    expect(chainText(state, "mangle", "cali-th-eth0")?.[0]).toBe(
      "-m conntrack --ctstate RELATED,ESTABLISHED -j MARK --set-xmark 0x10000/0x10000",
    );
    expect(chainText(state, "mangle", "cali-fh-eth0")).toBe(undefined);
    expect(chainText(state, "raw", "cali-fh-eth0")).toBe(undefined);
    expect(chainText(state, "raw", "cali-failsafe-in")).toBe(undefined);
  });

  test("forward: allowed by default in each direction by itself", () => {
    const endpoint = makeHostEndpoint("eth0", { forward: ingress("gnp/f") });
    const { state } = emit(makeIr({ policies, hostEndpoints: [endpoint] }));
    expect(chainText(state, "filter", "cali-fhfw-eth0")?.at(-1)).toBe(
      `/* "End of tier default. Drop if no policies passed packet" */ ${PASS_CLEAR} -j DROP`,
    );
    expect(chainText(state, "filter", "cali-thfw-eth0")?.slice(-2)).toEqual([
      '/* "Allow forwarded traffic by default" */ -j MARK --set-xmark 0x10000/0x10000',
      '/* "Return for accepted forward traffic" */ -j RETURN',
    ]);
  });

  test("untracked: no conntrack, NOTRACK on accept, no end", () => {
    const endpoint = makeHostEndpoint("eth0", { untracked: both("gnp/u") });
    const { state } = emit(makeIr({ policies, hostEndpoints: [endpoint] }));
    expect(chainText(state, "raw", "cali-fh-eth0")).toEqual([
      "-j cali-failsafe-in",
      CLEAR,
      '/* "Start of tier default" */ -j MARK --set-xmark 0x0/0x20000',
      `${PASS_CLEAR} -j cali-pi-gnp/u`,
      "-m mark --mark 0x10000/0x10000 -j CT --notrack",
      POLICY_ACCEPTED,
    ]);
    expect(chainText(state, "raw", "cali-to-host-endpoint")).toEqual(["-o eth0 -g cali-th-eth0"]);
    expect(chainText(state, "filter", "cali-pi-gnp/u")).toBe(undefined);
  });

  test("pre-DNAT stands in mangle and ends without a verdict", () => {
    const endpoint = makeHostEndpoint("eth0", { preDnat: ingress("gnp/d") });
    const { state } = emit(makeIr({ policies, hostEndpoints: [endpoint] }));
    expect(chainText(state, "mangle", "cali-from-host-endpoint")).toEqual(["-i eth0 -g cali-fh-eth0"]);
    expect(chainText(state, "mangle", "cali-fh-eth0")?.at(-1)).toBe(POLICY_ACCEPTED);
  });

  test("the all-interfaces endpoint is the end of each tree, but in raw", () => {
    const everything = makeHostEndpoint("*", {
      normal: both("gnp/n"),
      untracked: both("gnp/u"),
      preDnat: ingress("gnp/d"),
    });
    const { state } = emit(makeIr({ policies, hostEndpoints: [everything, makeHostEndpoint("eth0")] }));
    expect(chainText(state, "filter", "cali-from-host-endpoint")).toEqual([
      "-i eth0 -g cali-fh-eth0",
      "-g cali-fh-any-interface-at-all",
    ]);
    expect(chainText(state, "filter", "cali-to-hep-forward")?.at(-1)).toBe("-g cali-thfw-_Nqh4HyA73udmyanQI");
    expect(chainText(state, "mangle", "cali-to-host-endpoint")).toEqual([
      "-o eth0 -g cali-th-eth0",
      '/* "Skip egress WHEP policy for traffic to local workload" */ -o cali+ -j RETURN',
      "-g cali-th-any-interface-at-all",
    ]);
    expect(chainText(state, "raw", "cali-from-host-endpoint")).toEqual([]);
  });

  test("a specific endpoint without pre-DNAT policy is not policed by that of the all-interfaces one", () => {
    const everything = makeHostEndpoint("*", { preDnat: ingress("gnp/d") });
    const { state } = emit(makeIr({ policies, hostEndpoints: [everything, makeHostEndpoint("eth0")] }));
    expect(chainText(state, "mangle", "cali-from-host-endpoint")).toEqual([
      "-i eth0 -j RETURN",
      "-g cali-fh-any-interface-at-all",
    ]);
  });

  test("failsafe ports: a network limits to its family, raw also lets replies through", () => {
    const settings = {
      failsafeInbound: [
        { protocol: 6, port: 22, net: undefined },
        { protocol: 6, port: 443, net: cidr("fd00::/8") },
      ],
      failsafeOutbound: [{ protocol: 17, port: 53, net: cidr("10.0.0.0/8") }],
    };
    const endpoint = makeHostEndpoint("eth0", { untracked: both("gnp/u"), normal: NO_POLICIES });
    const { state } = emit(makeIr({ policies, settings, hostEndpoints: [endpoint] }));
    const ssh = "-p tcp -m multiport --dports 22 -j ACCEPT";
    expect(chainText(state, "filter", "cali-failsafe-in")).toEqual([ssh]);
    expect(chainText(state, "filter", "cali-failsafe-in", 6)).toEqual([
      ssh,
      "-s fd00::/8 -p tcp -m multiport --dports 443 -j ACCEPT",
    ]);
    expect(chainText(state, "raw", "cali-failsafe-in")).toEqual([
      ssh,
      "-s 10.0.0.0/8 -p udp -m multiport --sports 53 -j ACCEPT",
    ]);
    expect(chainText(state, "raw", "cali-failsafe-out")).toEqual([
      "-d 10.0.0.0/8 -p udp -m multiport --dports 53 -j ACCEPT",
      "-p tcp -m multiport --sports 22 -j ACCEPT",
    ]);
  });
});

describe("kube-proxy in IPVS mode", () => {
  const settings = { kubeIpvsSupport: true };
  const endpoints = ["eth0", "eth1", "bond0"].map((name) => makeHostEndpoint(name));

  test("node ports and services are marked by where they came from; the children have the end rules too", () => {
    const { state } = emit(
      makeIr({ settings, hostEndpoints: endpoints, workloads: [makeWorkload("cali1")] }),
    );
    expect(chainText(state, "filter", "cali-forward-check")).toEqual([
      "-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
      ...["tcp", "udp"].map(
        (name) =>
          `/* "To kubernetes NodePort service" */ -p ${name} -m multiport --dports 30000:32767 -m set --match-set cali40this-host dst -g cali-set-endpoint-mark`,
      ),
      '/* "To kubernetes service" */ -m set ! --match-set cali40this-host dst -j cali-set-endpoint-mark',
    ]);
    const end = [
      '/* "Unknown endpoint" */ -i cali+ -j DROP',
      '/* "Non-Cali endpoint mark" */ -j MARK --set-xmark 0x200000/0xffe00000',
    ];
    expect(chainText(state, "filter", "cali-set-endpoint-mark")).toEqual([
      "-i cali1 -g cali-sm-cali1",
      "-i bond0 -g cali-sm-bond0",
      "-i e+ -g cali-set-endpoint-mark-hep-e",
      ...end,
    ]);
    expect(chainText(state, "filter", "cali-set-endpoint-mark-hep-e")).toEqual([
      "-i eth0 -g cali-sm-eth0",
      "-i eth1 -g cali-sm-eth1",
      ...end,
    ]);
    expect(
      chainText(state, "filter", "cali-from-endpoint-mark")?.map((line) => line.split(" ").at(-1)),
    ).toEqual(["cali-fw-cali1", "cali-fhfw-eth0", "cali-fhfw-eth1", "cali-fhfw-bond0", "DROP"]);
    expect(chainText(state, "filter", "cali-OUTPUT")?.[1]).toBe(
      "-m mark ! --mark 0x0/0xffe00000 -g cali-forward-endpoint-mark",
    );
    expect(chainText(state, "mangle", "cali-POSTROUTING")?.[1]).toBe(
      "-m mark ! --mark 0x0/0xffe00000 -j RETURN",
    );
  });

  test("marks depend on the set of interfaces, not on their order", () => {
    const marks = (names: readonly string[]) =>
      ["eth0", "eth1", "bond0"].map((name) =>
        chainText(
          emit(makeIr({ settings, hostEndpoints: names.map((n) => makeHostEndpoint(n)) })).state,
          "filter",
          `cali-sm-${name}`,
        ),
      );
    const first = marks(["eth0", "eth1", "bond0"]);
    expect(marks(["bond0", "eth1", "eth0"])).toEqual(first);
    expect(new Set(first.flat()).size).toBe(3);
  });

  test("packets of interfaces without an endpoint meet the all-interfaces endpoint's forward policy", () => {
    const { state } = emit(makeIr({ settings, hostEndpoints: [makeHostEndpoint("*")] }));
    const [own] = chainText(state, "filter", "cali-from-endpoint-mark") ?? [];
    const mark = /--mark (\S+) -g cali-fhfw-_/.exec(own ?? "")?.[1];
    expect(chainText(state, "filter", "cali-set-endpoint-mark")?.at(-1)).toBe(
      `/* "Non-Cali endpoint mark" */ -j MARK --set-xmark ${mark}`,
    );
  });
});
