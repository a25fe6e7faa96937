import { describe, expect, test } from "vitest";
import { collector } from "../network/testing/read.ts";
import { qosControls } from "./qos.ts";

function controls(annotations: Readonly<Record<string, string>>) {
  const { report, findings } = collector();
  const origin = { file: "pod.yaml", document: 0, path: [] };
  return { ...qosControls({ annotations, origin, report }), findings };
}

const qos = (name: string) => `qos.projectcalico.org/${name}`;

/** What the annotations, given without their prefix, come to for traffic into the pod. */
function ingressOf(values: Readonly<Record<string, string>>) {
  const entries = Object.entries(values).map(([key, value]) => [qos(`ingress${key}`), value]);
  return controls(Object.fromEntries(entries));
}

test("without annotations nothing is limited", () => {
  expect(controls({ app: "web" })).toEqual({ ingress: {}, egress: {}, findings: [] });
});

test("each direction is its own", () => {
  expect(controls({ [qos("egressBandwidth")]: "10M", [qos("egressBurst")]: "1Mi" })).toEqual({
    ingress: {},
    egress: { bandwidth: 10_000_000, burst: 1_048_576 },
    findings: [],
  });
});

describe("what depends on what", () => {
  test.each([
    ["bandwidth has a burst", { Bandwidth: "1M" }, { bandwidth: 1e6, burst: 4_294_967_296 }],
    [
      "peak above bandwidth",
      { Bandwidth: "1M", Peakrate: "2M" },
      { bandwidth: 1e6, burst: 2 ** 32, peakrate: 2e6 },
    ],
    [
      "minburst beside a peak",
      { Bandwidth: "1M", Peakrate: "2M", Minburst: "2k" },
      { bandwidth: 1e6, burst: 2 ** 32, peakrate: 2e6, minburst: 2000 },
    ],
    ["packet rate has a burst", { PacketRate: "100" }, { packetRate: 100, packetBurst: 5 }],
    ["packet burst given", { PacketRate: "100", PacketBurst: "7" }, { packetRate: 100, packetBurst: 7 }],
    ["connections", { MaxConnections: "8" }, { maxConnections: 8 }],
  ])("%s", (_, values, expected) => {
    expect(ingressOf(values)).toEqual({ ingress: expected, egress: {}, findings: [] });
  });

  const limited = { bandwidth: 1e6, burst: 2 ** 32 };
  test.each([
    ["burst needs bandwidth", { Burst: "1M" }, {}, ["Burst"]],
    ["peak not above bandwidth", { Bandwidth: "1M", Peakrate: "1M" }, limited, ["Peakrate"]],
    ["peak needs bandwidth", { Peakrate: "2M", Minburst: "2k" }, {}, ["Peakrate", "Minburst"]],
    ["minburst needs a peak", { Bandwidth: "1M", Minburst: "2k" }, limited, ["Minburst"]],
    ["packet burst needs a rate", { PacketBurst: "7" }, {}, ["PacketBurst"]],
  ])("%s, and what does not count is told", (_, values, expected, ignored) => {
    const findings = ignored.map((name) => `kubernetes/ignored-value ${qos(`ingress${name}`)}`);
    expect(ingressOf(values)).toEqual({ ingress: expected, egress: {}, findings });
  });
});

describe("out of range is clamped, and told", () => {
  const beside: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    Burst: { Bandwidth: "1M" },
    Peakrate: { Bandwidth: "1k" },
    Minburst: { Bandwidth: "1k", Peakrate: "1M" },
    PacketBurst: { PacketRate: "1" },
  };
  test.each([
    ["Bandwidth", "bandwidth", "1", 1000],
    ["Bandwidth", "bandwidth", "2P", 1e15],
    ["Burst", "burst", "999", 1000],
    ["Burst", "burst", "34359738361", 34_359_738_360],
    ["Peakrate", "peakrate", "1", 1010],
    ["Peakrate", "peakrate", "2P", 1.01e15],
    ["Minburst", "minburst", "0", 1000],
    ["Minburst", "minburst", "100000001", 100_000_000],
    ["PacketRate", "packetRate", "0", 1],
    ["PacketRate", "packetRate", "11k", 10_000],
    ["PacketBurst", "packetBurst", "-1", 1],
    ["PacketBurst", "packetBurst", "11k", 10_000],
    ["MaxConnections", "maxConnections", "0", 1],
    ["MaxConnections", "maxConnections", "4294967296", 4_294_967_295],
  ])("%s → %s: %s", (name, field, text, expected) => {
    const { ingress, findings } = ingressOf({ ...beside[name], [name]: text });
    expect(ingress).toMatchObject({ [field]: expected });
    expect(findings).toEqual([`kubernetes/clamped-value ${qos(`ingress${name}`)}`]);
  });
});

describe("Kubernetes' own annotation", () => {
  const key = "kubernetes.io/ingress-bandwidth";

  test("counts where Calico's is absent", () => {
    expect(controls({ [key]: "1M" }).ingress.bandwidth).toBe(1e6);
    expect(controls({ [key]: "1M", [qos("ingressBandwidth")]: "2M" }).ingress.bandwidth).toBe(2e6);
  });

  test("does not count beside one of Calico's that cannot be read", () => {
    expect(controls({ [key]: "1M", [qos("ingressBandwidth")]: "fast" }).ingress).toEqual({});
  });
});

test("a value that is no quantity is left out, and never blocks the others", () => {
  expect(ingressOf({ Bandwidth: "fast", PacketRate: "10" })).toEqual({
    ingress: { packetRate: 10, packetBurst: 5 },
    egress: {},
    findings: [`kubernetes/ignored-value ${qos("ingressBandwidth")}`],
  });
});

describe("DSCP", () => {
  test("is read", () => {
    expect(controls({ [qos("dscp")]: "AF41" })).toMatchObject({ dscp: 34, findings: [] });
  });

  test("is left out when it is none", () => {
    const { dscp, findings } = controls({ [qos("dscp")]: "64" });
    expect(dscp).toBeUndefined();
    expect(findings).toEqual([`kubernetes/ignored-value ${qos("dscp")}`]);
  });
});
