import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { BgpConfig } from "../../ir/bgp-model.ts";
import type { ClusterModel } from "../../ir/cluster-model.ts";
import type { FelixConfig, FelixSettings } from "../../ir/felix-config.ts";
import { programsIpip, programsNoEncap } from "../routing/encapsulation.ts";
import { encapsulationOf } from "./policies.ts";
import type { BgpSettings } from "./settings.ts";

/** Encapsulations that have a pool with workloads in it. */
export type UsedEncapsulations = ReadonlySet<"none" | "ipip" | "vxlan">;

export function usedEncapsulations(model: ClusterModel): UsedEncapsulations {
  return new Set(
    [...model.all("ip-pool").values()]
      .filter(({ allowedUses }) => allowedUses.some((use) => use !== "LoadBalancer"))
      .map(encapsulationOf),
  );
}

/**
 * Each pool's cluster routes need exactly one owner; Calico checks nothing here, and an inconsistent pair of
 * settings means two writers that fight, or no routes at all (routing-bgp.md §2). `where` is the object that says one
 * half of it, if any does.
 */
export function checkOwnership(
  settings: BgpSettings,
  felix: FelixSettings,
  where: BgpConfig | FelixConfig | undefined,
  used: UsedEncapsulations,
  report: Report,
): void {
  const values = {
    felix: felix.programClusterRoutes,
    bgp: settings.config?.programClusterRoutes ?? "EnabledNoEncapOnly",
  };
  const origin = where && at(where.origin, "spec", "programClusterRoutes");
  if (used.has("none")) {
    const felixOwns = programsNoEncap(felix);
    if (felixOwns && settings.ownsNoEncap)
      report("bgp/cluster-routes-twice", { what: "unencapsulated", ...values }, origin);
    if (!felixOwns && !settings.ownsNoEncap)
      report("bgp/cluster-routes-by-nobody", { what: "unencapsulated", ...values }, origin);
  }
  if (used.has("ipip")) {
    const felixOwns = programsIpip(felix);
    if (settings.wantsIpip) report("bgp/ipip-by-bgp", { bgp: values.bgp, felixOwns }, origin);
    if (!felixOwns) report("bgp/cluster-routes-by-nobody", { what: "IPIP", ...values }, origin);
  }
}
