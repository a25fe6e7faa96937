import type { Artifact } from "../../compiler/index.ts";

/** What a mutation does to a file. */
export const OPERATORS = [
  "drop a rule",
  "duplicate a rule",
  "swap neighbours",
  "move a rule",
  "remove a match",
  "negate a match",
  "change a network",
  "change a port",
  "change a protocol",
  "change an ICMP type",
  "change a mark",
  "change a limit",
  "change an interface",
  "change connection states",
  "change a set",
  "change a side",
  "change a verdict",
  "change a jump",
  "change what a target does",
  "change members of a set",
] as const;
export type Operator = (typeof OPERATORS)[number];

/** One change of one file of a node, text to text. */
export interface Mutant {
  readonly operator: Operator;
  readonly file: string;
  /** The line of the unchanged file that is changed, from 1. */
  readonly line: number;
  /** What is there now instead, in a line. */
  readonly change: string;
  readonly text: string;
}

/** A change of lines, before it is applied: there are many more of them than are ever tried. */
export interface Change {
  readonly operator: Operator;
  /** From 1. */
  readonly line: number;
  readonly change: string;
  /** Lines `from` … (excluded) `from + count`, from 0, are replaced; several are done from the last to the first. */
  readonly edits: readonly Edit[];
}

export interface Edit {
  readonly from: number;
  readonly count: number;
  readonly lines: readonly string[];
}

export function applyChange({ path, text }: Artifact, { operator, line, change, edits }: Change): Mutant {
  const lines = text.split("\n");
  for (const { from, count, lines: added } of edits.toSorted((a, b) => b.from - a.from))
    lines.splice(from, count, ...added);
  return { operator, file: path, line, change, text: lines.join("\n") };
}

export function describeMutant({ file, line, operator, change }: Mutant): string {
  return `${file}:${line} ${operator}: ${change}`;
}

/** The node's files with the mutant's in the place of the one that it changes. */
export function withMutant(artifacts: readonly Artifact[], { file, text }: Mutant): readonly Artifact[] {
  return artifacts.map((artifact) => (artifact.path === file ? { ...artifact, text } : artifact));
}
