import type { Compilation } from "../../compiler/index.ts";

/**
 * Why the nodes without artifacts have none, by node: the first of a node's errors, and how many more it has. Those of
 * `compilation` are everybody's, so each of these nodes is compiled once more, alone.
 */
export function whyNot(
  { nodes }: Compilation,
  compileFor: (nodes: readonly string[]) => Compilation,
): Readonly<Record<string, string>> {
  const failed = nodes.filter(({ artifacts }) => artifacts === undefined);
  return Object.fromEntries(failed.map(({ node }) => [node, firstError(compileFor([node]))]));
}

function firstError({ diagnostics }: Compilation): string {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [first = "", ...more] = new Set(errors.map(({ message }) => message));
  if (more.length === 0) return first;
  return `${first} (and ${more.length} more error${more.length === 1 ? "" : "s"})`;
}
