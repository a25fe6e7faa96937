/** Repeatable draws (mulberry32), so that a case and its seed always give the same packets. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** True in that share of draws. */
  chance(share: number): boolean {
    return this.#next() < share;
  }

  /** `undefined` of an empty list only. */
  from<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#next() * list.length)];
  }
}
