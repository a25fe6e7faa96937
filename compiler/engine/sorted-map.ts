/**
 * A map that is iterated in the order of its keys, whatever the order of arrival. Sorting waits until somebody
 * iterates, so that a map that is only looked up in costs no more than any other.
 */
export class SortedMap<V> extends Map<string, V> {
  #sorted = true;
  #last: string | undefined;

  override set(key: string, value: V): this {
    const before = this.size;
    super.set(key, value);
    if (this.size > before && this.#sorted) {
      if (this.#last === undefined || key > this.#last) this.#last = key;
      else this.#sorted = false;
    }
    return this;
  }

  override clear(): void {
    super.clear();
    this.#sorted = true;
    this.#last = undefined;
  }

  override entries(): MapIterator<[string, V]> {
    this.#sort();
    return super.entries();
  }

  override keys(): MapIterator<string> {
    this.#sort();
    return super.keys();
  }

  override values(): MapIterator<V> {
    this.#sort();
    return super.values();
  }

  override [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }

  override forEach(visit: (value: V, key: string, map: Map<string, V>) => void): void {
    this.#sort();
    super.forEach(visit);
  }

  #sort(): void {
    if (this.#sorted) return;
    const entries = [...super.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
    this.clear();
    for (const [key, value] of entries) this.set(key, value);
  }
}
