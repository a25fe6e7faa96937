import type { ClusterModel, Direction, Policy, PolicyRule } from "../../ir/cluster-model.ts";
import type { Labelled } from "./labels.ts";
import type { Packet } from "./packet.ts";
import { type TierInForce, tiersInForce } from "./policy-order.ts";
import { FORWARDING_WITHOUT_POLICY } from "./quirks.ts";
import { ruleMatches } from "./rule.ts";
import { type RuleHit, type Ruling, ruling } from "./verdict.ts";

/** Normal policy, the only one that workloads have: tiers, then profiles, then deny (dataplane §3.2). */
export function judgeNormal(
  model: ClusterModel,
  endpoint: Labelled,
  direction: Direction,
  packet: Packet,
): Ruling {
  const tiers = tiersInForce(
    model,
    endpoint,
    direction,
    ({ doNotTrack, preDnat }) => !doNotTrack && !preDnat,
  );
  const judged = judgeTiers(model, tiers, direction, packet, true);
  if (judged.action !== "continue") return judged;
  return judgeProfiles(model, endpoint.profiles, direction, packet, judged.trail);
}

/** `applyOnForward` policy of a host endpoint, for packets that pass through the host. */
export function judgeForward(
  model: ClusterModel,
  endpoint: Labelled,
  direction: Direction,
  packet: Packet,
): Ruling {
  const tiers = tiersInForce(
    model,
    endpoint,
    direction,
    ({ applyOnForward, doNotTrack, preDnat }) => applyOnForward && !doNotTrack && !preDnat,
  );
  if (tiers.length === 0) return ruling(FORWARDING_WITHOUT_POLICY, { kind: "no-forward-policy" });
  return judgeTiers(model, tiers, direction, packet, true);
}

/**
 * Untracked and pre-DNAT policy come before the others, to which they leave whatever they do not decide. `undefined`
 * = the endpoint has no such policy.
 */
export function judgeEarly(
  model: ClusterModel,
  endpoint: Labelled,
  direction: Direction,
  packet: Packet,
  isWanted: (policy: Policy) => boolean,
): Ruling | undefined {
  const tiers = tiersInForce(model, endpoint, direction, isWanted);
  if (tiers.length === 0) return undefined;
  return judgeTiers(model, tiers, direction, packet, false);
}

/** The first rule that allows or denies; `pass` goes to the next tier, `log` to the next rule. */
function judgeTiers(
  model: ClusterModel,
  tiers: readonly TierInForce[],
  direction: Direction,
  packet: Packet,
  tiersEnd: boolean,
): Ruling {
  const trail: RuleHit[] = [];
  nextTier: for (const { name, endOfTier, policies } of tiers) {
    for (const policy of policies) {
      const list = { kind: "policy", tier: name, policy: policy.key } as const;
      for (const hit of hits(model, list, policy[direction], packet)) {
        const { action } = hit.rule;
        if (action === "allow" || action === "deny") return ruling(action, { kind: "rule", ...hit }, trail);
        trail.push(hit);
        if (action === "pass") continue nextTier;
      }
    }
    if (tiersEnd && endOfTier === "deny") return ruling("deny", { kind: "end-of-tier", tier: name }, trail);
  }
  return ruling("continue", { kind: "no-rule-matched" }, trail);
}

/** In a profile `pass` leaves that profile only. */
function judgeProfiles(
  model: ClusterModel,
  profiles: readonly string[],
  direction: Direction,
  packet: Packet,
  before: readonly RuleHit[],
): Ruling {
  const trail = [...before];
  for (const name of profiles) {
    const profile = model.all("profile").get(name);
    if (profile === undefined) return ruling("deny", { kind: "missing-profile", profile: name }, trail);
    for (const hit of hits(model, { kind: "profile", profile: name }, profile[direction], packet)) {
      const { action } = hit.rule;
      if (action === "allow" || action === "deny") return ruling(action, { kind: "rule", ...hit }, trail);
      trail.push(hit);
      if (action === "pass") break;
    }
  }
  return ruling("deny", { kind: "no-profile-matched" }, trail);
}

function hits(
  model: ClusterModel,
  list: RuleHit["list"],
  rules: readonly PolicyRule[],
  packet: Packet,
): readonly RuleHit[] {
  return rules.filter((rule) => ruleMatches(model, rule, packet)).map((rule) => ({ list, rule }));
}
