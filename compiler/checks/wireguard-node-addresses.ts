import { at } from "../diagnostics/diagnostic.ts";
import { resolveFelixSettings } from "../engine/felix-settings.ts";
import { resolveEncapsulation } from "../engine/routing/encapsulation.ts";
import { nodeIp } from "../engine/routing/node-addresses.ts";
import type { Node } from "../ir/cluster-model.ts";
import type { Check } from "./check.ts";

const VERSIONS = [
  { version: 4, tunnel: "wireguard4", setting: "wireguardEnabled", field: "wireguardEnabled" },
  { version: 6, tunnel: "wireguard6", setting: "wireguardEnabled6", field: "wireguardEnabledV6" },
] as const;

/**
 * Only with host encryption do the addresses of nodes go by way of WireGuard; else the main table has them, and the
 * default is easily taken for "everything is encrypted". Told once. Sources: routing-bgp.md §1.11; what Calico supports:
 * docs.tigera.io, "Encrypt data in transit".
 */
export const wireguardNodeAddresses: Check = (model, report) => {
  const configs = [...model.all("felix-config").values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  const nodes = [...model.all("node").values()];
  for (const { version, tunnel, setting, field } of VERSIONS) {
    const config = configs.find(({ settings }) => settings[setting]);
    if (config === undefined) continue;
    const reachable = nodes.filter((node) => nodeIp(node, version) !== undefined);
    const isConcerned = (node: Node): boolean => {
      const settings = resolveFelixSettings(configs, node);
      return resolveEncapsulation([], settings)[tunnel] && !settings.wireguardHostEncryption;
    };
    if (reachable.length < 2 || !reachable.some(isConcerned)) continue;
    report("felix/wireguard-node-addresses", {}, at(config.origin, "spec", field));
    return;
  }
};
