import { bool, duration, int, port, text } from "./types.ts";

/** 0 = computed from the host's interfaces. */
const MTU = { min: 0, max: 65535 } as const;
const INTERFACE = {
  pattern: "^[a-zA-Z0-9:._+-]{1,15}$",
  title: "an interface name of at most 15 characters",
  required: true,
} as const;

/** Tunnels. `ipipEnabled` and `vxlanEnabled` unset follow from the pools. */
export const OVERLAY_PARAMETERS = {
  ipipEnabled: bool("IpInIpEnabled"),
  ipipMTU: int("IpInIpMtu", MTU),
  vxlanEnabled: bool("VXLANEnabled"),
  vxlanMTU: int("VXLANMTU", MTU),
  vxlanMTUV6: int("VXLANMTUV6", MTU),
  vxlanPort: port("VXLANPort"),
  vxlanVNI: int("VXLANVNI", { min: 0, max: 0xffffff }),
  wireguardEnabled: bool("WireguardEnabled"),
  wireguardEnabledV6: bool("WireguardEnabledV6"),
  wireguardHostEncryptionEnabled: bool("WireguardHostEncryptionEnabled"),
  wireguardInterfaceName: text("WireguardInterfaceName", INTERFACE),
  wireguardInterfaceNameV6: text("WireguardInterfaceNameV6", INTERFACE),
  wireguardKeepAlive: duration("WireguardPersistentKeepAlive"),
  wireguardListeningPort: port("WireguardListeningPort"),
  wireguardListeningPortV6: port("WireguardListeningPortV6"),
  wireguardMTU: int("WireguardMTU", MTU),
  wireguardMTUV6: int("WireguardMTUV6", MTU),
  wireguardRoutingRulePriority: int("WireguardRoutingRulePriority", { min: 0, max: 32767 }),
  wireguardThreadingEnabled: bool("WireguardThreadingEnabled"),
} as const;
