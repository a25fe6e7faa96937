import type { ClusterModel } from "../../ir/cluster-model.ts";
import type { Labels, Selector } from "../../syntax/selector/ast.ts";
import { lookupIn, matchesSelector } from "../../syntax/selector/match.ts";

/** Anything that selectors look at. */
export interface Labelled {
  readonly labels: Labels;
  readonly profiles: readonly string[];
}

/** Whether the selector matches the effective labels: the own ones, then those of the first profile that has one. */
export function selects(model: ClusterModel, selector: Selector, { labels, profiles }: Labelled): boolean {
  const known = model.all("profile");
  const inherited = profiles.map((name) => known.get(name)?.labelsToApply);
  const sources = [labels, ...inherited].filter((source) => source !== undefined);
  return matchesSelector(selector.root, lookupIn(...sources));
}
