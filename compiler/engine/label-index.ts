/** Things by label and value; sets that become empty are dropped. */
export class LabelIndex<T> {
  readonly #labels = new Map<string, Map<string, Set<T>>>();

  add(label: string, value: string, thing: T): void {
    let byValue = this.#labels.get(label);
    if (byValue === undefined) {
      byValue = new Map();
      this.#labels.set(label, byValue);
    }
    const things = byValue.get(value);
    if (things === undefined) byValue.set(value, new Set([thing]));
    else things.add(thing);
  }

  delete(label: string, value: string, thing: T): void {
    const byValue = this.#labels.get(label);
    const things = byValue?.get(value);
    things?.delete(thing);
    if (things?.size === 0) byValue?.delete(value);
    if (byValue?.size === 0) this.#labels.delete(label);
  }

  get(label: string, value: string): ReadonlySet<T> {
    return this.#labels.get(label)?.get(value) ?? NOTHING;
  }

  /** One set for each value asked for, or for every value there is. */
  sets(label: string, values: readonly string[] | undefined): readonly ReadonlySet<T>[] {
    const byValue = this.#labels.get(label);
    if (byValue === undefined) return [];
    return values === undefined
      ? [...byValue.values()]
      : values.map((value) => byValue.get(value) ?? NOTHING);
  }
}

const NOTHING: ReadonlySet<never> = new Set();
