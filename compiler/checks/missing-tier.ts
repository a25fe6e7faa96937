import { at } from "../diagnostics/diagnostic.ts";
import type { Check } from "./check.ts";

/** A policy of a tier that does not exist is enforced all the same, only not where its author expects. */
export const missingTier: Check = (model, report) => {
  const tiers = model.all("tier");
  for (const { policyKind, namespace, name, tier, origin } of model.all("policy").values()) {
    if (tiers.has(tier)) continue;
    const policy = `${policyKind} ${namespace === "" ? name : `${namespace}/${name}`}`;
    report("check/missing-tier", { policy, tier }, at(origin, "spec", "tier"));
  }
};
