import { describe, expect, test } from "vitest";
import { DEFAULT_FEATURES, type HostFeatures } from "../../dataplane/features.ts";
import { DiagnosticBag } from "../../diagnostics/bag.ts";
import type { QosControls } from "../../ir/cluster-model.ts";
import { ParseError } from "../backend.ts";
import { makeIr, makeWorkload } from "../iptables/testing.ts";
import { shapingBackend } from "./index.ts";

function emit(qos: Partial<QosControls>, features: Partial<HostFeatures> = {}) {
  const bag = new DiagnosticBag();
  const ir = makeIr({
    workloads: [makeWorkload("cali1", { workload: "shop/web\n", qos: { ingress: {}, egress: {}, ...qos } })],
  });
  const state = shapingBackend.emit(ir, {
    features: { ...DEFAULT_FEATURES, ...features },
    report: bag.report,
  });
  const diagnostics = bag.diagnostics({ locate: () => undefined, lineText: () => undefined });
  return { state, codes: diagnostics.map(({ code }) => code) };
}

function lines(qos: Partial<QosControls>): readonly string[] {
  const [file] = shapingBackend.print(emit(qos).state, "n1");
  return file?.text.trimEnd().split("\n") ?? [];
}

const BOTH = {
  ingress: { bandwidth: 1_000_000, burst: 80_000 },
  egress: { bandwidth: 2_000_000, burst: 80_001, peakrate: 4_000_000 },
};

describe("tc.batch", () => {
  test("a bucket to the pod, a policer from it", () => {
    expect(lines(BOTH)).toEqual([
      "# tc.batch of node n1, format 1",
      "# to-workload shop/web_",
      "qdisc add dev cali1 root handle 1: tbf rate 1000000bit burst 10000b latency 25ms",
      "# from-workload shop/web_",
      "qdisc add dev cali1 ingress",
      "filter add dev cali1 ingress protocol all matchall action police rate 2000000bit burst 10001b peakrate 4000000bit mtu 1514b conform-exceed drop",
    ]);
  });

  test("the default burst is cut to what the kernel can count at that rate", () => {
    expect(lines({ ingress: { bandwidth: 1000 } })[2]).toContain("burst 21250b");
    expect(lines({ ingress: { bandwidth: 10 ** 9 } })[2]).toContain("burst 536870912b");
  });

  test("no limits, no file", () => expect(lines({ ingress: { packetRate: 5 } })).toEqual([]));

  test("reads back", () => {
    const { state } = emit(BOTH);
    const read = shapingBackend.parse(shapingBackend.print(state, "n1"));
    expect(read.shapers).toEqual(state.shapers.map((shaper) => ({ ...shaper, note: "" })));
    expect(shapingBackend.diff(read, state)).toEqual([]);
    expect(() => shapingBackend.parse([{ path: "tc.batch", text: "qdisc del dev eth0 root\n" }])).toThrow(
      ParseError,
    );
  });
});

test("differences by interface and direction", () => {
  const { state } = emit(BOTH);
  const faster = emit({ ...BOTH, ingress: { bandwidth: 3_000_000, burst: 80_000 } }).state;
  const ops = (from: typeof state, to: typeof state) =>
    shapingBackend.diff(from, to).map(({ op, shaper }) => `${op} ${shaper.direction}`);
  expect(ops(state, faster)).toEqual(["replace to-workload"]);
  expect(ops(state, { shapers: [] })).toEqual(["delete to-workload", "delete from-workload"]);
  expect(ops({ shapers: [] }, state)).toEqual(["add to-workload", "add from-workload"]);
});

test("a host that cannot limit is an error", () => {
  expect(emit(BOTH, { shaping: ["tbf"] }).codes).toEqual(["shaping/unsupported"]);
  expect(emit(BOTH, { shaping: [] }).codes).toHaveLength(2);
});
