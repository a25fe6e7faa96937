import { type Cidr, cidrOf, formatCidr, type Ip, parseCidr } from "../../../compiler/net/cidr.ts";

/** Networks near one: wider, narrower (either half), the one behind it. */
export function netsNear(text: string): readonly string[] {
  const cidr = parseCidr(text);
  if (cidr === undefined) throw new Error(`not a network: ${text}`);
  const max = cidr.version === 4 ? 32 : 128;
  const near: Cidr[] = [];
  if (cidr.length > 1) near.push(cidrOf(cidr, cidr.length - 1));
  if (cidr.length < max) {
    near.push(cidrOf(cidr, cidr.length + 1));
    near.push(shifted({ ...cidr, length: cidr.length + 1 }, 1));
  }
  if (cidr.length > 0) near.push(shifted(cidr, 1));
  const own = formatCidr(cidr);
  return [...new Set(near.map(formatCidr))].filter((net) => net !== own);
}

/** The network of that length `by` places further, around the end of all addresses. */
export function shifted(cidr: Cidr, by: number): Cidr {
  const max = cidr.version === 4 ? 32 : 128;
  const bits = BigInt(max);
  const moved = BigInt.asUintN(max, BigInt(cidr.value) + (BigInt(by) << (bits - BigInt(cidr.length))));
  const ip: Ip = cidr.version === 4 ? { version: 4, value: Number(moved) } : { version: 6, value: moved };
  return cidrOf(ip, cidr.length);
}

/** Lists of ports and ranges that differ by one step: an edge one up or down, or an entry left out. */
export function portListsNear(text: string): readonly string[] {
  const entries = text.split(",");
  const lists = entries.flatMap((entry, i) => {
    const [first, last = first] = entry.split(":").map(Number) as [number, number?];
    const isRange = entry.includes(":");
    const ranges: (readonly [number, number])[] = isRange
      ? [
          [first - 1, last],
          [first + 1, last],
          [first, last - 1],
          [first, last + 1],
        ]
      : [
          [first - 1, last - 1],
          [first + 1, last + 1],
          [first, last + 1],
        ];
    const changed = ranges
      .filter(([a, b]) => a >= 0 && b <= 65_535 && a <= b)
      .map(([a, b]) => (a === b ? String(a) : `${a}:${b}`));
    const without = entries.length > 1 ? [entries.filter((_, other) => other !== i)] : [];
    return [...changed.map((port) => entries.with(i, port)), ...without];
  });
  return lists.map((list) => list.join(","));
}

/** `VALUE/MASK` with one bit of the value flipped, the mask one bit smaller, or one bit larger. */
export function marksNear(text: string): readonly string[] {
  const [value, mask] = text.split("/").map(Number) as [number, number];
  const bits = Array.from({ length: 32 }, (_, bit) => (1 << bit) >>> 0);
  const inMask = bits.filter((bit) => (mask & bit) !== 0);
  const beside = bits.filter((bit) => (mask & bit) === 0 && (0x1b0000 & bit) !== 0);
  const hex = (number: number) => `0x${(number >>> 0).toString(16)}`;
  return [
    ...inMask.map((bit) => `${hex(value ^ bit)}/${hex(mask)}`),
    ...inMask.filter((bit) => bit !== mask).map((bit) => `${hex(value & ~bit)}/${hex(mask & ~bit)}`),
    ...beside.flatMap((bit) => [
      `${hex(value | bit)}/${hex(mask | bit)}`,
      `${hex(value)}/${hex(mask | bit)}`,
    ]),
  ];
}
