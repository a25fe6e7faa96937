import type { HostFeatures } from "../dataplane/features.ts";
import type { Report } from "../diagnostics/bag.ts";
import type { NodeIr } from "../ir/node-ir.ts";

/** One file of a node's bundle: what its stock tool reads. */
export interface Artifact {
  /** Path inside the node's directory: `iptables.restore`, `wireguard/wireguard.cali.conf`. */
  readonly path: string;
  readonly text: string;
}

export interface EmitContext {
  readonly features: HostFeatures;
  readonly report: Report;
}

/**
 * A back end turns a node's IR into its own structured model of the target (`emit`), and only ever prints, reads
 * and compares that model. What the target cannot express is reported as an error, never left out silently.
 */
export interface Backend<Model, Change> {
  readonly name: string;
  emit(ir: NodeIr, context: EmitContext): Model;
  /** Only files with content. Deterministic: the same model gives the same bytes. */
  print(model: Model, node: string): readonly Artifact[];
  /** Reads back what `print` wrote, or what the stock tool saved, in canonical form; throws `ParseError`. */
  parse(artifacts: readonly Artifact[]): Model;
  diff(current: Model, desired: Model): readonly Change[];
}

/** A back end with its model hidden: IR in, files out. */
export type Printer = (ir: NodeIr, context: EmitContext) => readonly Artifact[];

/** An artifact, or what a stock tool printed, is not what its back end can read: a defect or a foreign version. */
export class ParseError extends Error {
  readonly path: string;
  /** 1-based; 0 = the file as a whole. */
  readonly line: number;

  constructor(path: string, line: number, reason: string) {
    super(`${path}${line > 0 ? `:${line}` : ""}: ${reason}`);
    this.name = "ParseError";
    this.path = path;
    this.line = line;
  }
}
