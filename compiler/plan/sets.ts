import type { IptablesChange } from "../backends/iptables/index.ts";
import { ARP_PATH, printArpElement, printSetHead, SETS_PATH } from "../backends/iptables/print.ts";
import { memberKey, printMember } from "../backends/iptables/set-members.ts";
import type { KernelSet } from "../dataplane/ipset.ts";
import { compareMembers } from "../ir/member-list.ts";
import type { PlaceDiff, PlannedChange, Reason, Unchanged } from "./change.ts";
import { setHeadingKey } from "./headings.ts";
import { reasonOf } from "./reason.ts";
import type { DataplaneState } from "./state.ts";

type SetChange = Extract<IptablesChange, { readonly set: KernelSet }>;
type ArpChange = Extract<IptablesChange, { readonly interfaceName: string }>;

/** The sets that differ, by name. `askedBy`: the resources whose rules ask a set, first those of the desired state. */
export function setDiffs(
  before: DataplaneState,
  after: DataplaneState,
  changes: readonly IptablesChange[],
  askedBy: (set: string) => readonly string[],
): readonly PlaceDiff[] {
  const olds = new Map(before.iptables.ipSets.sets.map((set) => [set.name, set]));
  const news = new Map(after.iptables.ipSets.sets.map((set) => [set.name, set]));
  return changes
    .filter((change): change is SetChange => "set" in change && !("table" in change))
    .map(({ set: { name }, kind }) => {
      const key = setHeadingKey(name);
      const heading = after.headings.get(key) ?? before.headings.get(key) ?? "";
      // A set comes and goes with the rules that ask it; its members have a life of their own.
      const asking = kind === "members-changed" ? [] : askedBy(name);
      const reason = asking[0] === undefined ? reasonOf(heading) : { heading, resource: asking[0] };
      return setDiff(name, olds.get(name), news.get(name), heading, reason);
    });
}

function setDiff(
  name: string,
  was: KernelSet | undefined,
  is: KernelSet | undefined,
  heading: string,
  reason: Reason,
): PlaceDiff {
  const place = { artifact: SETS_PATH, kind: "set", name } as const;
  const change = (old: string | undefined, now: string | undefined): PlannedChange | Unchanged => {
    if (old !== undefined && old === now) return { op: "same", lines: [now] };
    const op = old === undefined ? "add" : now === undefined ? "remove" : "change";
    return {
      ...place,
      op,
      was: old === undefined ? [] : [old],
      lines: now === undefined ? [] : [now],
      reason,
    };
  };
  const head = (set: KernelSet | undefined) => set && printSetHead(set);
  const byKey = (set: KernelSet | undefined) =>
    new Map(set?.members.map((member) => [memberKey(member), member] as const));
  const [before, after] = [byKey(was), byKey(is)];
  const members = [...new Map([...before, ...after])].sort(([, a], [, b]) => compareMembers(a, b));
  return {
    ...place,
    heading,
    items: [
      change(head(was), head(is)),
      ...members.map(([key, member]) => {
        const line = `add ${name} ${printMember(member)}`;
        return change(before.has(key) ? line : undefined, after.has(key) ? line : undefined);
      }),
    ],
  };
}

/** The one set of the ARP guard. */
export function arpDiffs(
  after: DataplaneState,
  changes: readonly IptablesChange[],
  workloadOn: (interfaceName: string) => string,
): readonly PlaceDiff[] {
  const own = changes.filter((change): change is ArpChange => "interfaceName" in change);
  if (own.length === 0) return [];
  const place = { artifact: ARP_PATH, kind: "guard", name: "own-addresses" } as const;
  const added = new Set<string>();
  const items = own.map(({ kind, interfaceName, address }): PlannedChange => {
    const line = printArpElement(interfaceName, address);
    const reason = reasonOf(workloadOn(interfaceName));
    if (kind === "arp-address-removed") return { ...place, op: "remove", was: [line], lines: [], reason };
    added.add(line);
    return { ...place, op: "add", was: [], lines: [line], reason };
  });
  const kept = after.iptables.arpGuard.interfaces.flatMap(({ name, addresses }) =>
    addresses.map((address) => printArpElement(name, address)).filter((line) => !added.has(line)),
  );
  return [
    {
      ...place,
      heading: "Addresses that only their own pod may claim",
      items: [...kept.map((line): Unchanged => ({ op: "same", lines: [line] })), ...items],
    },
  ];
}
