import { describe, expect, test } from "vitest";
import { formatIp } from "../../net/ip.ts";
import { lowered, readResource } from "../network/testing/read.ts";

function service(spec: unknown, status: unknown = {}) {
  return { apiVersion: "v1", metadata: { name: "web", namespace: "prod" }, spec, status };
}

function addressesOf(spec: unknown, status: unknown = {}) {
  const object = lowered("Service", service(spec, status));
  if (object.kind !== "service") throw new Error(`a ${object.kind}`);
  return {
    cluster: object.clusterIps.map(formatIp),
    external: object.externalIps.map(formatIp),
    loadBalancer: object.loadBalancerIps.map(formatIp),
  };
}

test("a service says under which addresses it is reached", () => {
  const spec = {
    type: "LoadBalancer",
    clusterIP: "10.96.0.1",
    clusterIPs: ["10.96.0.1", "fd00::1"],
    externalIPs: ["192.0.2.1"],
    loadBalancerIP: "198.51.100.1",
    ports: [{ port: 80 }],
    selector: { app: "web" },
  };
  const status = {
    loadBalancer: {
      ingress: [{ ip: "198.51.100.1" }, { hostname: "lb.example.com" }, { ip: "198.51.100.2" }],
    },
  };
  expect(addressesOf(spec, status)).toEqual({
    cluster: ["10.96.0.1", "fd00::1"],
    external: ["192.0.2.1"],
    loadBalancer: ["198.51.100.1", "198.51.100.2"],
  });
});

test("the load balancer address that a service asks for is none of its own yet", () => {
  const spec = { type: "LoadBalancer", clusterIP: "10.96.0.1", loadBalancerIP: "198.51.100.9" };
  expect(addressesOf(spec).loadBalancer).toEqual([]);
  expect(lowered("Service", service(spec))).toMatchObject({ wantedLoadBalancerIp: { version: 4 } });
});

test("the single cluster address counts where there is no list", () => {
  expect(addressesOf({ clusterIP: "10.96.0.1" }).cluster).toEqual(["10.96.0.1"]);
});

test.each([{ clusterIP: "None", clusterIPs: ["None"] }, { clusterIP: "" }, {}])(
  "%j has no cluster address",
  (spec) => {
    expect(addressesOf(spec).cluster).toEqual([]);
  },
);

test("defaults", () => {
  expect(lowered("Service", service({}))).toMatchObject({
    key: "prod/web",
    type: "ClusterIP",
    externalTrafficPolicy: "Cluster",
    ipFamilies: [],
  });
  expect(lowered("Service", service({ externalTrafficPolicy: "Local" }))).toMatchObject({
    externalTrafficPolicy: "Local",
  });
});

describe("what is no address is refused where it stands", () => {
  test.each([
    [{ clusterIPs: ["10.96.0.300"] }, {}, "spec.clusterIPs.0"],
    [{ clusterIP: "web" }, {}, "spec.clusterIP"],
    [{ externalIPs: ["192.0.2.0/24"] }, {}, "spec.externalIPs.0"],
    [{ loadBalancerIP: "lb" }, {}, "spec.loadBalancerIP"],
    [{}, { loadBalancer: { ingress: [{ ip: "lb" }] } }, "status.loadBalancer.ingress.0.ip"],
  ])("%j %j", (spec, status, path) => {
    const { findings, objects } = readResource("Service", service(spec, status));
    expect(findings).toEqual([`kubernetes/invalid-value ${path}`]);
    expect(objects).toEqual([]);
  });
});
