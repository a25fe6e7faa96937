/**
 * Decision diagrams over variables with ordered domains, shared and reduced: for one order of the variables, two
 * functions are equal exactly if they are the same object.
 *
 * A variable's domain is cut into intervals, each leading to a part. Values are numbers or, for IPv6 addresses,
 * bigints, never both in one variable. Leaves hold outcomes, compared by identity: intern them first.
 */
export type Diagram<T> = Leaf<T> | Choice<T>;

export interface Leaf<T> {
  readonly id: number;
  readonly level: typeof LEAF_LEVEL;
  readonly outcome: T;
}

export interface Choice<T> {
  readonly id: number;
  /** Place of the variable in the order; smaller is asked first. */
  readonly level: number;
  /** Inclusive upper ends of all intervals but the last, ascending. */
  readonly bounds: readonly Value[];
  /** One more than bounds; neighbours differ. */
  readonly parts: readonly Diagram<T>[];
}

export type Value = number | bigint;

/** After every variable. A small integer, so that engines keep levels unboxed. */
const LEAF_LEVEL = 2 ** 30 - 1;

/** Makes diagrams, and combines them. Diagrams of different makers must not be mixed. */
export class Diagrams {
  #nextId = 0;
  readonly #leaves = new Map<unknown, Leaf<never>>();
  /** By hash; those of one hash are linked. */
  readonly #choices = new Map<number, Entry>();
  readonly #chosen = new RecentResults();

  readonly yes = this.leaf(true);
  readonly no = this.leaf(false);

  /** How many distinct diagrams were made. */
  get size(): number {
    return this.#nextId;
  }

  leaf<T>(outcome: T): Leaf<T> {
    const known = this.#leaves.get(outcome) as Leaf<T> | undefined;
    if (known !== undefined) return known;
    const made: Leaf<T> = { id: this.#nextId++, level: LEAF_LEVEL, outcome };
    this.#leaves.set(outcome, made as Leaf<never>);
    return made;
  }

  /** Asks the variable first. Every part must come after it in the order. */
  choice<T>(level: number, bounds: readonly Value[], parts: readonly Diagram<T>[]): Diagram<T> {
    const [keptBounds, keptParts] = withoutRepetition(bounds, parts);
    if (keptParts.length === 1) return keptParts[0]!;
    let hash = (level * 31 + keptParts[0]!.id) | 0;
    for (let i = 1; i < keptParts.length; i++) {
      hash = (Math.imul(hash, 0x01000193) ^ hashOf(keptBounds[i - 1]!)) | 0;
      hash = (Math.imul(hash, 0x01000193) ^ keptParts[i]!.id) | 0;
    }
    const first = this.#choices.get(hash);
    for (let entry = first; entry !== undefined; entry = entry.next)
      if (isChoiceOf(entry.choice, level, keptBounds, keptParts)) return entry.choice;
    const made: Choice<T> = { id: this.#nextId++, level, bounds: keptBounds, parts: keptParts };
    this.#choices.set(hash, { choice: made as Choice<never>, next: first });
    return made;
  }

  /** Whether the variable's value is in the range, ends included. `min` and `max` are those of its domain. */
  within(level: number, first: Value, last: Value, min: Value, max: Value): Diagram<boolean> {
    const bounds: Value[] = [];
    const parts: Diagram<boolean>[] = [];
    if (first > min) {
      bounds.push(typeof first === "bigint" ? first - 1n : first - 1);
      parts.push(this.no);
    }
    parts.push(this.yes);
    if (last < max) {
      bounds.push(last);
      parts.push(this.no);
    }
    return this.choice(level, bounds, parts);
  }

  /** `yes` where the condition holds, else `no`. */
  ite<T>(condition: Diagram<boolean>, yes: Diagram<T>, no: Diagram<T>): Diagram<T> {
    if (condition === this.yes || yes === no) return yes;
    if (condition === this.no) return no;
    const known = this.#chosen.get(condition.id, yes.id, no.id);
    if (known !== undefined) return known as Diagram<T>;
    const level = Math.min(condition.level, yes.level, no.level);
    const bounds = mergeBounds(
      boundsAt(condition, level),
      mergeBounds(boundsAt(yes, level), boundsAt(no, level)),
    );
    const parts: Diagram<T>[] = new Array(bounds.length + 1);
    let [c, y, n] = [0, 0, 0];
    for (let i = 0; i <= bounds.length; i++) {
      const value = bounds[i];
      c = partFrom(condition, level, c, value);
      y = partFrom(yes, level, y, value);
      n = partFrom(no, level, n, value);
      parts[i] = this.ite(partAt(condition, level, c), partAt(yes, level, y), partAt(no, level, n));
    }
    const made = this.choice(level, bounds, parts);
    this.#chosen.set(condition.id, yes.id, no.id, made);
    return made;
  }

  and(a: Diagram<boolean>, b: Diagram<boolean>): Diagram<boolean> {
    return this.ite(a, b, this.no);
  }

  /** What is asked first is combined first: that part many conditions have in common. */
  all(parts: readonly Diagram<boolean>[]): Diagram<boolean> {
    const ordered = parts.toSorted((a, b) => a.level - b.level);
    return ordered.reduce<Diagram<boolean>>((before, part) => this.and(before, part), this.yes);
  }

  or(a: Diagram<boolean>, b: Diagram<boolean>): Diagram<boolean> {
    return this.ite(a, this.yes, b);
  }

  not(a: Diagram<boolean>): Diagram<boolean> {
    return this.ite(a, this.no, this.yes);
  }

  /** The diagram with other leaves, wherever it leads. */
  relabel<T, U>(diagram: Diagram<T>, outcomeOf: (outcome: T) => U): Diagram<U> {
    const done = new Map<Diagram<T>, Diagram<U>>();
    const go = (at: Diagram<T>): Diagram<U> => {
      if (at.level === LEAF_LEVEL) return this.leaf(outcomeOf((at as Leaf<T>).outcome));
      const known = done.get(at);
      if (known !== undefined) return known;
      const { level, bounds, parts } = at as Choice<T>;
      const made = this.choice(level, bounds, parts.map(go));
      done.set(at, made);
      return made;
    };
    return go(diagram);
  }

  /** Goes on from every leaf with another diagram. */
  continueWith<T, U>(diagram: Diagram<T>, next: (outcome: T) => Diagram<U>): Diagram<U> {
    if (isLeaf(diagram)) return next(diagram.outcome);
    const [first, ...others] = outcomesOf(diagram);
    let made = next(first!);
    for (const outcome of others) {
      const ends = this.relabel(diagram, (each) => each === outcome);
      made = this.ite(ends, next(outcome), made);
    }
    return made;
  }
}

export function isLeaf<T>(diagram: Diagram<T>): diagram is Leaf<T> {
  return diagram.level === LEAF_LEVEL;
}

/** The outcomes that the diagram can end in, in the order of a walk from the first part to the last. */
export function outcomesOf<T>(diagram: Diagram<T>): readonly T[] {
  const found = new Set<T>();
  const seen = new Set<Diagram<T>>();
  const go = (at: Diagram<T>): void => {
    if (isLeaf(at)) found.add(at.outcome);
    else if (!seen.has(at)) {
      seen.add(at);
      at.parts.forEach(go);
    }
  };
  go(diagram);
  return [...found];
}

const NO_BOUNDS: readonly Value[] = [];

/** How the diagram cuts the domain of that variable: not at all, if it does not ask for it first. */
function boundsAt<T>(diagram: Diagram<T>, level: number): readonly Value[] {
  return diagram.level === level ? (diagram as Choice<T>).bounds : NO_BOUNDS;
}

function partAt<T>(diagram: Diagram<T>, level: number, index: number): Diagram<T> {
  return diagram.level === level ? (diagram as Choice<T>).parts[index]! : diagram;
}

/** The index of the part for a value, at or after `index`; `undefined` = beyond the last bound. */
function partFrom<T>(diagram: Diagram<T>, level: number, index: number, value: Value | undefined): number {
  if (diagram.level !== level) return 0;
  const { bounds } = diagram as Choice<T>;
  if (value === undefined) return bounds.length;
  let at = index;
  while (at < bounds.length && bounds[at]! < value) at++;
  return at;
}

/** Neighbours that are the same become one; what has none stays as it is. */
function withoutRepetition<T>(
  bounds: readonly Value[],
  parts: readonly Diagram<T>[],
): readonly [bounds: readonly Value[], parts: readonly Diagram<T>[]] {
  if (!parts.some((part, i) => part === parts[i + 1])) return [bounds, parts];
  const isKept = (i: number) => parts[i] !== parts[i + 1];
  return [bounds.filter((_, i) => isKept(i)), parts.filter((_, i) => isKept(i))];
}

function mergeBounds(a: readonly Value[], b: readonly Value[]): readonly Value[] {
  if (b.length === 0) return a;
  if (a.length === 0) return b;
  const merged: Value[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const x = a[i];
    const y = b[j];
    if (y === undefined || (x !== undefined && x < y)) {
      merged.push(x!);
      i++;
    } else {
      merged.push(y);
      j++;
      if (x === y) i++;
    }
  }
  return merged;
}

interface Entry {
  readonly choice: Choice<never>;
  readonly next: Entry | undefined;
}

function hashOf(value: Value): number {
  return typeof value === "number" ? value | 0 : Number((value ^ (value >> 64n)) & 0x7fff_ffffn);
}

function isChoiceOf(
  choice: Choice<never>,
  level: number,
  bounds: readonly Value[],
  parts: readonly Diagram<unknown>[],
): boolean {
  if (choice.level !== level || choice.parts.length !== parts.length) return false;
  for (let i = 0; i < parts.length; i++) if (choice.parts[i] !== parts[i]) return false;
  for (let i = 0; i < bounds.length; i++) if (choice.bounds[i] !== bounds[i]) return false;
  return true;
}

/** Remembers results for triples of numbers, until another triple takes the place. */
class RecentResults {
  readonly #keys = new Int32Array(3 * RECENT);
  readonly #results: (Diagram<unknown> | undefined)[] = new Array(RECENT).fill(undefined);

  get(a: number, b: number, c: number): Diagram<unknown> | undefined {
    const place = placeOf(a, b, c);
    const keys = this.#keys;
    return keys[3 * place] === a && keys[3 * place + 1] === b && keys[3 * place + 2] === c
      ? this.#results[place]
      : undefined;
  }

  set(a: number, b: number, c: number, result: Diagram<unknown>): void {
    const place = placeOf(a, b, c);
    this.#keys[3 * place] = a;
    this.#keys[3 * place + 1] = b;
    this.#keys[3 * place + 2] = c;
    this.#results[place] = result;
  }
}

const RECENT = 1 << 16;

function placeOf(a: number, b: number, c: number): number {
  const hash = Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  return (hash ^ (hash >>> 15)) & (RECENT - 1);
}
