import type { Cidr, Ip, IpVersion } from "../../net/cidr.ts";
import type { Value } from "./diagram.ts";

/** Addresses of one version, ends included. */
export interface Range {
  readonly version: IpVersion;
  readonly first: Value;
  readonly last: Value;
}

export function rangeOf(cidr: Cidr): Range {
  const { version, length } = cidr;
  if (cidr.version === 4) return { version, first: cidr.value, last: cidr.value + 2 ** (32 - length) - 1 };
  return { version, first: cidr.value, last: cidr.value + (1n << BigInt(128 - length)) - 1n };
}

export function addressRange({ version, value }: Ip): Range {
  return { version, first: value, last: value };
}

/** Ascending, without overlaps and without neighbours that touch. */
export function joined(ranges: readonly Range[]): readonly Range[] {
  const sorted = ranges.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const result: Range[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last === undefined || range.first > after(last.last)) result.push(range);
    else if (range.last > last.last) result[result.length - 1] = { ...last, last: range.last };
  }
  return result;
}

export function before(value: Value): Value {
  return typeof value === "bigint" ? value - 1n : value - 1;
}

function after(value: Value): Value {
  return typeof value === "bigint" ? value + 1n : value + 1;
}
