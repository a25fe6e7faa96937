import type { TableName } from "../../semantics/simulator/program.ts";
import type { Step } from "../../semantics/symbolic/hooks.ts";

/** For each step of a packet's way, whether its table is committed by the time that the packet comes to it. */
export type Moment = readonly boolean[];

/** What a packet meets that passes all its hooks between two commits. */
export function instantsOf(steps: readonly Step[], order: readonly TableName[]): readonly Moment[] {
  return [order.length, ...order.keys()].map((count) => {
    const committed = order.slice(0, count);
    return steps.map((step) => step !== "translate" && committed.includes(step.table));
  });
}

/**
 * All that one packet can meet while tables are committed one after the other. A packet takes time: it may come to its
 * first hook before a commit and to its last after several. So for each table there is a step from which on it is the
 * new one, and tables that are committed later have a later one, or the same.
 */
export function momentsOf(steps: readonly Step[], order: readonly TableName[]): readonly Moment[] {
  const moments = new Map<string, Moment>();
  const commit = (index: number, earliest: number, from: ReadonlyMap<TableName, number>): void => {
    const table = order[index];
    if (table === undefined) {
      const moment = steps.map((step, i) => step !== "translate" && i >= (from.get(step.table) ?? 0));
      moments.set(moment.join(), moment);
      return;
    }
    for (let step = earliest; step <= steps.length; step++)
      commit(index + 1, step, new Map([...from, [table, step]]));
  };
  commit(0, 0, new Map());
  return [...moments.values()];
}

/** In the order in which to try them: what packets meet last first, as then they meet what is committed as a whole. */
export function ordersOf(tables: readonly TableName[]): readonly (readonly TableName[])[] {
  const reversed = tables.toReversed();
  const permute = (rest: readonly TableName[]): readonly (readonly TableName[])[] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap((first) =>
          permute(rest.filter((other) => other !== first)).map((others) => [first, ...others]),
        );
  return permute(reversed);
}
