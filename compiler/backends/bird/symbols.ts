import { createHash } from "node:crypto";
import type { RouteFilter } from "../../ir/bgp-ir.ts";
import type { SecretRef } from "../../ir/bgp-model.ts";

/** BIRD's limit, in characters. */
export const MAX_SYMBOL = 64;
/** What is left of it after `bgp_…_importFilterV4`. */
const MAX_FILTER_NAME = 45;

/** Our own symbols are words with a prefix or digit in them, so that none is a reserved word of BIRD's lexer. */
const WORD = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** What BIRD's lexer takes between apostrophes. */
const QUOTABLE = /^[A-Za-z0-9_.:-]+$/;

export function isSymbol(name: string): boolean {
  return name.length <= MAX_SYMBOL && QUOTABLE.test(name);
}

export function printSymbol(name: string): string {
  return WORD.test(name) ? name : `'${name}'`;
}

/** A BIRD string ends at the next quote, and has no escape (routing-bgp.md §3.18). */
export function isPlainText(text: string): boolean {
  return /^[\x20\x21\x23-\x7e]*$/.test(text);
}

/** Calico's own name of a rule list's function, cut and hashed where BIRD's limit demands it. */
export function filterSymbol({
  name,
  direction,
  version,
}: Pick<RouteFilter, "name" | "direction" | "version">): string {
  return `bgp_${shortened(name)}_${direction}FilterV${version}`;
}

function shortened(name: string): string {
  if (name.length <= MAX_FILTER_NAME) return name;
  const digest = createHash("sha256").update(name).digest("hex").slice(0, 16).toUpperCase();
  return `${name.slice(0, MAX_FILTER_NAME - 17)}_${digest}`;
}

/** The constant that the host defines with the secret's value; it tells nothing but which secret. */
export function passwordSymbol({ namespace, name, key }: SecretRef): string {
  const text = JSON.stringify([namespace, name, key]);
  return `pw_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}
