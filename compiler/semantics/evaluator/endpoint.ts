import type { ClusterModel, Direction, Policy, PolicyRule } from "../../ir/cluster-model.ts";
import type { IpVersion } from "../../net/cidr.ts";
import type { Labelled } from "./labels.ts";
import { type TierInForce, tiersInForce } from "./policy-order.ts";
import { NO_OPINION, type Program, type RuleList, rule } from "./program.ts";
import { FORWARDING_WITHOUT_POLICY } from "./quirks.ts";
import { conditionOf } from "./rule.ts";
import type { RuleHit } from "./verdict.ts";

/** Normal policy, the only one that workloads have: tiers, then profiles, then deny (dataplane §3.2). */
export function normalPolicy(
  model: ClusterModel,
  endpoint: Labelled,
  direction: Direction,
  version: IpVersion,
): Program {
  const tiers = tiersInForce(
    model,
    endpoint,
    direction,
    ({ doNotTrack, preDnat }) => !doNotTrack && !preDnat,
  );
  return tiersThen(tiers, direction, version, true, profiles(model, endpoint.profiles, direction, version));
}

/** `applyOnForward` policy of a host endpoint, for packets that pass through the host. */
export function forwardPolicy(
  model: ClusterModel,
  endpoint: Labelled,
  direction: Direction,
  version: IpVersion,
): Program {
  const tiers = tiersInForce(
    model,
    endpoint,
    direction,
    ({ applyOnForward, doNotTrack, preDnat }) => applyOnForward && !doNotTrack && !preDnat,
  );
  if (tiers.length === 0) return rule(FORWARDING_WITHOUT_POLICY, { kind: "no-forward-policy" });
  return tiersThen(tiers, direction, version, true, NO_OPINION);
}

/**
 * Untracked and pre-DNAT policy come before the others, to which they leave whatever they do not decide. `undefined`
 * = the endpoint has no such policy.
 */
export function earlyPolicy(
  model: ClusterModel,
  endpoint: Labelled,
  direction: Direction,
  version: IpVersion,
  isWanted: (policy: Policy) => boolean,
): Program | undefined {
  const tiers = tiersInForce(model, endpoint, direction, isWanted);
  return tiers.length === 0 ? undefined : tiersThen(tiers, direction, version, false, NO_OPINION);
}

/** The first rule that allows or denies; `pass` goes to the next tier, `log` to the next rule. */
function tiersThen(
  tiers: readonly TierInForce[],
  direction: Direction,
  version: IpVersion,
  tiersEnd: boolean,
  afterTiers: Program,
): Program {
  return tiers.reduceRight<Program>((nextTier, { name, endOfTier, policies }) => {
    const end: Program =
      tiersEnd && endOfTier === "deny" ? rule("deny", { kind: "end-of-tier", tier: name }) : nextTier;
    return policies.reduceRight<Program>((next, policy) => {
      const list = ruleList({ kind: "policy", tier: name, policy: policy.key }, policy[direction], version);
      return { kind: "rules", list, pass: nextTier, end: next };
    }, end);
  }, afterTiers);
}

/** In a profile `pass` leaves that profile only. */
function profiles(
  model: ClusterModel,
  names: readonly string[],
  direction: Direction,
  version: IpVersion,
): Program {
  return names.reduceRight<Program>(
    (next, name) => {
      const profile = model.all("profile").get(name);
      if (profile === undefined) return rule("deny", { kind: "missing-profile", profile: name });
      const list = ruleList({ kind: "profile", profile: name }, profile[direction], version);
      return { kind: "rules", list, pass: next, end: next };
    },
    rule("deny", { kind: "no-profile-matched" }),
  );
}

/** One object per list of rules and version, so that equal parts of programs are the same part. */
const LISTS = { 4: new WeakMap<readonly PolicyRule[], RuleList>(), 6: new WeakMap() } as const;

function ruleList(of: RuleHit["list"], rules: readonly PolicyRule[], version: IpVersion): RuleList {
  const known = LISTS[version].get(rules);
  if (known !== undefined) return known;
  const list = { of, rules: rules.map((each) => ({ when: conditionOf(each, version), rule: each })) };
  LISTS[version].set(rules, list);
  return list;
}
