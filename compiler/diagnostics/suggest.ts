/** The candidate that somebody who wrote `text` most likely meant, or `undefined` when none is close. */
export function closest(text: string, candidates: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(text.length / 4));
  const lower = text.toLowerCase();
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - text.length) > limit) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Single-character insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Where a field belongs that stands elsewhere: mistakes of indentation are common. */
export interface RightPlace {
  /** `"source" and of "destination"`, `entries of "ingress"`, `the resource`. */
  readonly of: string;
  /** Below the mapping where it stands, or around that. */
  readonly side: "below" | "around";
}

/** What is told of a field that is not known where it stands. */
export interface UnknownField {
  readonly field: string;
  readonly suggestion?: string | undefined;
  readonly place?: RightPlace | undefined;
}

/** What to do about it. */
export function fieldHint({ suggestion, place }: UnknownField): string | undefined {
  if (place === undefined) return didYouMean(suggestion);
  return `It is a field of ${place.of}: indent it${place.side === "below" ? "" : " less"}.`;
}

/** `Did you mean "spec"?`, or nothing to suggest. */
export function didYouMean(suggestion: string | undefined): string | undefined {
  return suggestion === undefined ? undefined : `Did you mean ${JSON.stringify(suggestion)}?`;
}
