import { addressAt, type Cidr, cidrOf } from "../../compiler/index.ts";

/** The network in `count` (a power of two) equal parts, ascending; `undefined` where it has not that many addresses. */
export function splitCidr(cidr: Cidr, count: number): readonly Cidr[] | undefined {
  const length = cidr.length + Math.log2(count);
  const longest = cidr.version === 4 ? 32 : 128;
  if (length > longest) return undefined;
  const size = 2 ** (longest - length);
  return Array.from({ length: count }, (_, i) => cidrOf(partAt(cidr, size, i), length));
}

/** By multiplication of exact numbers: networks of IPv6 have more addresses than a number counts. */
function partAt(cidr: Cidr, size: number, part: number): ReturnType<typeof addressAt> {
  if (cidr.version === 4) return addressAt(cidr, size * part);
  return { version: 6, value: cidr.value + BigInt(size) * BigInt(part) };
}

const LONGEST_NAME = 253;

/** Names of the parts of a pool: as much of its own as fits. */
export function partName(pool: string, part: number): string {
  const name = `split-${pool}-${part}`;
  const excess = name.length - LONGEST_NAME;
  return excess <= 0 ? name : `split-${pool.slice(0, -excess)}-${part}`;
}
