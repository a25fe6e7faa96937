import type { ClusterModel } from "../../ir/cluster-model.ts";
import type { Labels } from "../../syntax/selector/ast.ts";
import { type LabelLookup, lookupIn } from "../../syntax/selector/match.ts";

/** Anything that selectors look at. */
export interface Labelled {
  readonly labels: Labels;
  readonly profiles: readonly string[];
}

/** The effective labels: the own ones, then those of the first profile that has one. */
export function effectiveLabels(model: ClusterModel, { labels, profiles }: Labelled): LabelLookup {
  const known = model.all("profile");
  const inherited = profiles.map((name) => known.get(name)?.labelsToApply);
  return lookupIn(...[labels, ...inherited].filter((source) => source !== undefined));
}
