import { describe, expect, test } from "vitest";
import { DEFAULT_FELIX_SETTINGS } from "../../ir/felix-config.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { PARAMETER_LIST } from "./felix/parameters.ts";
import { lowered, readResource } from "./testing/read.ts";

function settings(spec: object, annotations: object = {}) {
  const config = lowered("FelixConfiguration", { metadata: { name: "default", annotations }, spec });
  if (config.kind !== "felix-config") throw new Error(config.kind);
  return config.settings;
}
const findings = (spec: object, name = "default", annotations = {}) =>
  readResource("FelixConfiguration", { metadata: { name, annotations }, spec }).findings;
const annotated = (parameter: string, value: string) => ({
  [`config.projectcalico.org/${parameter}`]: value,
});

describe("FelixConfiguration", () => {
  test("sets nothing that it does not say", () => {
    expect(settings({})).toEqual({});
    expect(settings({ reportingInterval: "30s", bpfEnabled: false, healthPort: 9099 })).toEqual({});
  });

  test("has every setting that the artifacts depend on", () => {
    const all = settings({
      interfacePrefix: "cali,azv",
      interfaceExclude: "kube-ipvs0, /^br/",
      chainInsertMode: "Append",
      defaultEndpointToHostAction: "Return",
      iptablesFilterAllowAction: "Return",
      iptablesMangleAllowAction: "Return",
      iptablesFilterDenyAction: "Reject",
      iptablesMarkMask: 0xff000000,
      logPrefix: "deny %t",
      logActionRateLimit: "10/second",
      logActionRateLimitBurst: 7,
      serviceLoopPrevention: "Reject",
      disableConntrackInvalidCheck: true,
      allowVXLANPacketsFromWorkloads: true,
      allowIPIPPacketsFromWorkloads: true,
      workloadSourceSpoofing: "Any",
      failsafeInboundHostPorts: [{ protocol: "TCP", port: 22, net: "10.0.0.0/8" }],
      failsafeOutboundHostPorts: [],
      natPortRange: "32768:65535",
      natOutgoingAddress: "192.0.2.1",
      natOutgoingExclusions: "IPPoolsAndHostIPs",
      iptablesNATOutgoingInterfaceFilter: "eth+",
      ipv6Support: false,
      kubeNodePortRanges: ["30000:32767", 8080],
      externalNodesList: ["10.0.0.0/8", "192.0.2.7"],
      maxIpsetSize: 4096,
      floatingIPs: "Enabled",
      vxlanEnabled: true,
      ipipEnabled: false,
      vxlanVNI: 1,
      vxlanPort: 2,
      vxlanMTU: 3,
      vxlanMTUV6: 4,
      ipipMTU: 5,
      wireguardMTU: 6,
      wireguardMTUV6: 7,
      wireguardEnabled: true,
      wireguardEnabledV6: true,
      wireguardListeningPort: 8,
      wireguardListeningPortV6: 9,
      wireguardInterfaceName: "wg0",
      wireguardInterfaceNameV6: "wg1",
      wireguardRoutingRulePriority: 10,
      wireguardHostEncryptionEnabled: true,
      wireguardKeepAlive: "25s",
      deviceRouteProtocol: 80,
      deviceRouteSourceAddress: "192.0.2.2",
      deviceRouteSourceAddressIPv6: "2001:db8::2",
      removeExternalRoutes: false,
      routeSource: "WorkloadIPs",
      routeSyncDisabled: true,
      programClusterRoutes: "Enabled",
      ipv4NormalRoutePriority: 11,
      ipv6NormalRoutePriority: 12,
      routeTableRanges: [{ min: 10, max: 20 }],
      ipForwarding: "Disabled",
      mtuIfacePattern: "^eth",
    });
    const { kubeIpvsSupport: _detected, ...configurable } = DEFAULT_FELIX_SETTINGS;
    expect(Object.keys(all).sort()).toEqual(Object.keys(configurable).sort());
    expect(all).toMatchObject({
      interfacePrefixes: ["cali", "azv"],
      interfaceExclude: ["kube-ipvs0", "/^br/"],
      chainInsertMode: "append",
      defaultEndpointToHostAction: "RETURN",
      filterAllowAction: "RETURN",
      mangleAllowAction: "RETURN",
      filterDenyAction: "REJECT",
      markMask: 0xff000000,
      logRateLimit: "10/second",
      logRateBurst: 7,
      failsafeOutbound: [],
      natPortRange: { first: 32768, last: 65535 },
      kubeNodePortRanges: [
        { first: 30000, last: 32767 },
        { first: 8080, last: 8080 },
      ],
      floatingIps: true,
      wireguardKeepAlive: 25,
      routeTableRanges: [{ first: 10, last: 20 }],
      ipForwarding: false,
      routeSource: "WorkloadIPs",
    });
    expect(all.failsafeInbound?.map(({ net, ...port }) => [port, net && formatCidr(net)])).toEqual([
      [{ protocol: 6, port: 22 }, "10.0.0.0/8"],
    ]);
    expect(all.externalNodesCidrs?.map(formatCidr)).toEqual(["10.0.0.0/8", "192.0.2.7/32"]);
    const addresses = [all.natOutgoingAddress, all.deviceRouteSource4, all.deviceRouteSource6];
    expect(addresses.map((ip) => ip && formatIp(ip))).toEqual(["192.0.2.1", "192.0.2.2", "2001:db8::2"]);
  });

  test("takes values in any case where Felix does", () => {
    expect(settings({ defaultEndpointToHostAction: "ACCEPT", serviceLoopPrevention: "drop" })).toEqual({
      defaultEndpointToHostAction: "ACCEPT",
      serviceLoopPrevention: "Drop",
    });
    expect(findings({ natOutgoingExclusions: "ippoolsonly" })).toEqual([
      "resource/enum spec.natOutgoingExclusions",
    ]);
  });

  test("reads an empty text or list as unset, and port 0 as no range", () => {
    expect(settings({ chainInsertMode: "", natOutgoingAddress: "", routeTableRanges: [] })).toEqual({});
    expect(settings({ natPortRange: 0 })).toEqual({ natPortRange: undefined });
  });

  test("reads none as the zero value, except where Felix demands one", () => {
    expect(settings({ interfaceExclude: "none", natOutgoingAddress: "NONE", logPrefix: "none" })).toEqual({
      interfaceExclude: [],
      natOutgoingAddress: undefined,
      logPrefix: "",
    });
    expect(findings({ interfacePrefix: "none" })).toEqual(["felix/required-value spec.interfacePrefix"]);
  });

  test("keeps who it is for", () => {
    const config = lowered("FelixConfiguration", {
      metadata: { name: "rack-a", creationTimestamp: "2026-08-01T00:00:00Z" },
      spec: { nodeSelector: "rack == 'a'" },
    });
    expect(config).toMatchObject({
      key: "rack-a",
      source: "policy",
      nodeSelector: { canonical: 'rack == "a"' },
      creationTimestamp: "2026-08-01T00:00:00Z",
    });
  });

  describe("annotations", () => {
    test("override fields, in the notation of the configuration file", () => {
      const annotations = {
        ...annotated("VXLANPort", "4790"),
        ...annotated("failsafeInboundHostPorts", "22, udp:68,tcp:10.0.0.0/8:179,tcp:[fd00::/8]:6443"),
        ...annotated("IptablesMarkMask", "0xff00"),
        ...annotated("WireguardPersistentKeepAlive", "25"),
        ...annotated("Ipv6Support", "no"),
        ...annotated("RouteTableRanges", "10-20 30-40"),
        ...annotated("ExternalNodesCIDRList", "10.0.0.0/8"),
      };
      const all = settings({ vxlanPort: 1, wireguardKeepAlive: "5s" }, annotations);
      expect(all).toMatchObject({
        vxlanPort: 4790,
        markMask: 0xff00,
        wireguardKeepAlive: 25,
        ipv6Support: false,
        routeTableRanges: [
          { first: 10, last: 20 },
          { first: 30, last: 40 },
        ],
      });
      expect(
        all.failsafeInbound?.map(({ protocol, port, net }) => [protocol, port, net && formatCidr(net)]),
      ).toEqual([
        [6, 22, undefined],
        [17, 68, undefined],
        [6, 179, "10.0.0.0/8"],
        [6, 6443, "fd00::/8"],
      ]);
    });

    test("empty the failsafe list with the word none", () => {
      expect(settings({}, annotated("FailsafeOutboundHostPorts", "none"))).toEqual({ failsafeOutbound: [] });
    });

    test.each<[string, string, string]>([
      ["VXLANPort", "many", "felix/invalid-value"],
      ["VXLANPort", "65536", "felix/invalid-value"],
      ["FailsafeInboundHostPorts", "icmp:1", "felix/invalid-value"],
      ["FailsafeInboundHostPorts", "tcp:fd00::/8:22", "felix/invalid-value"],
      ["InterfacePrefix", "none", "felix/required-value"],
      ["Bpfenabled", "perhaps", "felix/invalid-value"],
      ["NoSuchThing", "1", "felix/unknown-parameter"],
    ])("%s=%s: %s", (parameter, value, code) => {
      expect(findings({}, "default", annotated(parameter, value))).toEqual([
        `${code} metadata.annotations.config.projectcalico.org/${parameter}`,
      ]);
    });

    test("may name what the API does not take, and the agent does", () => {
      const annotations = annotated("ExternalNodesCIDRList", "2001:db8::/64");
      expect(findings({}, "default", annotations)).toEqual([]);
    });

    test("of other owners are left alone", () => {
      expect(findings({}, "default", { "example.com/config": "x" })).toEqual([]);
    });
  });

  test.each<[string, object, string]>([
    ["selector on default", { nodeSelector: "all()" }, "felix/node-selector-forbidden spec.nodeSelector"],
    ["duration without unit", { reportingTTL: "90" }, "felix/invalid-value spec.reportingTTL"],
    [
      "address of the other family",
      { natOutgoingAddress: "fd00::1" },
      "felix/invalid-value spec.natOutgoingAddress",
    ],
    [
      "IPv6 source",
      { deviceRouteSourceAddressIPv6: "10.0.0.1" },
      "felix/invalid-value spec.deviceRouteSourceAddressIPv6",
    ],
    ["external node", { externalNodesList: ["10.0.0.0/33"] }, "felix/invalid-value spec.externalNodesList"],
    [
      "IPv6 external node",
      { externalNodesList: ["2001:db8::1"] },
      "felix/invalid-value spec.externalNodesList",
    ],
    ["connmark", { bpfExtToServiceConnmark: -1 }, "resource/bounds spec.bpfExtToServiceConnmark"],
    ["named node port", { kubeNodePortRanges: ["http"] }, "felix/invalid-value spec.kubeNodePortRanges"],
    [
      "too many node port ranges",
      { kubeNodePortRanges: [1, 2, 3, 4, 5, 6, 7, 8] },
      "resource/size spec.kubeNodePortRanges",
    ],
    ["port range upside down", { natPortRange: "9:1" }, "felix/invalid-value spec.natPortRange"],
    [
      "failsafe net",
      { failsafeInboundHostPorts: [{ protocol: "TCP", port: 22, net: "x" }] },
      "felix/invalid-value spec.failsafeInboundHostPorts",
    ],
    [
      "failsafe protocol",
      { failsafeInboundHostPorts: [{ protocol: "tcp", port: 22 }] },
      "resource/enum spec.failsafeInboundHostPorts.0.protocol",
    ],
    [
      "failsafe SCTP",
      { failsafeInboundHostPorts: [{ protocol: "SCTP", port: 22 }] },
      "felix/failsafe-sctp spec.failsafeInboundHostPorts",
    ],
    ["mark mask", { iptablesMarkMask: 0xf }, "felix/mark-bits spec.iptablesMarkMask"],
    ["scarce mark mask", { iptablesMarkMask: 0x11111 }, "felix/mark-bits-scarce spec.iptablesMarkMask"],
    ["log rate", { logActionRateLimit: "10/s" }, "felix/invalid-value spec.logActionRateLimit"],
    ["log burst", { logActionRateLimitBurst: 10000 }, "resource/bounds spec.logActionRateLimitBurst"],
    ["log prefix", { logPrefix: 'a"b' }, "felix/invalid-value spec.logPrefix"],
    [
      "both table ranges",
      { routeTableRange: { min: 1, max: 2 }, routeTableRanges: [{ min: 3, max: 4 }] },
      "felix/route-table-ranges spec.routeTableRange",
    ],
    [
      "old table range",
      { routeTableRange: { min: 1, max: 251 } },
      "felix/route-table-ranges spec.routeTableRange",
    ],
    [
      "table 0",
      { routeTableRanges: [{ min: 0, max: 1 }] },
      "felix/route-table-ranges spec.routeTableRanges.0",
    ],
    [
      "tables upside down",
      { routeTableRanges: [{ min: 2, max: 1 }] },
      "felix/route-table-ranges spec.routeTableRanges.0",
    ],
    [
      "table too high",
      { routeTableRanges: [{ min: 4294967295, max: 4294967296 }] },
      "felix/route-table-ranges spec.routeTableRanges.0",
    ],
    [
      "too many tables",
      { routeTableRanges: [{ min: 1, max: 65536 }] },
      "felix/route-table-ranges spec.routeTableRanges",
    ],
    [
      "health timeout",
      { healthTimeoutOverrides: [{ name: "felix-startup", timeout: "-1s" }] },
      "felix/invalid-value spec.healthTimeoutOverrides",
    ],
    [
      "name of a health timeout",
      { healthTimeoutOverrides: [{ name: "a/b", timeout: "1s" }] },
      "resource/form spec.healthTimeoutOverrides.0.name",
    ],
    ["region", { openstackRegion: "Region_1" }, "felix/invalid-value spec.openstackRegion"],
    ["long region", { openstackRegion: "x".repeat(47) }, "felix/invalid-value spec.openstackRegion"],
    ["pattern", { mtuIfacePattern: "(" }, "felix/invalid-value spec.mtuIfacePattern"],
    ["type", { vxlanPort: "4789" }, "resource/type spec.vxlanPort"],
    ["unknown field", { vxlanport: 4789 }, "resource/unknown-field spec.vxlanport"],
  ])("finds: %s", (_, spec, finding) => expect(findings(spec)).toEqual([finding]));

  test("forbids the selector on a node's own object, and misses it elsewhere", () => {
    expect(findings({ nodeSelector: "all()" }, "node.alpha")).toEqual([
      "felix/node-selector-forbidden spec.nodeSelector",
    ]);
    expect(findings({}, "rack-a")).toEqual(["felix/node-selector-missing metadata.name"]);
    expect(findings({ nodeSelector: "a=" }, "rack-a")).toEqual(["selector/invalid spec.nodeSelector"]);
  });

  test("knows each parameter by one name of the configuration file", () => {
    const names = PARAMETER_LIST.map(([, { configName }]) => configName.toLowerCase());
    expect(new Set(names).size).toBe(names.length);
  });

  test("says what Felix would do with the parameters and this compiler does not", () => {
    const asking = {
      bpfEnabled: true,
      nftablesMode: "Enabled",
      istioAmbientMode: "Enabled",
      flowLogsGoldmaneServer: "goldmane:7443",
      flowLogsLocalReporter: "Enabled",
      interfacePrefix: "cali,tap",
      metadataAddr: "10.2.2.2",
      metadataPort: 8776,
    };
    expect(findings(asking)).toEqual(Object.keys(asking).map((name) => `felix/not-compiled spec.${name}`));
    const content = {
      bpfEnabled: false,
      nftablesMode: "Auto",
      istioAmbientMode: "Disabled",
      flowLogsGoldmaneServer: "none",
      flowLogsLocalReporter: "Disabled",
      interfacePrefix: "cali,tape",
      metadataAddr: "127.0.0.1",
      metadataPort: 8775,
    };
    expect(findings(content)).toEqual([]);
  });
});
