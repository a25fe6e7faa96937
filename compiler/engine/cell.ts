import { MemberList } from "../ir/member-list.ts";

/** One derived value. It is computed again only when an input is another object or value than last time. */
export class Memo<T> {
  #last: { readonly inputs: readonly unknown[]; readonly value: T } | undefined;

  get(inputs: readonly unknown[], compute: () => T): T {
    if (this.#last === undefined || !sameElements(this.#last.inputs, inputs))
      this.#last = { inputs, value: compute() };
    return this.#last.value;
  }
}

/**
 * As `Memo`, for plain data: the value keeps its identity when the result turns out equal, so that whatever hangs on it
 * downstream stays as it is.
 */
export class Cell<T> {
  readonly #memo = new Memo<T>();
  #kept: { readonly value: T } | undefined;

  get(inputs: readonly unknown[], compute: () => T): T {
    return this.#memo.get(inputs, () => {
      const value = compute();
      if (this.#kept === undefined || !sameData(this.#kept.value, value)) this.#kept = { value };
      return this.#kept.value;
    });
  }
}

/** The lists hold the same objects in the same order. */
export function sameElements(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** Structural equality of plain data: numbers, bigints, texts, arrays and records. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((element, i) => sameData(element, b[i]));
  if (Array.isArray(b)) return false;
  if (a instanceof MemberList) return b instanceof MemberList && a.equals(b);
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameData(left[key], right[key]))
  );
}
