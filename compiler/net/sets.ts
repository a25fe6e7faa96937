import { type Cidr, cidrContains, cidrOf, compareCidr } from "./cidr.ts";

/** The networks that no other one of the list contains, sorted, each once. */
export function dropCovered(cidrs: readonly Cidr[]): readonly Cidr[] {
  const kept: Cidr[] = [];
  // In this order a network comes right before everything that it contains.
  for (const cidr of [...cidrs].sort(compareCidr)) {
    const previous = kept.at(-1);
    if (previous === undefined || !cidrContains(previous, cidr)) kept.push(cidr);
  }
  return kept;
}

/** The same addresses in the fewest networks, sorted. */
export function mergeCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  const merged: Cidr[] = [];
  for (const cidr of dropCovered(cidrs)) {
    let joined = cidr;
    for (;;) {
      const previous = merged.at(-1);
      const parent = previous && parentOfHalves(previous, joined);
      if (parent === undefined) break;
      merged.pop();
      joined = parent;
    }
    merged.push(joined);
  }
  return merged;
}

/** The network of which `low` and `high` are the two halves, in this order. */
function parentOfHalves(low: Cidr, high: Cidr): Cidr | undefined {
  if (low.length === 0 || low.length !== high.length) return undefined;
  const parent = cidrOf(low, low.length - 1);
  const [first, second] = halves(parent);
  return compareCidr(first, low) === 0 && compareCidr(second, high) === 0 ? parent : undefined;
}

/** The two networks of which a network consists, the lower one first; it must be longer than one address. */
function halves(cidr: Cidr): readonly [Cidr, Cidr] {
  const length = cidr.length + 1;
  if (cidr.version === 4) {
    const upper = (cidr.value | (1 << (32 - length))) >>> 0;
    return [
      { version: 4, value: cidr.value, length },
      { version: 4, value: upper, length },
    ];
  }
  return [
    { version: 6, value: cidr.value, length },
    { version: 6, value: cidr.value | (1n << BigInt(128 - length)), length },
  ];
}

/** The kernel's `hash:net` refuses /0: two /1 stand for it. Everything else is left as it is. */
export function splitDefault(cidr: Cidr): readonly Cidr[] {
  return cidr.length === 0 ? halves(cidr) : [cidr];
}
