import { describe, expect, test } from "vitest";
import { DEFAULT_FEATURES, type HostFeatures } from "../../dataplane/features.ts";
import { everythingIr } from "./sample.ts";
import {
  emit,
  ip,
  makeHostEndpoint,
  makeIr,
  makePolicy,
  makeRule,
  makeSet,
  makeWorkload,
  match,
  tier,
  use,
} from "./testing.ts";

const without = (kind: "matches" | "targets" | "setTypes", name: string): Partial<HostFeatures> => ({
  [kind]: DEFAULT_FEATURES[kind].filter((known) => known !== name),
});

test("every match, target and set type that a rule uses is asked for", () => {
  const codes = (features: Partial<HostFeatures>) =>
    new Set(emit(everythingIr(), features).diagnostics.map(({ code }) => code));
  const used = DEFAULT_FEATURES.matches.filter((name) => !["sctp", "udp"].includes(name));
  for (const name of used)
    expect(codes(without("matches", name))).toEqual(new Set(["iptables/missing-match"]));
  for (const name of DEFAULT_FEATURES.targets.filter((target) => target !== "NFLOG"))
    expect(codes(without("targets", name))).toEqual(new Set(["iptables/missing-target"]));
  for (const name of ["hash:ip", "hash:net", "hash:ip,port"])
    expect(codes(without("setTypes", name))).toEqual(new Set(["iptables/missing-set-type"]));
});

describe("what the host lacks is named with what needs it", () => {
  test("a policy's rule", () => {
    const policy = makePolicy("np/shop/web", {
      ingress: [makeRule("deny", [match.protocol(1), match.icmp(8)])],
      origin: {
        file: "web.yaml",
        document: 0,
        path: [],
        resource: { kind: "NetworkPolicy", namespace: "shop", name: "web" },
      },
    });
    const ir = makeIr({
      policies: [policy],
      workloads: [makeWorkload("cali1", { policies: { ingress: [tier([use(policy.id)])], egress: [] } })],
    });
    const found = emit(ir, without("matches", "icmp")).diagnostics;
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: "error", resource: { name: "web" } });
    expect(found[0]?.message).toContain("let packets through that must be dropped");
    expect(found[0]?.message).toContain("the rule would apply to other packets too");
  });

  test("a host endpoint, the one of all interfaces too", () => {
    const origin = (name: string) => ({
      file: "hosts.yaml",
      document: 0,
      path: [],
      resource: { kind: "HostEndpoint", name },
    });
    const ir = makeIr({
      hostEndpoints: [
        makeHostEndpoint("*", { origin: origin("all") }),
        makeHostEndpoint("eth0", { origin: origin("uplink") }),
      ],
    });
    const found = emit(ir, without("matches", "conntrack")).diagnostics;
    const ofEndpoints = found.filter(({ message }) => message.includes("Host endpoint "));
    expect(new Set(ofEndpoints.map(({ resource }) => resource?.name))).toEqual(new Set(["all", "uplink"]));
  });

  test("NAT", () => {
    const pair = { external: ip("192.0.2.9"), internal: ip("10.0.0.9") };
    const ir = makeIr({
      nat: { natOutgoing6: true, dnat: [pair], tunnelDevices: [{ version: 4, name: "tunl0" }] },
    });
    const { state, diagnostics } = emit(ir, { nat: [] });
    expect(diagnostics.map(({ message }) => message.split(" which ")[1]?.split(" needs")[0])).toEqual([
      "a floating IP",
      "the tunnel device tunl0",
      "a pool with `natOutgoing`",
    ]);
    expect(state.rulesets.every(({ tables }) => tables.every(({ name }) => name !== "nat"))).toBe(true);
    expect(emit(makeIr(), { nat: [] }).diagnostics).toEqual([]);
  });
});

test("a set beyond its size", () => {
  const ir = makeIr({
    settings: { maxIpsetSize: 1 },
    ipSets: [makeSet("s:a", "hash:net", ["10.0.0.1", "10.0.0.2"])],
    policies: [
      makePolicy("gnp/p", { neededEverywhere: true, ingress: [makeRule("deny", [match.fromSet("s:a")])] }),
    ],
  });
  expect(emit(ir).diagnostics).toMatchObject([{ code: "iptables/set-too-large" }]);
});

test("port numbers without a protocol that has ports", () => {
  const rule = makeRule("allow", [match.protocol(47), match.toPorts([80])]);
  const { diagnostics } = emit(
    makeIr({ policies: [makePolicy("gnp/p", { neededEverywhere: true, ingress: [rule] })] }),
  );
  expect(diagnostics).toMatchObject([{ code: "iptables/ports-without-protocol" }]);
});

describe("mark bits", () => {
  const codes = (markMask: number, wireguard4 = false, names: readonly string[] = []) =>
    emit(
      makeIr({
        settings: { markMask, kubeIpvsSupport: names.length > 0 },
        encapsulation: { ipip: false, vxlan4: false, vxlan6: false, wireguard4, wireguard6: false },
        hostEndpoints: names.map((name) => makeHostEndpoint(name)),
      }),
    ).diagnostics.map(({ code }) => code);

  test("six, and one more for WireGuard", () => {
    expect(codes(0x3f)).toEqual([]);
    expect(codes(0x3f, true)).toEqual(["iptables/mark-mask-too-small"]);
    expect(codes(0x7f, true)).toEqual([]);
    expect(codes(0x1f)).toEqual(["iptables/mark-mask-too-small"]);
    expect(codes(0xfc000000)).toEqual([]);
  });

  test("IPVS needs one mark an endpoint", () => {
    expect(codes(0x7f, false, ["eth0", "eth1"])).toEqual([]);
    expect(codes(0x7f, false, ["eth0", "eth1", "eth2"])).toEqual(["iptables/too-few-endpoint-marks"]);
  });
});
