import { at } from "../diagnostics/diagnostic.ts";
import type { Check } from "./check.ts";
import { policyName } from "./policy-name.ts";

/** A policy of a tier that does not exist is enforced all the same, only not where its author expects. */
export const missingTier: Check = (model, report) => {
  const tiers = model.all("tier");
  for (const policy of model.all("policy").values()) {
    const { tier, origin } = policy;
    if (tiers.has(tier)) continue;
    report("check/missing-tier", { policy: policyName(policy), tier }, at(origin, "spec", "tier"));
  }
};
