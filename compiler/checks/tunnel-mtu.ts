import { at } from "../diagnostics/diagnostic.ts";
import { MIN_MTU6, OVERHEAD } from "../engine/routing/mtu.ts";
import type { FelixConfig } from "../ir/felix-config.ts";
import type { Check } from "./check.ts";

const FIELDS = [
  { setting: "ipipMtu", field: "ipipMTU", tunnel: "ipip", version: 4 },
  { setting: "vxlanMtu", field: "vxlanMTU", tunnel: "vxlan", version: 4 },
  { setting: "vxlanMtu6", field: "vxlanMTUV6", tunnel: "vxlan", version: 6 },
  { setting: "wireguardMtu", field: "wireguardMTU", tunnel: "wireguard", version: 4 },
  { setting: "wireguardMtu6", field: "wireguardMTUV6", tunnel: "wireguard", version: 6 },
] as const;

/** A tunnel's packets have to fit, with what the tunnel adds, into those of the network below. */
export const tunnelMtu: Check = (model, report, { hostMtu }) => {
  for (const config of model.all("felix-config").values())
    for (const { setting, field, tunnel, version } of FIELDS) {
      const mtu = configured(config, setting);
      if (mtu === undefined) continue;
      const origin = at(config.origin, "spec", field);
      const overhead = OVERHEAD[tunnel][version];
      if (hostMtu !== undefined && mtu + overhead > hostMtu)
        report("routing/mtu-exceeds-underlay", { field, mtu, overhead, hostMtu }, origin);
      if (version === 6 && mtu < MIN_MTU6) report("routing/mtu-below-ipv6", { field, mtu }, origin);
    }
};

/** 0 = worked out on the host, which always fits. */
function configured(
  { settings }: FelixConfig,
  setting: (typeof FIELDS)[number]["setting"],
): number | undefined {
  const mtu = settings[setting];
  return mtu === undefined || mtu === 0 ? undefined : mtu;
}
