/** A stream of choices that a seed fixes. */
export class Draw {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 ≤ x < 1 (mulberry32). */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }

  /** Both ends included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  one<T>(choices: readonly T[]): T {
    const choice = this.from(choices);
    if (choice === undefined) throw new RangeError("nothing to choose from");
    return choice;
  }

  /** `undefined` of an empty list only. */
  from<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#next() * list.length)];
  }

  some<T>(choices: readonly T[], probability: number): readonly T[] {
    return choices.filter(() => this.chance(probability));
  }

  /** The fields, each with the probability. */
  fields(probability: number, all: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return Object.fromEntries(Object.entries(all).filter(() => this.chance(probability)));
  }

  list<T>(min: number, max: number, make: (index: number) => T): readonly T[] {
    return Array.from({ length: this.integer(min, max) }, (_, index) => make(index));
  }
}
