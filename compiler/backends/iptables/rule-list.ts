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

/** A chain that was made from a list of rules. */
export class PlacedChain implements XtChain {
  readonly name: string;
  readonly heading: readonly string[];
  readonly rules: readonly XtRule[];
  /** Private, so that a chain that was made and one that was read are alike to whoever compares them. */
  readonly #list: RuleList;

  constructor(name: string, heading: readonly string[], rules: readonly XtRule[], list: RuleList) {
    this.name = name;
    this.heading = heading;
    this.rules = rules;
    this.#list = list;
  }

  /** `undefined` for a chain that was read, or made in any other way. */
  static listOf(chain: XtChain): RuleList | undefined {
    return #list in chain ? chain.#list : undefined;
  }
}

export function usesOfChain(chain: XtChain): Uses {
  return PlacedChain.listOf(chain)?.uses ?? usesOf(chain.rules);
}
