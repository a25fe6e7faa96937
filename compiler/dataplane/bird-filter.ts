import type { Cidr, Ip } from "../net/cidr.ts";

/**
 * BIRD 2's filter language, as far as it is written here: routines (functions and filters) made of statements and
 * expressions. Nothing of it is text, so it can be checked, compared and simulated.
 */
export type Routine = FilterFunction | FilterDefinition;

export interface FilterFunction {
  readonly kind: "function";
  readonly name: string;
  /** Names of `bool` parameters, the only type in use. */
  readonly parameters: readonly string[];
  readonly body: readonly FilterStatement[];
  /** Printed above it. */
  readonly comment?: string;
}

export interface FilterDefinition {
  readonly kind: "filter";
  readonly name: string;
  readonly body: readonly FilterStatement[];
  readonly comment?: string;
}

export type FilterStatement =
  | {
      readonly kind: "if";
      readonly condition: FilterExpression;
      readonly body: readonly FilterStatement[];
      /** Empty: no `else`. */
      readonly otherwise: readonly FilterStatement[];
      /** Printed at the end of the line. */
      readonly comment?: string;
    }
  /** Ends the whole filter, also from within a function. */
  | { readonly kind: "accept"; readonly comment?: string }
  | { readonly kind: "reject"; readonly comment?: string }
  | {
      readonly kind: "assign";
      readonly attribute: RouteAttribute;
      readonly value: FilterExpression;
      readonly comment?: string;
    }
  | {
      readonly kind: "call";
      readonly function: string;
      readonly arguments: readonly FilterExpression[];
      readonly comment?: string;
    }
  /** `bgp_community.add((1, 2))`, `bgp_path.prepend(65001)`. */
  | {
      readonly kind: "extend";
      readonly attribute: RouteAttribute;
      readonly method: "add" | "prepend";
      readonly argument: FilterExpression;
      readonly comment?: string;
    };

export const ROUTE_ATTRIBUTES = [
  "bgp_community",
  "bgp_large_community",
  "bgp_local_pref",
  "bgp_next_hop",
  "bgp_path",
  "dest",
  "ifname",
  "krt_metric",
  "krt_source",
  "net",
  "preference",
  "proto",
  "source",
] as const;
export type RouteAttribute = (typeof ROUTE_ATTRIBUTES)[number];

export const FILTER_ENUMS = [
  "RTD_BLACKHOLE",
  "RTD_PROHIBIT",
  "RTD_UNREACHABLE",
  "RTS_BGP",
  "RTS_DEVICE",
] as const;
export type FilterEnum = (typeof FILTER_ENUMS)[number];

export type CompareOperator = "=" | "!=" | "~" | "!~" | "<" | ">";

export type FilterExpression =
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "attribute"; readonly attribute: RouteAttribute }
  | { readonly kind: "enum"; readonly value: FilterEnum }
  /** A constant of the file, or a parameter of the enclosing function. */
  | { readonly kind: "symbol"; readonly name: string }
  | { readonly kind: "prefix"; readonly cidr: Cidr }
  /** A standard (two numbers) or large (three) community. */
  | { readonly kind: "community"; readonly value: readonly number[] }
  /** `[= 65001 65002 * =]`: the path begins with these. */
  | { readonly kind: "path-mask"; readonly asNumbers: readonly number[] }
  /** Never empty. */
  | { readonly kind: "set"; readonly items: readonly SetItem[] }
  | {
      readonly kind: "compare";
      readonly operator: CompareOperator;
      readonly left: FilterExpression;
      readonly right: FilterExpression;
    }
  | { readonly kind: "subtract"; readonly left: FilterExpression; readonly right: FilterExpression }
  | { readonly kind: "defined"; readonly attribute: RouteAttribute }
  | { readonly kind: "not"; readonly operand: FilterExpression }
  /** Two operands or more. */
  | { readonly kind: "and"; readonly operands: readonly FilterExpression[] }
  | { readonly kind: "or"; readonly operands: readonly FilterExpression[] };

export type SetItem =
  | { readonly kind: "enum"; readonly value: FilterEnum }
  | { readonly kind: "ip"; readonly ip: Ip }
  /** Prefixes within `cidr` of `min` to `max` bits. */
  | { readonly kind: "lengths"; readonly cidr: Cidr; readonly min: number; readonly max: number };
