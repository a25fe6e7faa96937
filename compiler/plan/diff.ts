import { iptablesBackend } from "../backends/iptables/index.ts";
import { RULES_PATH } from "../backends/iptables/print.ts";
import { targetDevice } from "../dataplane/routing.ts";
import { XT_TABLES, type XtRule } from "../dataplane/xtables.ts";
import { birdDiffs } from "./bird.ts";
import type { PlaceDiff } from "./change.ts";
import { chainHeadingKey } from "./headings.ts";
import { resourceOf } from "./reason.ts";
import { routingDiffs } from "./routing.ts";
import { ruleDiffs } from "./rules.ts";
import { arpDiffs, setDiffs } from "./sets.ts";
import { limitDiffs } from "./shaping.ts";
import type { DataplaneState } from "./state.ts";

/**
 * Every place in which the two states of one node differ, in the order of the artifacts. What changes is what the back
 * ends say: a plan shows what an apply does.
 */
export function diffDataplane(before: DataplaneState, after: DataplaneState): readonly PlaceDiff[] {
  const changes = iptablesBackend.diff(before.iptables, after.iptables);
  const asked = changes.some(({ kind }) => kind === "set-added" || kind === "set-removed")
    ? resourcesBySet([after, before])
    : new Map<string, readonly string[]>();
  const workloadOn = workloadsByInterface([after, before]);
  return [
    ...ruleDiffs(before, after, changes),
    ...setDiffs(before, after, changes, (set) => asked.get(set) ?? []),
    ...arpDiffs(after, changes, workloadOn),
    ...routingDiffs(before.routing, after.routing),
    ...limitDiffs(before.shaping, after.shaping, workloadOn),
    ...birdDiffs(before.bird, after.bird),
  ];
}

/** For each set the resources whose chains ask it, those of the first state first. */
function resourcesBySet(states: readonly DataplaneState[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { iptables, headings } of states)
    for (const { version, tables } of iptables.rulesets)
      for (const { name: table, chains } of tables)
        for (const { name, rules } of chains) {
          const heading = headings.get(chainHeadingKey(RULES_PATH[version], table, name)) ?? "";
          const resource = resourceOf(heading);
          if (resource === undefined) continue;
          for (const set of setsOf(rules)) {
            const known = found.get(set) ?? [];
            if (!known.includes(resource)) found.set(set, [...known, resource]);
          }
        }
  return found;
}

function setsOf(rules: readonly XtRule[]): ReadonlySet<string> {
  return new Set(
    rules.flatMap(({ matches }) => matches.flatMap((match) => (match.kind === "set" ? match.set : []))),
  );
}

/** The heading of the workload behind an interface: its routes have it. */
function workloadsByInterface(states: readonly DataplaneState[]): (interfaceName: string) => string {
  const found = new Map<string, string>();
  for (const { routing } of states)
    for (const { target, note } of routing.routes) {
      const dev = targetDevice(target);
      if (dev !== undefined && note !== "" && !found.has(dev)) found.set(dev, note);
    }
  return (interfaceName) => found.get(interfaceName) ?? "";
}

/** How much there is of each artifact, in lines of their own. */
export interface ArtifactSize {
  readonly artifact: string;
  readonly chains: number;
  readonly rules: number;
}

/** The chains and rules of a state: what a plan leaves out is counted against it. */
export function ruleCounts({ iptables }: DataplaneState): readonly ArtifactSize[] {
  return iptables.rulesets.map(({ version, tables }) => {
    const chains = XT_TABLES.flatMap((table) => tables.find(({ name }) => name === table)?.chains ?? []);
    return {
      artifact: RULES_PATH[version],
      chains: chains.length,
      rules: chains.reduce((sum, { rules }) => sum + rules.length, 0),
    };
  });
}
