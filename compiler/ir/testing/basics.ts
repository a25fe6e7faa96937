import type { Origin } from "../../diagnostics/diagnostic.ts";
import { type Cidr, type Ip, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import type { Selector } from "../../syntax/selector/ast.ts";
import { parseSelector } from "../../syntax/selector/parse.ts";
import type { ModelObject, ModelUpdate } from "../cluster-model.ts";

export const ORIGIN: Origin = { file: "test.yaml", document: 0, path: [] };

export function ip(text: string): Ip {
  return required(parseIp(text), text);
}

export function cidr(text: string): Cidr {
  return required(parseCidr(text), text);
}

export function selector(text: string): Selector {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.reason}`);
  return parsed.selector;
}

export function remove({ kind, key }: ModelObject): ModelUpdate {
  return { kind, key, value: undefined };
}

/** What a test says of an object. */
export type Given<T> = Partial<Omit<T, "kind" | "key" | "origin" | "source">>;

function required<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`not an address: ${text}`);
  return value;
}
