import { at } from "../diagnostics/diagnostic.ts";
import { DEFAULT_FELIX_SETTINGS } from "../ir/felix-config.ts";
import type { Check } from "./check.ts";

const FAMILIES = [
  { family: "IPv4", setting: "normalRoutePriority4", field: "ipv4NormalRoutePriority" },
  { family: "IPv6", setting: "normalRoutePriority6", field: "ipv6NormalRoutePriority" },
] as const;

/** BIRD tells Felix's routes from its own by their metric, so both must be told the same one. */
export const routePriorities: Check = (model, report) => {
  const felixConfig = model.all("felix-config").get("default");
  const bgpConfig = model.all("bgp-config").get("default");
  for (const { family, setting, field } of FAMILIES) {
    const felix = felixConfig?.settings[setting] ?? DEFAULT_FELIX_SETTINGS[setting];
    const bgp = bgpConfig?.[setting] ?? DEFAULT_FELIX_SETTINGS[setting];
    const origin = (bgpConfig ?? felixConfig)?.origin;
    if (felix !== bgp && origin !== undefined)
      report("felix/route-priority", { family, felix, bgp }, at(origin, "spec", field));
  }
};
