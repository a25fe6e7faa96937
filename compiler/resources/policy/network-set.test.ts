import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { lowered, readResource } from "../network/testing/read.ts";

function netsOf(nets: readonly string[]): readonly string[] {
  const object = lowered("GlobalNetworkSet", { metadata: { name: "s" }, spec: { nets } });
  if (object.kind !== "network-set") throw new Error(`became ${object.kind}`);
  return object.nets.map(formatCidr);
}

test("a NetworkSet knows its namespace, and inherits its labels", () => {
  const metadata = { name: "s", namespace: "shop", labels: { list: "blocked" } };
  expect(lowered("NetworkSet", { metadata, spec: { nets: ["10.0.0.0/8"] } })).toMatchObject({
    kind: "network-set",
    key: "shop/s",
    namespace: "shop",
    name: "s",
    labels: { list: "blocked", "projectcalico.org/namespace": "shop" },
    profiles: ["kns.shop"],
    source: "policy",
  });
});

test("a GlobalNetworkSet has neither", () => {
  const metadata = { name: "s", labels: { list: "blocked" } };
  expect(lowered("GlobalNetworkSet", { metadata, spec: {} })).toMatchObject({
    key: "/s",
    namespace: "",
    labels: { list: "blocked" },
    profiles: [],
    nets: [],
  });
});

test("addresses, host bits and other spellings are networks", () => {
  expect(netsOf(["10.1.2.3/8", "192.0.2.1", "2001:DB8::1", "10.0.0.0/8", "::/0"])).toEqual([
    "10.0.0.0/8",
    "192.0.2.1/32",
    "2001:db8::1/128",
    "::/0",
  ]);
});

describe("checks", () => {
  test("what is no network", () => {
    const nets = ["10.0.0.0/33", "10.0.0.0/8", "example.com"];
    expect(readResource("GlobalNetworkSet", { metadata: { name: "s" }, spec: { nets } }).findings).toEqual([
      "policy/cidr-invalid spec.nets.0",
      "policy/cidr-invalid spec.nets.2",
    ]);
  });

  test("repetitions", () => {
    const nets = ["10.0.0.0/8", "10.0.0.0/8"];
    expect(readResource("NetworkSet", { metadata: { name: "s" }, spec: { nets } }).findings).toEqual([
      "resource/repeated-item spec.nets.1",
    ]);
  });

  test.each(["NetworkSet", "GlobalNetworkSet"])("Calico's own label on a %s", (kind) => {
    const metadata = { name: "s", labels: { "projectcalico.org/namespace": "x" } };
    expect(readResource(kind, { metadata, spec: {} }).findings).toEqual([
      "policy/namespace-label metadata.labels.projectcalico.org/namespace",
    ]);
  });

  test("there is no limit to their number", () => {
    const nets = Array.from({ length: 5000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
    expect(netsOf(nets)).toHaveLength(5000);
  });
});
