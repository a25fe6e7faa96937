import { expect, test } from "vitest";
import { lowered, readResource } from "../network/testing/read.ts";

const LABELS = { "kubernetes.io/service-name": "web" };

function slice(body: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, string>> = LABELS) {
  return {
    apiVersion: "discovery.k8s.io/v1",
    metadata: { name: "web-x7", namespace: "prod", labels },
    addressType: "IPv4",
    ...body,
  };
}

test("a slice tells the endpoints and ports of its service", () => {
  const body = {
    endpoints: [
      { addresses: ["10.0.0.1"], nodeName: "node-1", conditions: { ready: true, serving: true } },
      { addresses: ["10.0.0.2"], conditions: { ready: false } },
      { addresses: ["10.0.0.3"] },
    ],
    ports: [{ name: "http", port: 80 }, { protocol: "UDP", port: 53 }, { name: "any" }],
  };
  expect(lowered("EndpointSlice", slice(body))).toMatchObject({
    kind: "service-slice",
    key: "prod/web-x7",
    service: "web",
    addressType: "IPv4",
    endpoints: [
      { addresses: [{ version: 4, value: 0x0a000001 }], ready: true, node: "node-1" },
      { addresses: [{ version: 4, value: 0x0a000002 }], ready: false, node: undefined },
      { addresses: [{ version: 4, value: 0x0a000003 }], ready: true },
    ],
    ports: [
      { name: "http", protocol: 6, port: 80 },
      { name: "", protocol: 17, port: 53 },
      { name: "any", protocol: 6, port: undefined },
    ],
  });
});

test("without the label it belongs to no service", () => {
  const { objects, findings } = readResource("EndpointSlice", slice({}, {}));
  expect({ objects, findings }).toEqual({ objects: [], findings: [] });
});

test("host names are no addresses", () => {
  const body = { addressType: "FQDN", endpoints: [{ addresses: ["web.example.com"] }] };
  expect(lowered("EndpointSlice", slice(body))).toMatchObject({ endpoints: [{ addresses: [] }] });
});

test("what is no address is refused where it stands", () => {
  const body = { endpoints: [{ addresses: ["10.0.0.1", "web"] }] };
  const { findings, objects } = readResource("EndpointSlice", slice(body));
  expect(findings).toEqual(["kubernetes/invalid-value endpoints.0.addresses.1"]);
  expect(objects).toEqual([]);
});
