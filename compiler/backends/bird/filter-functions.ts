import type { FilterExpression, FilterFunction, FilterStatement } from "../../dataplane/bird-filter.ts";
import type { Report } from "../../diagnostics/bag.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { BgpSession, RouteCondition, RouteFilter, RouteRule } from "../../ir/bgp-ir.ts";
import { isInternal } from "../../ir/bgp-ir.ts";
import type { BgpFilterOperation, Community } from "../../ir/bgp-model.ts";
import {
  ACCEPT,
  all,
  assign,
  attribute,
  boolean,
  call,
  compare,
  defined,
  netIs,
  not,
  number,
  REJECT,
  set,
  subtract,
  symbol,
  text,
} from "./expressions.ts";
import { addCommunity, NAMES } from "./routines.ts";
import { filterSymbol, isPlainText } from "./symbols.ts";

const MAX_AS = 0xffffffff;

/** One rule list of a BGPFilter as a function. Where no rule decides, it returns, and the caller goes on. */
export function filterFunction(filter: RouteFilter, report: Report): FilterFunction {
  return {
    kind: "function",
    name: filterSymbol(filter),
    parameters: asksForPeerType(filter) ? [NAMES.sameAs] : [],
    comment: `BGPFilter ${filter.name}, ${filter.direction} of IPv${filter.version}`,
    body: filter.rules.flatMap((rule) => ruleStatements(rule, report)),
  };
}

/** Only lists that ask for the peer's type have a parameter, so that an ordinary list is called as it reads. */
function asksForPeerType(filter: RouteFilter): boolean {
  return filter.rules.some((rule) => rule.conditions.some(({ kind }) => kind === "peer-type"));
}

/** Calls of a session's rule lists, in order. One that is not among the functions refuses everything. */
export function filterCalls(
  session: BgpSession,
  direction: RouteFilter["direction"],
  functions: ReadonlyMap<string, FilterFunction>,
): readonly FilterStatement[] {
  const names = direction === "import" ? session.importFilters : session.exportFilters;
  return names.map((name) => {
    const callee = functions.get(filterSymbol({ name, direction, version: session.version }));
    if (callee === undefined) return REJECT;
    return callee.parameters.length === 0
      ? call(callee.name)
      : call(callee.name, boolean(isInternal(session)));
  });
}

function ruleStatements(rule: RouteRule, report: Report): readonly FilterStatement[] {
  const end = rule.action === "accept" ? ACCEPT : REJECT;
  const body = [
    ...rule.operations.flatMap((operation) => operationStatements(operation, rule.origin, report)),
    end,
  ];
  if (rule.conditions.length === 0) return body;
  const condition = all(rule.conditions.map((part) => conditionExpression(part, rule.origin, report)));
  return [{ kind: "if", condition, body, otherwise: [] }];
}

function conditionExpression(condition: RouteCondition, origin: Origin, report: Report): FilterExpression {
  switch (condition.kind) {
    case "net": {
      const { relation, negated, cidr } = condition;
      if (relation === "equal") return netIs(negated ? "!=" : "=", cidr);
      return netIs(negated ? "!~" : "~", cidr);
    }
    case "net-lengths": {
      const { cidr, min, max, negated } = condition;
      return compare(attribute("net"), negated ? "!~" : "~", set({ kind: "lengths", cidr, min, max }));
    }
    case "constant":
      return boolean(condition.value);
    case "learned":
      return compare(attribute("source"), "~", set({ kind: "enum", value: "RTS_BGP" }));
    case "interface":
      if (isPlainText(condition.glob)) return compare(attribute("ifname"), "~", text(condition.glob));
      report("bird/unusable-name", { what: "The interface pattern", name: condition.glob }, origin);
      return boolean(false);
    case "community": {
      const { community } = condition;
      if (!checkCommunity(community, origin, report)) return boolean(false);
      return compare(
        { kind: "community", value: community.value },
        "~",
        attribute(community.kind === "standard" ? "bgp_community" : "bgp_large_community"),
      );
    }
    case "as-path-prefix":
      for (const asNumber of condition.asNumbers) checkAs(asNumber, origin, report);
      return compare(attribute("bgp_path"), "~", { kind: "path-mask", asNumbers: condition.asNumbers });
    case "priority":
      return all([
        defined("bgp_local_pref"),
        compare(attribute("bgp_local_pref"), "=", localPreference(condition.priority)),
      ]);
    case "peer-type":
      return condition.internal ? symbol(NAMES.sameAs) : not(symbol(NAMES.sameAs));
  }
}

function localPreference(priority: number): FilterExpression {
  return subtract(symbol(NAMES.lpBase), number(priority));
}

function operationStatements(
  operation: BgpFilterOperation,
  origin: Origin,
  report: Report,
): readonly FilterStatement[] {
  switch (operation.kind) {
    case "add-community":
      return checkCommunity(operation.community, origin, report) ? [addCommunity(operation.community)] : [];
    // The path grows at its front: the last one prepended comes first.
    case "prepend-as-path":
      return operation.asNumbers
        .filter((asNumber) => checkAs(asNumber, origin, report))
        .toReversed()
        .map((asNumber) => ({
          kind: "extend",
          attribute: "bgp_path",
          method: "prepend",
          argument: number(asNumber),
        }));
    case "set-priority":
      return [assign("bgp_local_pref", localPreference(operation.priority))];
  }
}

function checkCommunity({ kind, value }: Community, origin: Origin, report: Report): boolean {
  const max = kind === "standard" ? 0xffff : MAX_AS;
  if (value.every((part) => isIntegerUpTo(part, max))) return true;
  report(
    "bird/out-of-range",
    { what: "Community", value: value.join(":"), range: `0–${max} per part` },
    origin,
  );
  return false;
}

function checkAs(asNumber: number, origin: Origin, report: Report): boolean {
  if (isIntegerUpTo(asNumber, MAX_AS)) return true;
  report("bird/out-of-range", { what: "AS number", value: String(asNumber), range: `0–${MAX_AS}` }, origin);
  return false;
}

function isIntegerUpTo(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
