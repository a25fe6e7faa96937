import { diffArrays } from "diff";
import type { Place, PlannedChange, Reason, Unchanged } from "./change.ts";

/** The difference of two texts whose order counts, line by line; what is not in both goes or comes. */
export function lineItems(
  place: Place,
  reason: Reason,
  before: readonly string[],
  after: readonly string[],
): readonly (PlannedChange | Unchanged)[] {
  let from = 0;
  let to = 0;
  return diffArrays([...before], [...after]).flatMap(({ value, added, removed }) =>
    value.map((line): PlannedChange | Unchanged => {
      if (added) return { ...place, op: "add", was: [], lines: [line], to: to++, reason };
      if (removed) return { ...place, op: "remove", was: [line], lines: [], from: from++, reason };
      from++;
      to++;
      return { op: "same", lines: [line] };
    }),
  );
}
