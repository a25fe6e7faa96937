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
  source: PolicySource,
  endpoint: Labelled,
  direction: Direction,
  version: IpVersion,
): Program {
  const tiers = tiersInForce(
    source.model,
    endpoint,
    direction,
    ({ doNotTrack, preDnat }) => !doNotTrack && !preDnat,
  );
  return tiersThen(
    source,
    tiers,
    direction,
    version,
    true,
    profiles(source, endpoint.profiles, direction, version),
  );
}

/** `applyOnForward` policy of a host endpoint, for packets that pass through the host. */
export function forwardPolicy(
  source: PolicySource,
  endpoint: Labelled,
  direction: Direction,
  version: IpVersion,
): Program {
  const tiers = tiersInForce(
    source.model,
    endpoint,
    direction,
    ({ applyOnForward, doNotTrack, preDnat }) => applyOnForward && !doNotTrack && !preDnat,
  );
  if (tiers.length === 0) return rule(FORWARDING_WITHOUT_POLICY, { kind: "no-forward-policy" });
  return tiersThen(source, tiers, direction, version, true, NO_OPINION);
}

/**
 * Untracked and pre-DNAT policy come before the others, to which they leave whatever they do not decide. `undefined`
 * = the endpoint has no such policy.
 */
export function earlyPolicy(
  source: PolicySource,
  endpoint: Labelled,
  direction: Direction,
  version: IpVersion,
  isWanted: (policy: Policy) => boolean,
): Program | undefined {
  const tiers = tiersInForce(source.model, endpoint, direction, isWanted);
  return tiers.length === 0 ? undefined : tiersThen(source, tiers, direction, version, false, NO_OPINION);
}

/** The first rule that allows or denies; `pass` goes to the next tier, `log` to the next rule. */
function tiersThen(
  source: PolicySource,
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
      const list = source.rules(
        { kind: "policy", tier: name, policy: policy.key },
        direction,
        policy[direction],
        version,
      );
      return { kind: "rules", list, pass: nextTier, end: next };
    }, end);
  }, afterTiers);
}

/** In a profile `pass` leaves that profile only. */
function profiles(
  source: PolicySource,
  names: readonly string[],
  direction: Direction,
  version: IpVersion,
): Program {
  return names.reduceRight<Program>(
    (next, name) => {
      const profile = source.model.all("profile").get(name);
      if (profile === undefined) return rule("deny", { kind: "missing-profile", profile: name });
      const list = source.rules({ kind: "profile", profile: name }, direction, profile[direction], version);
      return { kind: "rules", list, pass: next, end: next };
    },
    rule("deny", { kind: "no-profile-matched" }),
  );
}

/** The cluster as policies see it. */
export class PolicySource {
  readonly model: ClusterModel;
  readonly #lists = new Map<string, RuleList>();

  constructor(model: ClusterModel) {
    this.model = model;
  }

  /** The same object for the same policy or profile, direction and version: a part that programs share. */
  rules(
    of: RuleHit["list"],
    direction: Direction,
    rules: readonly PolicyRule[],
    version: IpVersion,
  ): RuleList {
    const name = of.kind === "policy" ? of.policy : of.profile;
    const key = `${of.kind} ${name} ${direction} ${version}`;
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const list = {
      of,
      direction,
      rules: rules.map((each) => ({ when: conditionOf(each, version), rule: each })),
    };
    this.#lists.set(key, list);
    return list;
  }
}
