import {
  targetChain,
  type XtChain,
  type XtMatch,
  type XtRule,
  type XtTarget,
} from "../../dataplane/xtables.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { printBody } from "./print-rule.ts";

/** A rule that does not know its place yet, hence has no id. */
export type Draft = Omit<XtRule, "id">;

/**
 * Rules in their order, and what is asked about them more than once. Chains that have the same rules share one list:
 * those of all endpoints, on whatever node, that have the same policies and profiles.
 */
export class RuleList {
  readonly drafts: readonly Draft[];
  readonly #bodies: { [V in IpVersion]?: readonly string[] } = {};
  #uses: Uses | undefined;

  constructor(drafts: readonly Draft[]) {
    this.drafts = drafts;
  }

  /** The text of each rule without its id. */
  bodies(version: IpVersion): readonly string[] {
    this.#bodies[version] ??= this.drafts.map((draft) => printBody(draft, version));
    return this.#bodies[version];
  }

  get uses(): Uses {
    this.#uses ??= usesOf(this.drafts);
    return this.#uses;
  }
}

/** What the rest of the ruleset, the sets and the host must have for some rules; each once. */
export interface Uses {
  readonly chains: readonly string[];
  readonly sets: readonly string[];
  readonly matchKinds: ReadonlySet<XtMatch["kind"]>;
  readonly targetKinds: ReadonlySet<XtTarget["kind"]>;
}

export function usesOf(rules: readonly Draft[]): Uses {
  const chains = new Set<string>();
  const sets = new Set<string>();
  const matchKinds = new Set<XtMatch["kind"]>();
  const targetKinds = new Set<XtTarget["kind"]>();
  for (const { matches, target } of rules) {
    for (const match of matches) {
      matchKinds.add(match.kind);
      if (match.kind === "set") sets.add(match.set);
    }
    if (target === undefined) continue;
    targetKinds.add(target.kind);
    const chain = targetChain(target);
    if (chain !== undefined) chains.add(chain);
  }
  return { chains: [...chains], sets: [...sets], matchKinds, targetKinds };
}

const PLACED = new WeakMap<XtChain, RuleList>();

/** Remembers from which list a chain was made; the chain is never changed. */
export function notePlaced(chain: XtChain, list: RuleList): void {
  PLACED.set(chain, list);
}

/** `undefined` for a chain that was read, or made in any other way. */
export function placedFrom(chain: XtChain): RuleList | undefined {
  return PLACED.get(chain);
}

export function usesOfChain(chain: XtChain): Uses {
  return placedFrom(chain)?.uses ?? usesOf(chain.rules);
}
