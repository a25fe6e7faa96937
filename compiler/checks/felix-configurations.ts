import { at } from "../diagnostics/diagnostic.ts";
import { selectorScoped } from "../engine/felix-settings.ts";
import type { Check } from "./check.ts";

const PER_NODE = "node.";

/** Which FelixConfiguration is in force is decided by names and ages; both decide silently. */
export const felixConfigurations: Check = (model, report) => {
  const configs = [...model.all("felix-config").values()];
  const nodes = [...model.all("node").values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  // A policy repository without inventory has no nodes to compare with.
  if (nodes.length === 0) return;
  for (const { name, origin } of configs) {
    const node = name.slice(PER_NODE.length);
    if (name.startsWith(PER_NODE) && !model.all("node").has(node))
      report("felix/unknown-node", { name, node }, at(origin, "metadata", "name"));
  }
  const told = new Set<string>();
  for (const node of nodes) {
    const [winner, ...shadowed] = selectorScoped(configs, node);
    for (const { name, origin } of shadowed) {
      if (winner === undefined || told.has(`${name} ${winner.name}`)) continue;
      told.add(`${name} ${winner.name}`);
      report(
        "felix/shadowed",
        { name, winner: winner.name, node: node.name },
        at(origin, "spec", "nodeSelector"),
        { related: [{ message: "the one in force", origin: at(winner.origin, "spec", "nodeSelector") }] },
      );
    }
  }
};
