import type { ClusterModel, PolicyRule } from "../../ir/cluster-model.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { conditionOf } from "../evaluator/rule.ts";
import type { EnforcementPoint } from "../evaluator/verdict.ts";
import type { Asked, PointMet } from "./follow.ts";
import { endpointWords, listWords, type Place, reasonWords, ruleWords, type Where } from "./words.ts";

/** One enforcement point; the last one of a denied packet denied it. */
export interface PointTrace {
  readonly point: EnforcementPoint;
  /** `pod shop/api-0`; `null` where the point is no endpoint's. */
  readonly endpoint: string | null;
  readonly action: "allow" | "deny" | "continue";
  /** The kind of the reason, for programs. */
  readonly reason: PointMet["reason"]["kind"];
  /** The same for people. */
  readonly words: string;
  /** The rule that decided, if one did. */
  readonly rule: RulePlace | null;
  readonly asked: readonly AskedTrace[];
}

/** One policy or profile that was asked, in the order of evaluation. */
export interface AskedTrace {
  /** `null` for profiles. */
  readonly tier: string | null;
  /** `NetworkPolicy shop/api`. */
  readonly name: string;
  readonly place: Place | null;
  readonly outcome: Asked["outcome"];
  readonly matched: readonly RulePlace[];
  /** Rules that are left out because they are for the other IP version only. */
  readonly otherVersion: readonly (RulePlace & { readonly onlyFor: IpVersion })[];
}

export interface RulePlace {
  /** `ingress rule 2`. */
  readonly rule: string;
  readonly action: PolicyRule["action"];
  readonly place: Place | null;
}

export function pointTrace(model: ClusterModel, version: IpVersion, met: PointMet, where: Where): PointTrace {
  const { point, endpoint, action, reason, asked } = met;
  return {
    point,
    endpoint: endpoint === undefined ? null : endpointWords(model, endpoint),
    action,
    reason: reason.kind,
    words: reasonWords(model, met),
    rule: reason.kind === "rule" ? rulePlace(reason.rule, where) : null,
    asked: asked.map((each) => askedTrace(model, version, each, where)),
  };
}

/** `version`: of the packet. */
export function askedTrace(
  model: ClusterModel,
  version: IpVersion,
  { list, matched, outcome }: Asked,
  where: Where,
): AskedTrace {
  const other = version === 4 ? 6 : 4;
  return {
    tier: list.of.kind === "policy" ? list.of.tier : null,
    name: listWords(model, list.of),
    place: placeOfList(model, list.of, where),
    outcome,
    matched: matched.map((rule) => rulePlace(rule, where)),
    otherVersion: list.rules
      .filter(({ rule }) => isOnlyFor(rule, other))
      .map(({ rule }) => ({ ...rulePlace(rule, where), onlyFor: other })),
  };
}

function placeOfList(model: ClusterModel, of: Asked["list"]["of"], where: Where): Place | null {
  const found =
    of.kind === "policy" ? model.all("policy").get(of.policy) : model.all("profile").get(of.profile);
  return (found && where(found.origin)) ?? null;
}

/** A rule with the networks of one version, or said to be for it, says nothing about the other's packets. */
function isOnlyFor(rule: PolicyRule, version: IpVersion): boolean {
  const isNever = (asked: IpVersion) => {
    const condition = conditionOf(rule, asked);
    return condition.kind === "constant" && !condition.value;
  };
  return isNever(version === 4 ? 6 : 4) && !isNever(version);
}

function rulePlace(rule: PolicyRule, where: Where): RulePlace {
  return { rule: ruleWords(rule), action: rule.action, place: where(rule.origin) ?? null };
}
