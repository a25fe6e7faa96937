import { type Compilation, compile, type SourceFile } from "../../compiler/index.ts";
import type { AppliedRecord } from "../apply/record.ts";
import type { BirdPlace } from "../apply/target.ts";
import type { HistoryEntry } from "./entry.ts";

/** A policy of the past for the cluster of today, or what keeps it from being one. */
export type Recompiled =
  | { readonly ok: true; readonly record: AppliedRecord }
  | {
      readonly ok: false;
      readonly diagnostics: Compilation["diagnostics"];
      readonly files: readonly SourceFile[];
    };

export interface Today {
  /** `Sources.inventory`. */
  readonly inventory: string;
  /** How the host's bundles are compiled today: its kernel may not be that of the policy's time. */
  readonly host: Pick<HistoryEntry, "node" | "features" | "options">;
  readonly bird: BirdPlace;
  readonly compilerVersion: string;
}

/** Compiles the policy for this node against today's inventory: addresses that other pods have by now stay theirs. */
export function recompile(entry: HistoryEntry & { readonly policy: string }, today: Today): Recompiled {
  const { inventory, bird, compilerVersion } = today;
  const { node, features, options } = today.host;
  const files = [
    { path: `history/${entry.number}.json`, text: entry.policy },
    { path: "inventory.json", text: inventory },
  ];
  const compilation = compile(files, {
    features,
    nodes: [node],
    compilerVersion,
    ...options,
  });
  const artifacts = compilation.nodes.find((compiled) => compiled.node === node)?.artifacts;
  if (artifacts === undefined) return { ok: false, diagnostics: compilation.diagnostics, files };
  const variant = features.iptablesBackend;
  return { ok: true, record: { node, variant, bird, artifacts, resources: compilation.sources } };
}
