import type { IptablesState } from "../../compiler/index.ts";
import { differencesBetween } from "../apply/drift.ts";
import { withIntendedPositions } from "../apply/hook-positions.ts";
import type { HostState } from "../apply/state.ts";
import type { Merged, Three, Violation } from "./merge.ts";
import { isSameBird, mergeBird } from "./merge-bird.ts";
import { mergeIptables } from "./merge-iptables.ts";
import { mergeRouting } from "./merge-routing.ts";
import { mergeShaping } from "./merge-shaping.ts";
import { underOneName } from "./set-names.ts";

/** What a plan comes to on a host as it is now. */
export type Rebased =
  /** What shall be there: `after` itself where nothing but the plan differs from it (`whole`). */
  | { readonly kind: "ready"; readonly state: HostState; readonly whole: boolean }
  | { readonly kind: "nothing to do" }
  /** All that the plan changes is as it wants it. */
  | { readonly kind: "applied already" }
  | { readonly kind: "violated"; readonly violations: readonly Violation[] };

/**
 * Makes the changes that lead from `before` to `after` to what is there instead. What the plan changes must be as it
 * was, but for members of sets, which come and go; what it leaves alone stays as it is now. `named` are further states
 * that know sets by the names of their definitions.
 */
export function rebase(
  states: Three<HostState>,
  node: string,
  named: readonly IptablesState[] = [],
): Rebased {
  const { before, after, live } = withSetsNamed(states, named);
  const iptables = mergeIptables({
    before: before.iptables,
    after: after.iptables,
    live: withIntendedPositions(live.iptables, before.iptables),
  });
  const routing = mergeRouting({ before: before.routing, after: after.routing, live: live.routing });
  const shaping = mergeShaping({ before: before.shaping, after: after.shaping, live: live.shaping });
  const bird = mergeBird({ before: before.bird, after: after.bird, live: live.bird }, node);
  const parts: readonly Merged<unknown>[] = [iptables, routing, shaping, bird];
  const planned = sum(parts.map((part) => part.planned));
  if (planned === 0) return { kind: "nothing to do" };
  if (sum(parts.map(({ done }) => done)) === planned) return { kind: "applied already" };
  const violations = parts.flatMap((part) => part.violations);
  if (violations.length > 0) return { kind: "violated", violations };
  const state: HostState = {
    iptables: iptables.state,
    routing: routing.state,
    shaping: shaping.state,
    bird: bird.state,
  };
  const whole = differencesBetween(state, after).length === 0;
  return { kind: "ready", state: whole ? after : state, whole };
}

/** Whether `goal` makes a host that is `live` now into `wanted`: settings that it does not ask for keep their values. */
export function leadsTo(goal: HostState, live: HostState, wanted: HostState): boolean {
  const asked = new Set(goal.routing.sysctls.map(({ key }) => key));
  const kept = live.routing.sysctls.filter(({ key }) => !asked.has(key));
  const routing = { ...goal.routing, sysctls: [...goal.routing.sysctls, ...kept] };
  return (
    isSameBird(goal.bird, wanted.bird) &&
    differencesBetween({ ...goal, routing, bird: wanted.bird }, wanted).length === 0
  );
}

/** Each set under one name in all three states. */
export function withSetsNamed(
  { before, after, live }: Three<HostState>,
  named: readonly IptablesState[],
): Three<HostState> {
  const [a, b, c] = underOneName([before.iptables, after.iptables, live.iptables], named);
  return {
    before: { ...before, iptables: a ?? before.iptables },
    after: { ...after, iptables: b ?? after.iptables },
    live: { ...live, iptables: c ?? live.iptables },
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
