import { DEFAULT_FELIX_SETTINGS, type FelixConfig, type FelixSettings } from "../ir/felix-config.ts";
import type { Labels } from "../syntax/selector/ast.ts";
import { lookupIn, matchesSelector } from "../syntax/selector/match.ts";

/** What of a node decides which FelixConfiguration resources are for it. */
export interface FelixNode {
  readonly name: string;
  readonly labels: Labels;
}

/** The settings in force on a node, parameter by parameter. Independent of the order of `configs`. */
export function resolveFelixSettings(configs: Iterable<FelixConfig>, node: FelixNode): FelixSettings {
  let settings = DEFAULT_FELIX_SETTINGS;
  for (const stronger of configsInForce(configs, node).toReversed())
    settings = { ...settings, ...stronger.settings };
  return settings;
}

/**
 * The objects that a node obeys, the strongest first: `node.<name>`, then the selector-scoped one, then `default`
 * (sheet "FelixConfiguration").
 */
export function configsInForce(configs: Iterable<FelixConfig>, node: FelixNode): readonly FelixConfig[] {
  const list = [...configs];
  const called = (wanted: string) => list.filter(({ name }) => name === wanted);
  return [...called(`node.${node.name}`), ...selectorScoped(list, node).slice(0, 1), ...called("default")];
}

/**
 * The selector-scoped objects that match a node, the one in force first: one whole object wins, never parts of
 * several. The oldest does, ties go by name; an object that was never stored has no age and counts as oldest.
 */
export function selectorScoped(
  configs: Iterable<FelixConfig>,
  { labels }: FelixNode,
): readonly FelixConfig[] {
  return [...configs]
    .filter(({ name, nodeSelector }) => {
      if (name === "default" || name.startsWith("node.") || nodeSelector === undefined) return false;
      return matchesSelector(nodeSelector.root, lookupIn(labels));
    })
    .sort((a, b) => age(a) - age(b) || (a.name < b.name ? -1 : 1));
}

function age({ creationTimestamp }: FelixConfig): number {
  return Date.parse(creationTimestamp) || 0;
}
