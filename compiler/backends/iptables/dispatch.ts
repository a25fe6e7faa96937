import type { XtTarget } from "../../dataplane/xtables.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import type { Draft } from "./rule-list.ts";
import { goto, onInterface } from "./rule-parts.ts";

/** One interface and where its packets go. */
export interface DispatchEntry {
  readonly interfaceName: string;
  readonly target: XtTarget;
}

export interface Dispatch {
  readonly root: string;
  readonly heading: string;
  readonly direction: "in" | "out";
  /** In any order; each interface once. */
  readonly entries: readonly DispatchEntry[];
  /** For interfaces that are not listed; repeated in the children, since a goto does not come back. */
  readonly end: readonly Draft[];
  /** Prefix of the children's names, where it is not `<root>-`. */
  readonly childPrefix?: string;
}

/**
 * A tree of one level over interface names, so that a packet meets about √n rules instead of n: the root sorts by the
 * first character after the common prefix, children list the interfaces (Calico reference §3.6).
 */
export function dispatchChains(dispatch: Dispatch): readonly ChainDraft[] {
  const { root, heading, end } = dispatch;
  const { rules, children } = dispatchTree(dispatch);
  return [chain(root, heading, [...rules, ...end]), ...children];
}

/** The tree without its root chain: the IPVS mark chain joins two trees in one root. */
export function dispatchTree({ root, heading, direction, entries, end, childPrefix }: Dispatch): {
  readonly rules: readonly Draft[];
  readonly children: readonly ChainDraft[];
} {
  const sorted = entries.toSorted((a, b) => (a.interfaceName < b.interfaceName ? -1 : 1));
  const prefix = commonPrefix(sorted.map(({ interfaceName }) => interfaceName));
  const bins = Map.groupBy(sorted, ({ interfaceName }) => interfaceName.slice(0, prefix.length + 1));
  const rules: Draft[] = [];
  const children: ChainDraft[] = [];
  const leaf = ({ interfaceName, target }: DispatchEntry): Draft =>
    rule([onInterface(direction, interfaceName)], target);
  for (const [bin, members] of bins) {
    const [only, ...more] = members;
    if (only !== undefined && more.length === 0) {
      rules.push(leaf(only));
      continue;
    }
    const child = `${childPrefix ?? `${root}-`}${bin.slice(prefix.length)}`;
    rules.push(rule([onInterface(direction, `${bin}+`)], goto(child)));
    children.push(chain(child, `${heading}: ${bin}*`, [...members.map(leaf), ...end]));
  }
  return { rules, children };
}

function commonPrefix(names: readonly string[]): string {
  const [first = "", ...others] = names;
  let length = first.length;
  for (const name of others) while (!name.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}
