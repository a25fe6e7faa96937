import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { RouteCondition, RouteFilter, RouteRule } from "../../ir/bgp-ir.ts";
import type { BgpFilter, BgpFilterRule } from "../../ir/bgp-model.ts";
import type { ClusterModel } from "../../ir/cluster-model.ts";
import { IP_VERSIONS, type IpVersion, maxLength } from "../../net/cidr.ts";

const DIRECTIONS = ["import", "export"] as const;
type FilterDirection = (typeof DIRECTIONS)[number];

/** The rule lists of one BGPFilter; a list without rules is absent, and then never called. */
export type FilterLists = readonly RouteFilter[];

/** Every BGPFilter as rule lists, with findings about rules that cannot do what they say. */
export function resolveFilters(model: ClusterModel, report: Report): ReadonlyMap<string, FilterLists> {
  return new Map(
    [...model.all("bgp-filter").values()].map((filter) => [filter.name, listsOf(filter, report)]),
  );
}

function listsOf(filter: BgpFilter, report: Report): FilterLists {
  const lists: RouteFilter[] = [];
  for (const version of IP_VERSIONS)
    for (const direction of DIRECTIONS) {
      const rules = sourceRules(filter, version, direction);
      if (rules.length === 0) continue;
      const list: RouteFilter = {
        name: filter.name,
        version,
        direction,
        rules: rules.map((rule) => resolveRule(filter.name, rule, report)),
        origin: at(filter.origin, "spec", listName(version, direction)),
      };
      lintList(list, report);
      lists.push(list);
    }
  return lists;
}

function listName(version: IpVersion, direction: FilterDirection): string {
  return `${direction}V${version}`;
}

function sourceRules(
  filter: BgpFilter,
  version: IpVersion,
  direction: FilterDirection,
): readonly BgpFilterRule[] {
  if (version === 4) return direction === "import" ? filter.importV4 : filter.exportV4;
  return direction === "import" ? filter.importV6 : filter.exportV6;
}

/** Conditions in Calico's order: peer type, prefix, source, interface, community, AS path, priority. */
function resolveRule(filter: string, rule: BgpFilterRule, report: Report): RouteRule {
  const conditions: RouteCondition[] = [];
  if (rule.peerType !== undefined) conditions.push({ kind: "peer-type", internal: rule.peerType === "iBGP" });
  const net = netCondition(rule);
  if (net !== undefined) {
    conditions.push(net.condition);
    if (net.condition.kind === "constant")
      report(
        "bgp/filter-constant-condition",
        { filter, holds: net.condition.value, why: net.why },
        at(rule.origin, "prefixLength"),
      );
  }
  if (rule.remotePeersOnly) conditions.push({ kind: "learned" });
  if (rule.interfaceGlob !== undefined) conditions.push({ kind: "interface", glob: rule.interfaceGlob });
  if (rule.community !== undefined) conditions.push({ kind: "community", community: rule.community });
  if (rule.asPathPrefix.length > 0) conditions.push({ kind: "as-path-prefix", asNumbers: rule.asPathPrefix });
  if (rule.priority !== undefined) conditions.push({ kind: "priority", priority: rule.priority });
  return {
    action: rule.action,
    conditions,
    operations: rule.action === "accept" ? rule.operations : [],
    origin: rule.origin,
  };
}

/**
 * BIRD compares a prefix with a *set* by `=` as unequal always, whatever the set holds; Calico renders Equal and
 * NotEqual with a prefix length that way, so those are constants (routing-bgp.md §3.16, confirmed on BIRD 2.0.12).
 */
function netCondition(rule: BgpFilterRule): { condition: RouteCondition; why: string } | undefined {
  const { cidr, matchOperator: operator, prefixLength } = rule;
  if (cidr === undefined) return undefined;
  const negated = operator === "NotEqual" || operator === "NotIn";
  const exact = operator === "Equal" || operator === "NotEqual";
  if (prefixLength === undefined)
    return { condition: { kind: "net", relation: exact ? "equal" : "within", cidr, negated }, why: "" };
  if (exact)
    return {
      condition: { kind: "constant", value: negated },
      why: `${operator} compares a prefix with a range of lengths, and those are never equal`,
    };
  const min = Math.max(prefixLength.min, cidr.length);
  const max = Math.min(prefixLength.max, maxLength(cidr.version));
  if (min > max)
    return {
      condition: { kind: "constant", value: negated },
      why: `no prefix inside one of length ${cidr.length} has a length of ${prefixLength.min}–${prefixLength.max}`,
    };
  return { condition: { kind: "net-lengths", cidr, min, max, negated }, why: "" };
}

function lintList(list: RouteFilter, report: Report): void {
  const end = list.rules.findIndex((rule) => rule.conditions.length === 0);
  if (end === -1) return;
  const dead = list.rules[end + 1];
  if (dead !== undefined) report("bgp/filter-unreachable-rule", { filter: list.name }, dead.origin);
  const live = list.rules.slice(0, end + 1);
  if (live.some((rule) => rule.action === "accept")) return;
  report(
    "bgp/filter-denies-all",
    { filter: list.name, list: listName(list.version, list.direction) },
    list.rules[end]?.origin,
  );
}
