import type {
  CompareOperator,
  FilterEnum,
  FilterExpression,
  RouteAttribute,
} from "../../dataplane/bird-filter.ts";
import { type Cidr, cidrContains, type Ip } from "../../net/cidr.ts";
import type { PrefixSet } from "./prefix-set.ts";
import type { RibRoute } from "./route.ts";
import { sameIp } from "./speaker.ts";

type Literal = Extract<
  FilterExpression,
  { kind: "boolean" | "number" | "text" | "enum" | "prefix" | "path-mask" | "set" | "community" }
>;

/** What an expression of the filter language comes to. */
export type Value =
  | Literal
  | { readonly kind: "void" }
  | { readonly kind: "enum-other"; readonly value: string }
  | { readonly kind: "ip"; readonly ip: Ip }
  | { readonly kind: "path"; readonly asNumbers: readonly number[] }
  | { readonly kind: "communities"; readonly list: readonly (readonly number[])[] }
  | { readonly kind: "prefixes"; readonly set: PrefixSet };

export const VOID: Value = { kind: "void" };

/** BIRD's error at run time, which refuses the route. */
export class FilterError extends Error {}

const SOURCES: Readonly<Record<RibRoute["source"], string>> = {
  device: "RTS_DEVICE",
  kernel: "RTS_INHERIT",
  static: "RTS_STATIC",
  bgp: "RTS_BGP",
};

const DESTINATIONS: Readonly<Record<RibRoute["way"]["kind"], string>> = {
  unicast: "RTD_UNICAST",
  blackhole: "RTD_BLACKHOLE",
  unreachable: "RTD_UNREACHABLE",
  prohibit: "RTD_PROHIBIT",
};

export function readAttribute(route: RibRoute, attribute: RouteAttribute): Value {
  const { attributes } = route;
  switch (attribute) {
    case "net":
      return { kind: "prefix", cidr: route.cidr };
    case "source":
      return { kind: "enum-other", value: SOURCES[route.source] };
    case "dest":
      return { kind: "enum-other", value: DESTINATIONS[route.way.kind] };
    case "proto":
      return { kind: "text", value: route.protocol };
    case "ifname":
      return { kind: "text", value: route.way.kind === "unicast" ? (route.way.hops[0]?.dev ?? "") : "" };
    case "preference":
      return { kind: "number", value: route.preference };
    case "bgp_path":
      return { kind: "path", asNumbers: attributes.asPath ?? [] };
    case "bgp_community":
      return { kind: "communities", list: attributes.communities ?? [] };
    case "bgp_large_community":
      return { kind: "communities", list: attributes.largeCommunities ?? [] };
    case "bgp_next_hop":
      return attributes.nextHop === undefined ? VOID : { kind: "ip", ip: attributes.nextHop };
    case "bgp_local_pref":
      return numberOr(attributes.localPref);
    case "krt_metric":
      return numberOr(attributes.krtMetric);
    case "krt_source":
      return numberOr(attributes.krtSource);
  }
}

function numberOr(value: number | undefined): Value {
  return value === undefined ? VOID : { kind: "number", value };
}

/** The route with an attribute set, a community added or an AS prepended. */
export function apply(
  route: RibRoute,
  attribute: RouteAttribute,
  operation: "assign" | "add" | "prepend",
  value: Value,
): RibRoute {
  const { attributes } = route;
  if (operation === "assign" && value.kind === "number") {
    if (attribute === "preference") return { ...route, preference: value.value };
    if (attribute === "bgp_local_pref")
      return { ...route, attributes: { ...attributes, localPref: value.value } };
    if (attribute === "krt_metric")
      return { ...route, attributes: { ...attributes, krtMetric: value.value } };
  }
  if (operation === "prepend" && attribute === "bgp_path" && value.kind === "number")
    return { ...route, attributes: { ...attributes, asPath: [value.value, ...(attributes.asPath ?? [])] } };
  if (operation === "add" && value.kind === "community") {
    if (attribute === "bgp_community")
      return {
        ...route,
        attributes: { ...attributes, communities: added(attributes.communities, value.value) },
      };
    if (attribute === "bgp_large_community")
      return {
        ...route,
        attributes: { ...attributes, largeCommunities: added(attributes.largeCommunities, value.value) },
      };
  }
  throw new FilterError(`${operation} of ${attribute} with a ${value.kind} is not in use`);
}

function added(
  list: readonly (readonly number[])[] = [],
  community: readonly number[],
): readonly (readonly number[])[] {
  return list.some((known) => sameNumbers(known, community)) ? list : [...list, community];
}

export function compareValues(operator: CompareOperator, left: Value, right: Value): boolean {
  switch (operator) {
    case "=":
      return same(left, right);
    case "!=":
      return !same(left, right);
    case "<":
      return order(left, right) < 0;
    case ">":
      return order(left, right) > 0;
    case "~":
      return matches(left, right);
    case "!~":
      return !matches(left, right);
  }
}

function same(left: Value, right: Value): boolean {
  if (left.kind === "number" && right.kind === "number") return left.value === right.value;
  if (left.kind === "boolean" && right.kind === "boolean") return left.value === right.value;
  if (left.kind === "text" && right.kind === "text") return left.value === right.value;
  if (left.kind === "prefix" && right.kind === "prefix") return samePrefix(left.cidr, right.cidr);
  if (left.kind === "ip" && right.kind === "ip") return sameIp(left.ip, right.ip);
  if (isEnum(left) && isEnum(right)) return left.value === right.value;
  // BIRD: values of different types are never equal, undefined ones included.
  return false;
}

/** Undefined comes before everything: `krt_metric < 1024` holds for a route without one. */
function order(left: Value, right: Value): number {
  if (left.kind === "number" && right.kind === "number") return left.value - right.value;
  if (left.kind === "void") return right.kind === "void" ? 0 : -1;
  if (right.kind === "void") return 1;
  throw new FilterError("values that have no order");
}

function matches(left: Value, right: Value): boolean {
  if (left.kind === "prefix" && right.kind === "prefix") return within(left.cidr, right.cidr);
  if (left.kind === "prefix" && right.kind === "prefixes") return right.set.has(left.cidr);
  if (left.kind === "text" && right.kind === "text") return matchesGlob(left.value, right.value);
  if (left.kind === "community" && right.kind === "communities")
    return right.list.some((known) => sameNumbers(known, left.value));
  if (left.kind === "path" && right.kind === "path-mask")
    return right.asNumbers.every((asNumber, index) => left.asNumbers[index] === asNumber);
  if (right.kind === "set") return right.items.some((item) => inSet(left, item));
  throw new FilterError(`${left.kind} ~ ${right.kind} is no match of BIRD's`);
}

function inSet(value: Value, item: Extract<Value, { kind: "set" }>["items"][number]): boolean {
  switch (item.kind) {
    case "enum":
      return isEnum(value) && value.value === item.value;
    case "ip":
      if (value.kind !== "ip") throw new FilterError(`${value.kind} in a set of addresses`);
      return sameIp(value.ip, item.ip);
    case "lengths":
      if (value.kind !== "prefix") throw new FilterError(`${value.kind} in a set of prefixes`);
      return value.cidr.length >= item.min && value.cidr.length <= item.max && within(value.cidr, item.cidr);
  }
}

function isEnum(
  value: Value,
): value is { kind: "enum"; value: FilterEnum } | { kind: "enum-other"; value: string } {
  return value.kind === "enum" || value.kind === "enum-other";
}

function within(inner: Cidr, outer: Cidr): boolean {
  return inner.version === outer.version && cidrContains(outer, inner);
}

function samePrefix(a: Cidr, b: Cidr): boolean {
  return a.length === b.length && sameIp(a, b);
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

/** BIRD's patterns of interfaces: `*` and `?`. */
export function matchesGlob(text: string, glob: string): boolean {
  let at = 0;
  let next = 0;
  /** Where to go on when the last `*` has to take one character more. */
  let retry: { at: number; readonly next: number } | undefined;
  while (at < text.length) {
    if (glob[next] === "*") retry = { at, next: ++next };
    else if (glob[next] === "?" || glob[next] === text[at]) {
      at++;
      next++;
    } else if (retry !== undefined) {
      at = ++retry.at;
      next = retry.next;
    } else return false;
  }
  while (glob[next] === "*") next++;
  return next === glob.length;
}
