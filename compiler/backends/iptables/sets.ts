import type { IpSetState, KernelSet } from "../../dataplane/ipset.ts";
import type { XtRuleset } from "../../dataplane/xtables.ts";
import { describeSet } from "../../ir/describe.ts";
import { MemberList } from "../../ir/member-list.ts";
import { type IpSet, memberShape, type NodeIr, type StaticSetId } from "../../ir/node-ir.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { safeHeading } from "./comment.ts";
import { setName } from "./names.ts";
import { usesOf, usesOfChain } from "./rule-list.ts";
import type { SharedParts } from "./shared-parts.ts";

/**
 * The kernel sets that the rules use, by name. A set of one definition exists once per IP version; what no rule of a
 * version uses is not made there.
 */
export function lowerSets(ir: NodeIr, rulesets: readonly XtRuleset[], shared: SharedParts): IpSetState {
  const { maxIpsetSize } = ir.settings;
  const sets = rulesets.flatMap((ruleset) => {
    const { version } = ruleset;
    const variant = `${version} ${maxIpsetSize}`;
    const missing = new Set(usedSets(ruleset));
    const there = ir.ipSets
      .map((set) => shared.sets.get(set, variant, () => kernelSet(set, version, maxIpsetSize)))
      .filter(({ name }) => missing.delete(name));
    return [...there, ...Array.from(missing, (name) => emptyStaticSet(name, version, maxIpsetSize))];
  });
  return { sets: sets.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Names of the sets that rules ask. */
export function usedSets({ tables }: XtRuleset): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { hooks, chains } of tables) {
    for (const set of usesOf(hooks.map(({ rule }) => rule)).sets) names.add(set);
    for (const chain of chains) for (const set of usesOfChain(chain).sets) names.add(set);
  }
  return names;
}

function kernelSet(set: IpSet, version: IpVersion, maxElements: number): KernelSet {
  return {
    name: setName(version, set.id),
    version,
    type: set.type,
    maxElements,
    heading: [safeHeading(describeSet(set.definition))],
    members: version === 4 ? set.members4 : set.members6,
  };
}

const STATIC_SETS: readonly StaticSetId[] = [
  "network-ip-pools",
  "masq-ipam-pools",
  "this-host",
  "all-hosts-net",
  "all-vxlan-net",
  "dscp-src-net",
];

/** A static set that the IR does not hold has no members; any other missing set is a defect of the compiler. */
function emptyStaticSet(name: string, version: IpVersion, maxElements: number): KernelSet {
  const id = STATIC_SETS.find((known) => setName(version, known) === name);
  if (id === undefined) throw new Error(`a rule uses set ${name}, which the IR does not define`);
  const type = id === "this-host" ? "hash:ip" : "hash:net";
  const none = (of: IpVersion) => new MemberList(memberShape(of, type));
  const empty: IpSet = { id, type, definition: { kind: "static", id }, members4: none(4), members6: none(6) };
  return kernelSet(empty, version, maxElements);
}
