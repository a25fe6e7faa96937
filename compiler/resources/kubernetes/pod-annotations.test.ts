import { describe, expect, test } from "vitest";
import { formatCidr, hostCidr } from "../../net/cidr.ts";
import { formatIp, parseIp } from "../../net/ip.ts";
import { collector } from "../network/testing/read.ts";
import { allowedSpoofSources, floatingIps, type PodAnnotations } from "./pod-annotations.ts";

function reading(annotations: Readonly<Record<string, string>>) {
  const { report, findings } = collector();
  const source: PodAnnotations = { annotations, origin: { file: "pod.yaml", document: 0, path: [] }, report };
  return { source, findings };
}

const ADDRESSES = ["10.0.0.1", "fd00::1"].map((text) => hostCidr(parseIp(text)!));

describe("floating addresses", () => {
  const key = "cni.projectcalico.org/floatingIPs";

  function pairs(text: string, addresses = ADDRESSES) {
    const { source, findings } = reading({ [key]: text });
    const nats = floatingIps(addresses, source);
    return { nats: nats.map((n) => `${formatIp(n.external)} → ${formatIp(n.internal)}`), findings };
  }

  test("each stands for the pod's address of its family", () => {
    expect(pairs('["2001:db8::7", "192.0.2.7"]')).toEqual({
      nats: ["2001:db8::7 → fd00::1", "192.0.2.7 → 10.0.0.1"],
      findings: [],
    });
  });

  test("without an address of the family it stands for nothing", () => {
    expect(pairs('["192.0.2.7"]', [])).toEqual({ nats: [], findings: [] });
  });

  test("an internal address is an address, not a network", () => {
    const { source } = reading({ [key]: '["192.0.2.7"]' });
    expect(floatingIps(ADDRESSES, source)[0]?.internal).toEqual(parseIp("10.0.0.1"));
  });

  test.each(["192.0.2.7", '{"a": 1}', "[7]", '["192.0.2.700"]', '["192.0.2.7/32"]'])(
    "%s is an error",
    (text) => {
      expect(pairs(text)).toEqual({ nats: [], findings: [`kubernetes/invalid-value ${key}`] });
    },
  );

  test("empty is absent", () => {
    expect(pairs("")).toEqual({ nats: [], findings: [] });
  });
});

describe("allowed source prefixes", () => {
  const key = "cni.projectcalico.org/allowedSourcePrefixes";

  test("are masked", () => {
    const { source, findings } = reading({ [key]: '["10.1.2.3/16", "fd00::1/64"]' });
    expect(allowedSpoofSources(source).map(formatCidr)).toEqual(["10.1.0.0/16", "fd00::/64"]);
    expect(findings).toEqual([]);
  });

  test("one that is no network is reported, the others stay", () => {
    const { source, findings } = reading({ [key]: '["10.1.2.3/33", "10.2.0.0/16"]' });
    expect(allowedSpoofSources(source).map(formatCidr)).toEqual(["10.2.0.0/16"]);
    expect(findings).toEqual([`kubernetes/invalid-value ${key}`]);
  });
});
