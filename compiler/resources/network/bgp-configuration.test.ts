import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { lowered, readResource } from "./testing/read.ts";

const findings = (spec: object, name = "default") =>
  readResource("BGPConfiguration", { metadata: { name }, spec }).findings;

describe("BGPConfiguration", () => {
  test("fills in defaults", () => {
    expect(lowered("BGPConfiguration", { spec: {} })).toMatchObject({
      kind: "bgp-config",
      key: "default",
      source: "policy",
      nodeToNodeMesh: undefined,
      asNumber: undefined,
      serviceLoadBalancerAggregation: true,
      bindMode: "None",
      programClusterRoutes: "EnabledNoEncapOnly",
      normalRoutePriority4: 1024,
      normalRoutePriority6: 1024,
    });
  });

  test("keeps every field, with names of communities resolved", () => {
    const config = lowered("BGPConfiguration", {
      spec: {
        logSeverityScreen: "debug",
        nodeToNodeMeshEnabled: true,
        asNumber: "64513",
        serviceLoadBalancerIPs: [{ cidr: "192.0.2.0/24" }],
        serviceExternalIPs: [{ cidr: "198.51.100.7/32" }],
        serviceClusterIPs: [{ cidr: "10.96.0.0/12" }, {}, { cidr: "" }, { cidr: "fd00:96::/112" }],
        serviceLoadBalancerAggregation: "Disabled",
        communities: [
          { name: "internal", value: "64512:100" },
          { name: "internal", value: "64512:200" },
        ],
        prefixAdvertisements: [{ cidr: "10.90.0.0/16", communities: ["internal", "1:2:3"] }],
        listenPort: 1790,
        nodeMeshPassword: { secretKeyRef: { name: "bgp", key: "mesh", optional: true } },
        nodeMeshMaxRestartTime: "1m30s",
        bindMode: "NodeIP",
        ignoredInterfaces: ["docker*", "br-1"],
        localWorkloadPeeringIPV4: "169.254.1.1",
        localWorkloadPeeringIPV6: "fe80::1",
        programClusterRoutes: "Disabled",
        ipv4NormalRoutePriority: 100,
        ipv6NormalRoutePriority: 200,
      },
    });
    if (config.kind !== "bgp-config") throw new Error(config.kind);
    expect(config).toMatchObject({
      logSeverity: "debug",
      nodeToNodeMesh: true,
      asNumber: 64513,
      serviceLoadBalancerAggregation: false,
      listenPort: 1790,
      nodeMeshPassword: { namespace: "", name: "bgp", key: "mesh" },
      nodeMeshMaxRestartTime: 90,
      bindMode: "NodeIP",
      ignoredInterfaces: ["docker*", "br-1"],
      programClusterRoutes: "Disabled",
      normalRoutePriority4: 100,
      normalRoutePriority6: 200,
    });
    expect(config.serviceClusterIps.map(formatCidr)).toEqual(["10.96.0.0/12", "fd00:96::/112"]);
    expect(config.serviceExternalIps.map(formatCidr)).toEqual(["198.51.100.7/32"]);
    expect(config.serviceLoadBalancerIps.map(formatCidr)).toEqual(["192.0.2.0/24"]);
    expect(config.localWorkloadPeeringIp4 && formatIp(config.localWorkloadPeeringIp4)).toBe("169.254.1.1");
    expect(config.localWorkloadPeeringIp6 && formatIp(config.localWorkloadPeeringIp6)).toBe("fe80::1");
    expect(config.prefixAdvertisements[0]?.communities).toEqual([
      { kind: "standard", value: [64512, 100] },
      { kind: "large", value: [1, 2, 3] },
    ]);
  });

  const password = { secretKeyRef: { name: "s", key: "k" } };
  const advertisement = { cidr: "10.0.0.0/8" };
  test.each<[string, object, string]>([
    ["AS number", { asNumber: 4294967296 }, "bgp/invalid-as-number spec.asNumber"],
    [
      "password without mesh",
      { nodeToNodeMeshEnabled: false, nodeMeshPassword: password },
      "bgp/mesh-disabled spec.nodeMeshPassword",
    ],
    [
      "restart time without mesh",
      { nodeToNodeMeshEnabled: false, nodeMeshMaxRestartTime: "1m" },
      "bgp/mesh-disabled spec.nodeMeshMaxRestartTime",
    ],
    [
      "restart time without unit",
      { nodeMeshMaxRestartTime: "90" },
      "network/invalid-duration spec.nodeMeshMaxRestartTime",
    ],
    [
      "communities that nothing uses",
      { communities: [{ name: "a", value: "1:2" }] },
      "bgp/unused-communities spec.communities",
    ],
    [
      "value of a community",
      { communities: [{ name: "a", value: "65536:2" }], prefixAdvertisements: [advertisement] },
      "bgp/invalid-community spec.communities.0.value",
    ],
    [
      "undefined community",
      { prefixAdvertisements: [{ ...advertisement, communities: ["a"] }] },
      "bgp/unknown-community spec.prefixAdvertisements.0.communities.0",
    ],
    [
      "advertised network",
      { prefixAdvertisements: [{ cidr: "10.0.0.0" }] },
      "network/invalid-cidr spec.prefixAdvertisements.0.cidr",
    ],
    [
      "advertisement with host bits",
      { prefixAdvertisements: [{ cidr: "10.1.0.0/8" }] },
      "network/unmasked-cidr spec.prefixAdvertisements.0.cidr",
    ],
    [
      "service network with host bits",
      { serviceClusterIPs: [{ cidr: "10.96.0.1/12" }] },
      "network/unmasked-cidr spec.serviceClusterIPs.0.cidr",
    ],
    ["ignoring all interfaces", { ignoredInterfaces: ["*"] }, "resource/form spec.ignoredInterfaces.0"],
    [
      "repeated interface",
      { ignoredInterfaces: ["a", "a"] },
      "network/duplicate-value spec.ignoredInterfaces.1",
    ],
    [
      "peering address",
      { localWorkloadPeeringIPV4: "fe80::1" },
      "network/invalid-address spec.localWorkloadPeeringIPV4",
    ],
    ["log level", { logSeverityScreen: "Loud" }, "resource/form spec.logSeverityScreen"],
    ["port", { listenPort: 0 }, "resource/bounds spec.listenPort"],
    ["unknown field", { nodeToNodeMesh: true }, "resource/unknown-field spec.nodeToNodeMesh"],
  ])("refuses: %s", (_, spec, finding) => expect(findings(spec)).toEqual([finding]));

  test.each<[string, object]>([
    ["nodeToNodeMeshEnabled", { nodeToNodeMeshEnabled: true }],
    ["asNumber", { asNumber: 64512 }],
    ["serviceLoadBalancerIPs", { serviceLoadBalancerIPs: [] }],
    ["serviceExternalIPs", { serviceExternalIPs: [] }],
    ["serviceClusterIPs", { serviceClusterIPs: [] }],
    ["nodeMeshPassword", { nodeMeshPassword: password }],
    ["nodeMeshMaxRestartTime", { nodeMeshMaxRestartTime: "1m" }],
  ])("leaves %s to the default configuration", (field, spec) => {
    expect(findings(spec, "node.alpha")).toEqual([`bgp/default-only-field spec.${field}`]);
    expect(findings(spec)).toEqual([]);
  });

  test("says so in the API's own words", () => {
    const { messages } = readResource("BGPConfiguration", {
      metadata: { name: "node.alpha" },
      spec: { asNumber: 1 },
    });
    expect(messages).toEqual(["Cannot set ASNumber on a non default BGP Configuration."]);
  });
});
