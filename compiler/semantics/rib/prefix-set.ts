import type { PrefixItem } from "../../dataplane/bird.ts";
import { type Cidr, cidrKey, cidrOf } from "../../net/cidr.ts";

/** A named prefix list, asked in a time that does not grow with it. */
export class PrefixSet {
  readonly #exact = new Set<number | bigint>();
  readonly #within = new Map<number, Set<number | bigint>>();

  constructor(items: readonly PrefixItem[]) {
    for (const { cidr, within } of items) {
      const key = cidrKey(cidr);
      if (!within) {
        this.#exact.add(key);
        continue;
      }
      const ofLength = this.#within.get(cidr.length);
      if (ofLength === undefined) this.#within.set(cidr.length, new Set([key]));
      else ofLength.add(key);
    }
  }

  has(cidr: Cidr): boolean {
    if (this.#exact.has(cidrKey(cidr))) return true;
    for (const [length, keys] of this.#within)
      if (length <= cidr.length && keys.has(cidrKey(cidrOf(cidr, length)))) return true;
    return false;
  }
}
