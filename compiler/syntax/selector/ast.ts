/**
 * Calico's selector language as a tree. Node shapes follow the grammar of `grammar.ts`; brackets of the source
 * are kept only where they made a nested `and`/`or`, as Calico's own canonical form does.
 */
export type SelectorNode =
  | { readonly kind: "all" }
  | { readonly kind: "global" }
  | { readonly kind: "has"; readonly label: string }
  | { readonly kind: "eq"; readonly label: string; readonly value: string }
  | { readonly kind: "ne"; readonly label: string; readonly value: string }
  | { readonly kind: "contains"; readonly label: string; readonly value: string }
  | { readonly kind: "starts-with"; readonly label: string; readonly value: string }
  | { readonly kind: "ends-with"; readonly label: string; readonly value: string }
  /** `values` sorted bytewise, without repetitions. */
  | { readonly kind: "in"; readonly label: string; readonly values: readonly string[] }
  | { readonly kind: "not-in"; readonly label: string; readonly values: readonly string[] }
  | { readonly kind: "not"; readonly operand: SelectorNode }
  | { readonly kind: "and"; readonly operands: readonly SelectorNode[] }
  | { readonly kind: "or"; readonly operands: readonly SelectorNode[] };

/** A parsed selector. Two selectors are the same iff their `canonical` texts are equal. */
export interface Selector {
  readonly canonical: string;
  readonly root: SelectorNode;
}

export type Labels = Readonly<Record<string, string>>;
