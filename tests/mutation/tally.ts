import type { Judgement } from "./judge.ts";
import type { Operator } from "./mutant.ts";
import { REASONS, type Reason } from "./reasons.ts";

/** What a run has found, for its log. */
export class Tally {
  readonly #begun = performance.now();
  readonly #kinds = new Map<Operator, Map<Judgement["kind"], number>>();
  readonly #reasons = new Map<Reason, number>();
  /** Survivors for which there is no better reason than that they are. */
  readonly #unexplained: string[] = [];

  count(operator: Operator, kind: Judgement["kind"]): void {
    const kinds = this.#kinds.get(operator) ?? new Map<Judgement["kind"], number>();
    this.#kinds.set(operator, kinds);
    increment(kinds, kind);
  }

  survived(reason: Reason, mutant: string): void {
    increment(this.#reasons, reason);
    if (reason === "otherWay") this.#unexplained.push(mutant);
  }

  /** As Markdown, so that it can be quoted. */
  report(title: string): string {
    const columns = ["counterexample", "deviation", "unreadable", "equal"] as const;
    const rows = [...this.#kinds]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([operator, kinds]) => `| ${operator} | ${columns.map((kind) => kinds.get(kind) ?? 0).join(" | ")} |`,
      );
    const sum = (kind: Judgement["kind"]) =>
      [...this.#kinds.values()].reduce((all, kinds) => all + (kinds.get(kind) ?? 0), 0);
    const sums = columns.map(sum);
    const total = sums.reduce((a, b) => a + b, 0);
    const reasons = [...this.#reasons].toSorted(([, a], [, b]) => b - a);
    const seconds = ((performance.now() - this.#begun) / 1000).toFixed(0);
    return [
      `mutants (${title}): ${total} in ${seconds} s, ${total - sum("equal")} caught`,
      `| mutation | ${columns.join(" | ")} |`,
      "|---|--:|--:|--:|--:|",
      ...rows,
      `| **all** | ${sums.join(" | ")} |`,
      "",
      "| why it means the same | mutants |",
      "|---|--:|",
      ...reasons.map(([reason, count]) => `| ${REASONS[reason]} | ${count} |`),
      ...this.#unexplained.map((mutant) => `unexplained: ${mutant}`),
      "",
    ].join("\n");
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
