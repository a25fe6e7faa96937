import { describe, expect, test } from "vitest";
import { formatIp } from "../../net/ip.ts";
import { lowered, readResource } from "../network/testing/read.ts";

const SPEC = { node: "db-1", interfaceName: "eth0" };
type Fields = Readonly<Record<string, unknown>>;

function findings(fields: Fields, annotations = {}): readonly string[] {
  return readResource("HostEndpoint", { metadata: { name: "h", annotations }, spec: { ...SPEC, ...fields } })
    .findings;
}

test("a host endpoint", () => {
  const object = lowered("HostEndpoint", {
    metadata: { name: "h", labels: { role: "db" }, annotations: { "qos.projectcalico.org/dscp": "AF11" } },
    spec: {
      ...SPEC,
      expectedIPs: ["10.0.0.1", "2001:DB8::1"],
      profiles: ["b", "a"],
      ports: [
        { name: "pg", protocol: "TCP", port: 5432 },
        { name: "dns", protocol: 17, port: 53 },
      ],
    },
  });
  expect(object).toMatchObject({
    kind: "host-endpoint",
    key: "h",
    node: "db-1",
    interfaceName: "eth0",
    labels: { role: "db" },
    profiles: ["b", "a"],
    ports: [
      { name: "pg", protocol: 6, port: 5432 },
      { name: "dns", protocol: 17, port: 53 },
    ],
    dscp: 10,
    source: "policy",
  });
  expect(object.kind === "host-endpoint" && object.expectedIps.map(formatIp)).toEqual([
    "10.0.0.1",
    "2001:db8::1",
  ]);
});

test("one that is found by its addresses, and one for all interfaces", () => {
  const byAddress = { metadata: { name: "h" }, spec: { node: "n", expectedIPs: ["10.0.0.1"] } };
  expect(lowered("HostEndpoint", byAddress)).toMatchObject({ interfaceName: "", dscp: undefined });
  const everywhere = { metadata: { name: "h" }, spec: { node: "n", interfaceName: "*" } };
  expect(lowered("HostEndpoint", everywhere)).toMatchObject({ interfaceName: "*", expectedIps: [] });
});

describe("checks", () => {
  const port = { name: "p", protocol: "TCP", port: 80 };

  test.each<[Fields, readonly string[]]>([
    [{ node: "" }, ["policy/node-missing spec"]],
    [{ interfaceName: "" }, ["policy/host-endpoint-unplaced spec"]],
    [{ interfaceName: "", expectedIPs: [] }, ["policy/host-endpoint-unplaced spec"]],
    [{ interfaceName: "eth 0" }, ["policy/interface-name-invalid spec.interfaceName"]],
    [{ interfaceName: "eth*" }, ["policy/interface-name-invalid spec.interfaceName"]],
    [{ interfaceName: "0123456789abcdef" }, ["resource/size spec.interfaceName"]],
    [{ node: "n".repeat(254) }, ["resource/size spec.node"]],
    [{ expectedIPs: ["10.0.0.1", "10.0.0.0/8"] }, ["policy/ip-invalid spec.expectedIPs.1"]],
    [{ expectedIPs: ["10.0.0.1", "10.0.0.1"] }, ["resource/repeated-item spec.expectedIPs.1"]],
    [{ ports: [{ ...port, protocol: "ICMP" }] }, ["policy/endpoint-port-protocol spec.ports.0.protocol"]],
    [{ ports: [{ ...port, protocol: "tcp" }] }, ["policy/endpoint-port-protocol spec.ports.0.protocol"]],
    [{ ports: [{ ...port, name: "" }] }, ["policy/endpoint-port-name spec.ports.0.name"]],
    [{ ports: [{ ...port, name: "a b" }] }, ["policy/endpoint-port-name spec.ports.0.name"]],
    [{ ports: [{ ...port, port: 0 }] }, ["resource/bounds spec.ports.0.port"]],
    [{ ports: [{ ...port, port: 65535 }] }, []],
    [{ interfaceName: "eth0.100_x-y" }, []],
  ])("%j", (fields, expected) => {
    expect(findings(fields)).toEqual(expected);
  });

  test("a DSCP value that is none only warns", () => {
    expect(findings({}, { "qos.projectcalico.org/dscp": "64" })).toEqual([
      "policy/dscp-invalid metadata.annotations.qos.projectcalico.org/dscp",
    ]);
  });
});
