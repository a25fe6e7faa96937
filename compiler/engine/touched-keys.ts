/** From how many notes on it is looked whether they repeat each other. */
const MANY = 1_000_000;

/** Keys of objects that may have changed, in the order in which they did. Noting one looks nothing up. */
export class TouchedKeys {
  #keys: string[] = [];
  #limit = MANY;

  add(key: string): void {
    if (this.#keys.push(key) < this.#limit) return;
    this.#keys = [...new Set(this.#keys)];
    this.#limit = Math.max(MANY, 2 * this.#keys.length);
  }

  /** Those since the last call; some may come twice. */
  take(): readonly string[] {
    const taken = this.#keys;
    this.#keys = [];
    this.#limit = MANY;
    return taken;
  }
}
