import { expect, test } from "vitest";
import { hostEndpoint, ip } from "../ir/testing/objects.ts";
import { resolveHosts } from "./resolve-hosts.ts";

const SETTINGS = { interfacePrefixes: ["cali"] };
const INTERFACES = [
  { name: "eth0", addresses: [{ ip: ip("10.0.0.1"), length: 24 }] },
  {
    name: "eth1",
    addresses: [
      { ip: ip("10.0.1.1"), length: 24 },
      { ip: ip("fd00::1"), length: 64 },
    ],
  },
  { name: "cali1", addresses: [{ ip: ip("10.0.2.1"), length: 32 }] },
];

function resolve(...endpoints: ReturnType<typeof hostEndpoint>[]) {
  const { resolved, shadowed, unresolved } = resolveHosts(endpoints, INTERFACES, SETTINGS);
  return {
    resolved: resolved.map(({ interfaceName, endpoint }) => `${interfaceName} ${endpoint.name}`),
    shadowed: shadowed.map(({ endpoint, by }) => `${endpoint.name} by ${by.endpoint.name}`),
    unresolved: unresolved.map(({ name }) => name),
  };
}

test("a named interface is taken at its word, also where the node does not list it", () => {
  expect(resolve(hostEndpoint("n1", "h", { interfaceName: "bond0" })).resolved).toEqual(["bond0 h"]);
});

test("expected addresses lead to every interface that has one of them", () => {
  const h = hostEndpoint("n1", "h", { interfaceName: "", expectedIps: [ip("10.0.0.1"), ip("fd00::1")] });
  expect(resolve(h).resolved).toEqual(["eth0 h", "eth1 h"]);
});

test("an endpoint with a name is never found by its addresses", () => {
  const h = hostEndpoint("n1", "h", { interfaceName: "eth9", expectedIps: [ip("10.0.0.1")] });
  expect(resolve(h).resolved).toEqual(["eth9 h"]);
});

test("of several candidates the lowest name wins, whether it is there by name or by address", () => {
  const byIp = hostEndpoint("n1", "a", { interfaceName: "", expectedIps: [ip("10.0.0.1")] });
  const byName = hostEndpoint("n1", "b", { interfaceName: "eth0" });
  expect(resolve(byName, byIp)).toEqual({ resolved: ["eth0 a"], shadowed: ["b by a"], unresolved: [] });
});

test("the all-interfaces endpoint stands beside the others, one of them only", () => {
  const wild = (name: string) => hostEndpoint("n1", name, { interfaceName: "*" });
  expect(resolve(wild("w2"), wild("w1"), hostEndpoint("n1", "h"))).toEqual({
    resolved: ["* w1", "eth0 h"],
    shadowed: ["w2 by w1"],
    unresolved: [],
  });
});

test("workload interfaces and unknown addresses have none", () => {
  const onWorkload = hostEndpoint("n1", "a", { interfaceName: "cali1" });
  const unknown = hostEndpoint("n1", "b", { interfaceName: "", expectedIps: [ip("192.0.2.1")] });
  const workloadIp = hostEndpoint("n1", "c", { interfaceName: "", expectedIps: [ip("10.0.2.1")] });
  expect(resolve(onWorkload, unknown, workloadIp)).toEqual({
    resolved: [],
    shadowed: [],
    unresolved: ["a", "b", "c"],
  });
});
