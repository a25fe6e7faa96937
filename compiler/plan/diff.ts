import { iptablesBackend } from "../backends/iptables/index.ts";
import { targetDevice } from "../dataplane/routing.ts";
import { XT_TABLES } from "../dataplane/xtables.ts";
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
  const asked = resourcesBySet([after, before]);
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
        for (const { name, rules } of chains)
          for (const { matches } of rules)
            for (const match of matches) {
              if (match.kind !== "set") continue;
              const artifact = version === 4 ? "iptables.restore" : "ip6tables.restore";
              const resource = resourceOf(headings.get(chainHeadingKey(artifact, table, name)) ?? "");
              const known = found.get(match.set) ?? [];
              if (resource !== undefined && !known.includes(resource))
                found.set(match.set, [...known, resource]);
            }
  return found;
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
      artifact: version === 4 ? "iptables.restore" : "ip6tables.restore",
      chains: chains.length,
      rules: chains.reduce((sum, { rules }) => sum + rules.length, 0),
    };
  });
}
