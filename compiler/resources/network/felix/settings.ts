import type { FelixSettings } from "../../../ir/felix-config.ts";
import type { ParameterValues } from "./parameters.ts";
import { items } from "./types.ts";

/** A field that is present may hold `undefined`: "set to nothing", which hides what a weaker object says. */
type Settings = { -readonly [Name in keyof FelixSettings]?: FelixSettings[Name] };

/**
 * Parameters → the settings that shape artifacts. Only what the resource sets is present in the result; parameters
 * of the agent's process and of other dataplanes have no counterpart.
 */
export function lowerSettings(values: ParameterValues): Partial<FelixSettings> {
  const settings: Settings = {};
  for (const [target, source] of DIRECT) {
    if (source in values) Object.assign(settings, { [target]: values[source] });
  }
  const { chainInsertMode, defaultEndpointToHostAction, interfacePrefix, interfaceExclude } = values;
  if (chainInsertMode !== undefined)
    settings.chainInsertMode = chainInsertMode === "Insert" ? "insert" : "append";
  if (defaultEndpointToHostAction !== undefined)
    settings.defaultEndpointToHostAction = upper(defaultEndpointToHostAction);
  if (interfacePrefix !== undefined) settings.interfacePrefixes = items(interfacePrefix);
  if (interfaceExclude !== undefined) settings.interfaceExclude = items(interfaceExclude);
  const { iptablesFilterAllowAction, iptablesFilterDenyAction, iptablesMangleAllowAction } = values;
  if (iptablesFilterAllowAction !== undefined) settings.filterAllowAction = upper(iptablesFilterAllowAction);
  if (iptablesMangleAllowAction !== undefined) settings.mangleAllowAction = upper(iptablesMangleAllowAction);
  if (iptablesFilterDenyAction !== undefined) settings.filterDenyAction = upper(iptablesFilterDenyAction);
  const { floatingIPs, ipForwarding, logActionRateLimit } = values;
  if (floatingIPs !== undefined) settings.floatingIps = floatingIPs === "Enabled";
  if (ipForwarding !== undefined) settings.ipForwarding = ipForwarding === "Enabled";
  if (logActionRateLimit !== undefined) settings.logRateLimit = logActionRateLimit || undefined;
  const tables = values.routeTableRanges ?? values.routeTableRange;
  if (tables !== undefined && tables.length > 0) settings.routeTableRanges = tables;
  return settings;
}

function upper<Text extends string>(text: Text): Uppercase<Text> {
  return text.toUpperCase() as Uppercase<Text>;
}

/** Settings whose parameter has the same type. */
type Direct = {
  readonly [Setting in keyof FelixSettings]?: {
    [Name in keyof ParameterValues]-?: Exclude<
      ParameterValues[Name],
      undefined
    > extends FelixSettings[Setting]
      ? Name
      : never;
  }[keyof ParameterValues];
};

const DIRECT = Object.entries({
  allowIpipPacketsFromWorkloads: "allowIPIPPacketsFromWorkloads",
  allowVxlanPacketsFromWorkloads: "allowVXLANPacketsFromWorkloads",
  deviceRouteProtocol: "deviceRouteProtocol",
  deviceRouteSource4: "deviceRouteSourceAddress",
  deviceRouteSource6: "deviceRouteSourceAddressIPv6",
  disableConntrackInvalidCheck: "disableConntrackInvalidCheck",
  externalNodesCidrs: "externalNodesList",
  failsafeInbound: "failsafeInboundHostPorts",
  failsafeOutbound: "failsafeOutboundHostPorts",
  ipipEnabled: "ipipEnabled",
  ipipMtu: "ipipMTU",
  ipv6Support: "ipv6Support",
  kubeNodePortRanges: "kubeNodePortRanges",
  logPrefix: "logPrefix",
  logRateBurst: "logActionRateLimitBurst",
  markMask: "iptablesMarkMask",
  maxIpsetSize: "maxIpsetSize",
  mtuInterfacePattern: "mtuIfacePattern",
  natOutgoingAddress: "natOutgoingAddress",
  natOutgoingExclusions: "natOutgoingExclusions",
  natOutgoingInterfaceFilter: "iptablesNATOutgoingInterfaceFilter",
  natPortRange: "natPortRange",
  normalRoutePriority4: "ipv4NormalRoutePriority",
  normalRoutePriority6: "ipv6NormalRoutePriority",
  programClusterRoutes: "programClusterRoutes",
  removeExternalRoutes: "removeExternalRoutes",
  routeSource: "routeSource",
  routeSyncDisabled: "routeSyncDisabled",
  serviceLoopPrevention: "serviceLoopPrevention",
  vxlanEnabled: "vxlanEnabled",
  vxlanMtu: "vxlanMTU",
  vxlanMtu6: "vxlanMTUV6",
  vxlanPort: "vxlanPort",
  vxlanVni: "vxlanVNI",
  wireguardEnabled: "wireguardEnabled",
  wireguardEnabled6: "wireguardEnabledV6",
  wireguardHostEncryption: "wireguardHostEncryptionEnabled",
  wireguardInterface: "wireguardInterfaceName",
  wireguardInterface6: "wireguardInterfaceNameV6",
  wireguardKeepAlive: "wireguardKeepAlive",
  wireguardMtu: "wireguardMTU",
  wireguardMtu6: "wireguardMTUV6",
  wireguardPort: "wireguardListeningPort",
  wireguardPort6: "wireguardListeningPortV6",
  wireguardRulePriority: "wireguardRoutingRulePriority",
  workloadSourceSpoofing: "workloadSourceSpoofing",
} as const satisfies Direct);
