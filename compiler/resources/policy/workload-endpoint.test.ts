import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { lowered, readResource } from "../network/testing/read.ts";

type Fields = Readonly<Record<string, unknown>>;
const SPEC = {
  orchestrator: "k8s",
  node: "n-1",
  pod: "web-0",
  endpoint: "eth0",
  interfaceName: "cali0ef24ba",
  ipNetworks: ["10.0.0.1/32", "2001:db8::1/128"],
};
const NAME = "n--1-k8s-web--0-eth0";

function document(fields: Fields, name = NAME) {
  return { metadata: { name, namespace: "shop", labels: { app: "web" } }, spec: { ...SPEC, ...fields } };
}

function endpoint(fields: Fields = {}, name = NAME) {
  const object = lowered("WorkloadEndpoint", document(fields, name));
  if (object.kind !== "workload-endpoint") throw new Error(`became ${object.kind}`);
  return object;
}

function findings(fields: Fields, name = NAME): readonly string[] {
  return readResource("WorkloadEndpoint", document(fields, name)).findings;
}

test("a pod's endpoint", () => {
  const object = endpoint({
    mac: "EE:ee:ee:ee:ee:ee",
    serviceAccountName: "web",
    profiles: ["kns.shop", "ksa.shop.web"],
    ports: [
      { name: "http", protocol: "TCP", port: 8080 },
      { protocol: "UDP", port: 53, hostPort: 53 },
    ],
  });
  expect(object).toMatchObject({
    key: "n-1/k8s/shop/web-0/eth0",
    node: "n-1",
    orchestrator: "k8s",
    namespace: "shop",
    workload: "shop/web-0",
    endpoint: "eth0",
    interfaceName: "cali0ef24ba",
    mac: "ee:ee:ee:ee:ee:ee",
    profiles: ["kns.shop", "ksa.shop.web"],
    ports: [{ name: "http", protocol: 6, port: 8080 }],
    source: "inventory",
  });
  expect(object.ports).toHaveLength(1);
  expect(object.addresses.map(formatCidr)).toEqual(["10.0.0.1/32", "2001:db8::1/128"]);
  expect(object.labels).toEqual({
    app: "web",
    "projectcalico.org/namespace": "shop",
    "projectcalico.org/orchestrator": "k8s",
    "projectcalico.org/serviceaccount": "web",
  });
});

test("labels that an endpoint inherits cannot be claimed", () => {
  const metadata = {
    name: NAME,
    namespace: "shop",
    labels: { "pcns.env": "prod", "pcsa.x": "y", pcns: "z" },
  };
  expect(lowered("WorkloadEndpoint", { metadata, spec: SPEC })).toMatchObject({
    labels: { pcns: "z", "projectcalico.org/namespace": "shop", "projectcalico.org/orchestrator": "k8s" },
  });
});

describe("the name says which workload it is", () => {
  test.each<[Fields, string, string]>([
    [{}, NAME, "shop/web-0"],
    [{ orchestrator: "cni", containerID: "1a2b" }, "n--1-cni-1a2b-eth0", "shop/1a2b"],
    [{ orchestrator: "libnetwork" }, "n--1-libnetwork-libnetwork-eth0", "shop/libnetwork"],
    [{ orchestrator: "openstack", workload: "vm-1" }, "n--1-openstack-vm--1-eth0", "shop/vm-1"],
  ])("%j", (fields, name, workload) => {
    expect(endpoint(fields, name).workload).toBe(workload);
    expect(findings(fields, "other")).toEqual(["policy/workload-name metadata.name"]);
  });

  test.each([
    [{ pod: "" }, "policy/workload-name-part spec.pod"],
    [{ node: "-n" }, "policy/workload-name-part spec.node"],
    [{ endpoint: "eth0-" }, "policy/workload-name-part spec.endpoint"],
    [{ orchestrator: "cni" }, "policy/workload-name-part spec.containerID"],
  ])("%j is no part of a name", (fields, finding) => {
    expect(findings(fields)).toEqual([finding]);
  });
});

describe("addresses", () => {
  test("a finished workload has none", () => {
    expect(endpoint({ ipNetworks: [] }).addresses).toEqual([]);
  });

  test("floating IPs", () => {
    const { floatingIps } = endpoint({ ipNATs: [{ internalIP: "10.0.0.1", externalIP: "192.0.2.1" }] });
    expect(floatingIps.map(({ internal, external }) => [formatIp(internal), formatIp(external)])).toEqual([
      ["10.0.0.1", "192.0.2.1"],
    ]);
  });

  test("sources that may be spoofed are sorted", () => {
    const prefixes = ["2001:db8::/32", "10.9.0.0/16", "10.8.1.1/16"];
    expect(endpoint({ allowSpoofedSourcePrefixes: prefixes }).allowedSpoofSources.map(formatCidr)).toEqual([
      "10.8.0.0/16",
      "10.9.0.0/16",
      "2001:db8::/32",
    ]);
  });
});

describe("QoS", () => {
  test("controls, with the bursts that they imply", () => {
    const qosControls = {
      ingressBandwidth: 1_000_000,
      egressPacketRate: 100,
      egressMaxConnections: 7,
      dscp: "EF",
    };
    expect(endpoint({ qosControls }).qos).toEqual({
      ingress: { bandwidth: 1_000_000, burst: 4_294_967_296 },
      egress: { packetRate: 100, packetBurst: 5, maxConnections: 7 },
      dscp: 46,
    });
  });

  test("0 is unset, and a burst without its rate is nothing", () => {
    const qosControls = { ingressBandwidth: 0, ingressBurst: 5, ingressPacketBurst: 3, ingressPeakrate: 9 };
    expect(endpoint({ qosControls }).qos).toEqual({ ingress: {}, egress: {} });
  });

  test("everything given", () => {
    const ingress = {
      bandwidth: 1000,
      burst: 2000,
      peakrate: 3000,
      minburst: 4000,
      packetRate: 5,
      packetBurst: 6,
    };
    const qosControls = Object.fromEntries(
      Object.entries(ingress).map(([key, value]) => [
        `ingress${key[0]?.toUpperCase()}${key.slice(1)}`,
        value,
      ]),
    );
    expect(endpoint({ qosControls }).qos.ingress).toEqual(ingress);
  });
});

describe("checks", () => {
  const port = { name: "p", protocol: "TCP", port: 80 };
  const nat = { internalIP: "10.0.0.1", externalIP: "192.0.2.1" };

  test.each<[Fields, readonly string[]]>([
    [{ node: "" }, ["policy/node-missing spec"]],
    [{ interfaceName: "" }, ["policy/interface-name-invalid spec.interfaceName"]],
    [{ interfaceName: "*" }, ["policy/interface-name-invalid spec.interfaceName"]],
    [{ interfaceName: 'x" -j ACCEPT' }, ["policy/interface-name-invalid spec.interfaceName"]],
    [{ mac: "ee:ee" }, ["policy/mac-invalid spec.mac"]],
    [{ containerID: "Cath01234-G" }, []],
    [{ containerID: "abc.d" }, ["resource/form spec.containerID"]],
    [{ containerID: "-abc" }, ["resource/form spec.containerID"]],
    [{ ipNetworks: ["10.0.0.0/24"] }, ["policy/workload-address spec.ipNetworks.0"]],
    [{ ipNetworks: ["nowhere"] }, ["policy/workload-address spec.ipNetworks.0"]],
    [{ ipNetworks: ["10.0.0.1"] }, []],
    [{ ipv4Gateway: "2001:db8::1" }, ["policy/gateway-invalid spec.ipv4Gateway"]],
    [{ ipv6Gateway: "10.0.0.1" }, ["policy/gateway-invalid spec.ipv6Gateway"]],
    [{ ipv4Gateway: "169.254.1.1", ipv6Gateway: "fe80::1" }, []],
    [
      { ipNATs: [{ ...nat, internalIP: "10.0.0.2" }] },
      ["policy/nat-outside-endpoint spec.ipNATs.0.internalIP"],
    ],
    [{ ipNATs: [{ ...nat, externalIP: "2001:db8::2" }] }, ["policy/nat-mixed-families spec.ipNATs.0"]],
    [{ ipNATs: [{ ...nat, externalIP: "x" }] }, ["policy/ip-invalid spec.ipNATs.0.externalIP"]],
    [{ ports: [{ ...port, protocol: "ICMP" }] }, ["policy/endpoint-port-protocol spec.ports.0.protocol"]],
    [{ ports: [{ protocol: "TCP", port: 80 }] }, ["policy/endpoint-port-unnamed spec.ports.0"]],
    [{ ports: [{ protocol: "TCP", port: 80, hostPort: 80 }] }, []],
    [{ ports: [{ ...port, hostIP: "x" }] }, ["policy/ip-invalid spec.ports.0.hostIP"]],
    [
      { allowSpoofedSourcePrefixes: ["x"] },
      ["policy/spoof-prefix-invalid spec.allowSpoofedSourcePrefixes.0"],
    ],
    [{ qosControls: { dscp: 64 } }, ["policy/dscp-invalid spec.qosControls.dscp"]],
    [{ qosControls: { ingressBandwidth: -1 } }, ["resource/bounds spec.qosControls.ingressBandwidth"]],
  ])("%j", (fields, expected) => {
    expect(findings(fields)).toEqual(expected);
  });
});
