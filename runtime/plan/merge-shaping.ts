import { type ShapingState, shapingBackend } from "../../compiler/index.ts";
import { type Merged, mergeByKey, type Three } from "./merge.ts";

/** Each limit by its interface and direction. */
export function mergeShaping(states: Three<ShapingState>): Merged<ShapingState> {
  const changed = (current: ShapingState, desired: ShapingState): ReadonlySet<string> =>
    new Set(shapingBackend.diff(current, desired).map(({ shaper }) => keyOf(shaper)));
  const byKey = ({ shapers }: ShapingState): ReadonlyMap<string, Shaper> =>
    new Map(shapers.map((shaper) => [keyOf(shaper), shaper]));
  const { before, after, live } = states;
  const merged = mergeByKey(
    { before: byKey(before), after: byKey(after), live: byKey(live) },
    { planned: changed(before, after), drifted: changed(live, before), undone: changed(live, after) },
    (key) => key,
  );
  const shapers = [...merged.state.values()].sort(
    (a, b) =>
      compareText(a.interfaceName, b.interfaceName) ||
      // `to-workload` first
      compareText(b.direction, a.direction),
  );
  return { ...merged, state: { shapers } };
}

type Shaper = ShapingState["shapers"][number];

function keyOf({ interfaceName, direction }: Shaper): string {
  return `limit ${interfaceName} ${direction}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
