/** The three states that a plan is re-based over. */
export interface Three<T> {
  /** What the plan's changes are counted from. */
  readonly before: T;
  readonly after: T;
  /** What is there now. */
  readonly live: T;
}

/** One thing that a plan changes, and that is not as the plan found it. */
export interface Violation {
  /** In the words of the artifact that it stands in: `filter chain cali-pi-x (IPv4)`, `set cali40s:x`, …. */
  readonly object: string;
  readonly reason: string;
}

/** A part of a host's state with a plan's changes made to what is there. */
export interface Merged<T> {
  /** Of no use where something is violated. */
  readonly state: T;
  /** How many things the plan changes. */
  readonly planned: number;
  /** How many of them are already as planned. */
  readonly done: number;
  readonly violations: readonly Violation[];
}

/** Where two states differ, by the key of the thing; the second one is what the first would have to become. */
export interface Differences {
  readonly planned: ReadonlySet<string>;
  /** Between what is there and `before`. */
  readonly drifted: ReadonlySet<string>;
  /** Between what is there and `after`. */
  readonly undone: ReadonlySet<string>;
}

/**
 * Things by key: what the plan changes becomes as in `after`, everything else stays as it is, in the words of `after`
 * where it is the same there. A change needs the thing to be as in `before`; `nameOf` says in a violation which it is.
 */
export function mergeByKey<T>(
  { before, after, live }: Three<ReadonlyMap<string, T>>,
  { planned, drifted, undone }: Differences,
  nameOf: (key: string) => string,
): Merged<ReadonlyMap<string, T>> {
  const state = new Map<string, T>();
  for (const [key, is] of live) state.set(key, undone.has(key) ? is : (after.get(key) ?? is));
  const violations: Violation[] = [];
  let done = 0;
  for (const key of planned) {
    const wanted = after.get(key);
    if (wanted === undefined) state.delete(key);
    else state.set(key, wanted);
    if (!undone.has(key)) done++;
    if (!drifted.has(key)) continue;
    const [was, is] = [before.has(key), live.has(key)];
    const reason = !undone.has(key)
      ? "is as planned already"
      : was && !is
        ? "is gone"
        : is && !was
          ? "is there, and was not when the plan was made"
          : "is not as it was when the plan was made";
    violations.push({ object: nameOf(key), reason });
  }
  return { state, planned: planned.size, done, violations };
}

/** Where `isSame` can tell things apart by themselves: `wanted` first, what is there second. */
export function differencesOf<T>(
  { before, after, live }: Three<ReadonlyMap<string, T>>,
  isSame: (wanted: T, there: T) => boolean,
): Differences {
  const between = (there: ReadonlyMap<string, T>, wanted: ReadonlyMap<string, T>): ReadonlySet<string> => {
    const differs = (key: string): boolean => {
      const [a, b] = [wanted.get(key), there.get(key)];
      return a === undefined || b === undefined ? a !== b : !isSame(a, b);
    };
    return new Set([...there.keys(), ...wanted.keys()].filter(differs));
  };
  return { planned: between(before, after), drifted: between(live, before), undone: between(live, after) };
}

export interface MergedMembers<T> {
  readonly members: readonly T[];
  readonly planned: number;
  readonly done: number;
  /** Others than the planned ones came or went. */
  readonly churned: boolean;
}

/**
 * Members of a collection that inventory changes under our hands: the planned additions and removals on top of those
 * that are there. One that is there already, or gone already, is none the less as planned. Order: that of `live`, what
 * is new at the end.
 */
export function mergeMembers<T>(
  { before, after, live }: Three<readonly T[]>,
  keyOf: (member: T) => string,
): MergedMembers<T> {
  const keys = (members: readonly T[]): ReadonlySet<string> => new Set(members.map(keyOf));
  const [was, wanted, is] = [keys(before), keys(after), keys(live)];
  const added = after.filter((member) => !was.has(keyOf(member)));
  const removed = before.map(keyOf).filter((key) => !wanted.has(key));
  const gone = new Set(removed);
  return {
    members: [
      ...live.filter((member) => !gone.has(keyOf(member))),
      ...added.filter((member) => !is.has(keyOf(member))),
    ],
    churned:
      live.some((member) => !was.has(keyOf(member)) && !wanted.has(keyOf(member))) ||
      before.some((member) => wanted.has(keyOf(member)) && !is.has(keyOf(member))),
    planned: added.length + removed.length,
    done:
      added.filter((member) => is.has(keyOf(member))).length + removed.filter((key) => !is.has(key)).length,
  };
}
