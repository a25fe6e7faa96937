import { DEFAULT_FEATURES, type HostFeatures } from "../../dataplane/features.ts";
import type { RoutingState } from "../../dataplane/routing.ts";
import { DiagnosticBag } from "../../diagnostics/bag.ts";
import type { RoutingIr } from "../../ir/routing-ir.ts";
import type { Artifact } from "../backend.ts";
import { emitRouting } from "./emit.ts";

export interface Emitted {
  readonly state: RoutingState;
  /** Codes of what was reported, each once. */
  readonly codes: readonly string[];
}

export function emit(ir: RoutingIr, features: Partial<HostFeatures> = {}): Emitted {
  const bag = new DiagnosticBag();
  const state = emitRouting(ir, "n1", { features: { ...DEFAULT_FEATURES, ...features }, report: bag.report });
  const found = bag.diagnostics({ locate: () => undefined, lineText: () => undefined });
  return { state, codes: [...new Set(found.map(({ code }) => code))] };
}

/** The lines of one file without its comments. */
export function linesOf(artifacts: readonly Artifact[], path: string): readonly string[] {
  const text = artifacts.find((artifact) => artifact.path === path)?.text ?? "";
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}
