import { formatShaper, shapingBackend } from "../backends/shaping/index.ts";
import type { ShapingState } from "../dataplane/shaping.ts";
import type { PlaceDiff, PlannedChange } from "./change.ts";
import { reasonOf } from "./reason.ts";

/** The bandwidth limits that differ, by interface. */
export function limitDiffs(
  before: ShapingState,
  after: ShapingState,
  workloadOn: (interfaceName: string) => string,
): readonly PlaceDiff[] {
  const changes = shapingBackend.diff(before, after).map(({ op, shaper, was }): PlannedChange => {
    const name = `${shaper.interfaceName} ${shaper.direction}`;
    const place = { artifact: "tc.batch", kind: "limit", name } as const;
    const gone = op === "delete" ? formatShaper(shaper) : was === undefined ? [] : formatShaper(was);
    const come = op === "delete" ? [] : formatShaper(shaper);
    return {
      ...place,
      op: op === "add" ? "add" : op === "delete" ? "remove" : "change",
      was: gone.filter((line) => !come.includes(line)),
      lines: come.filter((line) => !gone.includes(line)),
      reason: reasonOf(workloadOn(shaper.interfaceName)),
    };
  });
  return changes.map((change) => {
    const { artifact, kind, name, reason } = change;
    return { artifact, kind, name, heading: reason.heading, items: [change] };
  });
}
