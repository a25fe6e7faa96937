import { diffArrays } from "diff";

/** The items from `old` on, `removed` of them, have become those from `now` on, `added` of them. */
export interface Hunk {
  readonly old: number;
  readonly removed: number;
  readonly now: number;
  readonly added: number;
}

/** What makes one list out of the other, in order; between hunks the lists are equal. */
export function hunksBetween(before: readonly string[], after: readonly string[]): readonly Hunk[] {
  const shorter = Math.min(before.length, after.length);
  // The ends first: of several equal items the diff might take another one for the one that stays.
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const parts = diffArrays(
    before.slice(start, before.length - tail),
    after.slice(start, after.length - tail),
  );
  const hunks: Hunk[] = [];
  let [old, now] = [start, start];
  let hunk = { old, removed: 0, now, added: 0 };
  const finish = (): void => {
    if (hunk.removed + hunk.added > 0) hunks.push(hunk);
  };
  for (const { removed: isRemoved, added: isAdded, count = 0 } of parts) {
    if (isRemoved) hunk.removed += count;
    else if (isAdded) hunk.added += count;
    if (!isAdded) old += count;
    if (!isRemoved) now += count;
    if (isAdded || isRemoved) continue;
    finish();
    hunk = { old, removed: 0, now, added: 0 };
  }
  finish();
  return hunks;
}
