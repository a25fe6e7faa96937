import type { Shaper, ShapingState } from "../../dataplane/shaping.ts";
import type { Backend } from "../backend.ts";
import { parseShaping, printShaping } from "./batch.ts";
import { emitShaping } from "./emit.ts";
import { isSameLimit } from "./same-limit.ts";

export { formatShaper } from "./batch.ts";
export { policerQueries, readShaping } from "./parse-host.ts";

/** A limit is put anew where anything of it changed: the kernel replaces a queue or a policer as a whole. */
export interface ShapingChange {
  readonly op: "add" | "replace" | "delete";
  readonly shaper: Shaper;
  /** What a replaced limit was. */
  readonly was?: Shaper;
}

/** Bandwidth limits of pods: `tc.batch`. */
export const shapingBackend: Backend<ShapingState, ShapingChange> = {
  name: "shaping",
  emit: emitShaping,
  print: printShaping,
  parse: parseShaping,
  diff: diffShaping,
};

function diffShaping(current: ShapingState, desired: ShapingState): readonly ShapingChange[] {
  const before = new Map(current.shapers.map((shaper) => [placeOf(shaper), shaper]));
  const after = new Map(desired.shapers.map((shaper) => [placeOf(shaper), shaper]));
  return [
    ...[...before]
      .filter(([place]) => !after.has(place))
      .map(([, shaper]) => ({ op: "delete", shaper }) as const),
    ...[...after].flatMap(([place, shaper]): readonly ShapingChange[] => {
      const was = before.get(place);
      if (was === undefined) return [{ op: "add", shaper }];
      return isSameLimit(shaper, was) ? [] : [{ op: "replace", shaper, was }];
    }),
  ];
}

function placeOf({ interfaceName, direction }: Shaper): string {
  return `${interfaceName} ${direction}`;
}
