import type { TextSpan } from "../../diagnostics/diagnostic.ts";
import type { Selector } from "./ast.ts";
import { mapLabels } from "./nodes.ts";
import { parseFolded, parseSelector } from "./parse.ts";
import { printSelector } from "./print.ts";

/**
 * Folds namespace and service-account selectors into the one selector that is matched against endpoints, as
 * libcalico-go's `GetEntityRuleSelector` and its policy update processors do: on text, with the same quirks (the
 * replacement of `all()` reaches into the user's own selector and into quoted values).
 */

export const NAMESPACE_LABEL = "projectcalico.org/namespace";
export const SERVICE_ACCOUNT_LABEL = "projectcalico.org/serviceaccount";
/** Under these prefixes endpoints inherit the labels of their namespace and of their service account. */
export const NAMESPACE_LABEL_PREFIX = "pcns.";
export const SERVICE_ACCOUNT_LABEL_PREFIX = "pcsa.";

/** The selectors of one side of a rule; "" and `undefined` both mean "not given". */
export interface RuleSelectors {
  /** "" for a rule of a cluster-scoped policy or of a profile. */
  readonly policyNamespace: string;
  readonly selector?: string | undefined;
  readonly notSelector?: string | undefined;
  readonly namespaceSelector?: string | undefined;
  readonly serviceAccounts?:
    | { readonly names?: readonly string[] | undefined; readonly selector?: string | undefined }
    | undefined;
}

/** The selectors that say to which endpoints a policy applies. */
export type SubjectSelectors =
  | {
      readonly kind: "global";
      readonly selector?: string | undefined;
      readonly namespaceSelector?: string | undefined;
      readonly serviceAccountSelector?: string | undefined;
    }
  | {
      readonly kind: "namespaced";
      readonly namespace: string;
      readonly selector?: string | undefined;
      readonly serviceAccountSelector?: string | undefined;
    };

/** Which input is at fault, as the path of fields from the rule's side, or from the policy's `spec`. */
export type FoldField =
  | "selector"
  | "notSelector"
  | "namespaceSelector"
  | "serviceAccountSelector"
  | "serviceAccounts.selector"
  | "serviceAccounts.names";

export interface FoldError {
  readonly field: FoldField;
  /** As `SelectorError.reason`. */
  readonly reason: string;
  /** Where in the text of that field; `undefined` where the whole of it is meant. */
  readonly span: TextSpan | undefined;
}

export interface FoldFailure {
  readonly ok: false;
  /** Not empty: every input that is at fault, in the order of `FoldField`. */
  readonly errors: readonly FoldError[];
}

export interface FoldedRule {
  readonly ok: true;
  /** The positive selector as Calico stores it, before the negative one is folded in; "" = no restriction. */
  readonly text: string;
  /** `undefined` = no restriction, whereas `all()` means "known to Calico". */
  readonly selector: Selector | undefined;
  /** Present only where there is no positive selector to absorb it. */
  readonly notSelector: Selector | undefined;
}

export interface FoldedSubject {
  readonly ok: true;
  /** As Calico stores it; "" = every endpoint. */
  readonly text: string;
  readonly selector: Selector;
}

/**
 * The peers that one side of a rule matches. In a namespaced policy a rule is limited to the policy's namespace only
 * if it uses a selector of any kind, be it a negative one.
 */
export function foldRuleSelector(rule: RuleSelectors): FoldedRule | FoldFailure {
  const inputs = new Inputs();
  const selector = inputs.raw("selector", rule.selector);
  const notSelector = inputs.raw("notSelector", rule.notSelector);
  const fromNamespaces = inputs.prefixed("namespaceSelector", rule.namespaceSelector, NAMESPACE_LABEL_PREFIX);
  const fromAccounts = inputs.prefixed(
    "serviceAccounts.selector",
    rule.serviceAccounts?.selector,
    SERVICE_ACCOUNT_LABEL_PREFIX,
  );
  const accountNames = inputs.accountNames(rule.serviceAccounts?.names ?? []);
  if (inputs.errors.length > 0) return inputs.failure();

  const own = conjunction([conjunction([fromAccounts, accountNames]), selector]);
  const limited = own !== "" || notSelector !== "" || fromNamespaces !== "";
  const namespaces = ruleNamespaces(fromNamespaces, rule.policyNamespace);
  const text = limited ? conjunction([namespaces, own]) : "";

  if (text === "") {
    const negative = notSelector === "" ? undefined : inputs.parse("notSelector", notSelector);
    return inputs.errors.length > 0
      ? inputs.failure()
      : { ok: true, text, selector: undefined, notSelector: negative };
  }
  // A set match and a negated set match would be two look-ups; Felix, too, makes one set of both.
  const positive = inputs.parse("selector", notSelector === "" ? text : `(${text}) && (!(${notSelector}))`);
  return inputs.errors.length > 0
    ? inputs.failure()
    : { ok: true, text, selector: positive, notSelector: undefined };
}

function ruleNamespaces(fromNamespaces: string, policyNamespace: string): string {
  if (fromNamespaces !== "")
    return fromNamespaces
      .replaceAll("all()", `has(${NAMESPACE_LABEL})`)
      .replaceAll("global()", `!has(${NAMESPACE_LABEL})`);
  return policyNamespace === "" ? "" : namespaceIs(policyNamespace);
}

/** The endpoints to which a policy applies. */
export function foldPolicySubject(subject: SubjectSelectors): FoldedSubject | FoldFailure {
  const inputs = new Inputs();
  const selector = inputs.raw("selector", subject.selector);
  const fromNamespaces =
    subject.kind === "global"
      ? inputs.prefixed("namespaceSelector", subject.namespaceSelector, NAMESPACE_LABEL_PREFIX)
      : "";
  const fromAccounts = inputs.prefixed(
    "serviceAccountSelector",
    subject.serviceAccountSelector,
    SERVICE_ACCOUNT_LABEL_PREFIX,
  );
  if (inputs.errors.length > 0) return inputs.failure();

  let text = selector;
  if (subject.kind === "namespaced") {
    text = narrow(text, namespaceIs(subject.namespace));
    if (fromAccounts !== "") text = narrow(text, fromAccounts);
  } else {
    if (fromNamespaces !== "")
      text = narrow(text, fromNamespaces).replaceAll("all()", `has(${NAMESPACE_LABEL})`);
    if (fromAccounts !== "")
      text = narrow(text, fromAccounts).replaceAll("all()", `has(${SERVICE_ACCOUNT_LABEL})`);
  }
  const folded = inputs.parse("selector", text);
  return folded === undefined ? inputs.failure() : { ok: true, text, selector: folded };
}

function namespaceIs(namespace: string): string {
  return `${NAMESPACE_LABEL} == '${namespace}'`;
}

/** The form of rules: every part in brackets, if there are two. */
function conjunction(parts: readonly string[]): string {
  const given = parts.filter((part) => part !== "");
  return given.length < 2 ? (given[0] ?? "") : given.map((part) => `(${part})`).join(" && ");
}

/** The form of subjects: what is added stands without brackets, for it is canonical and brings its own. */
function narrow(current: string, by: string): string {
  return current === "" ? by : `(${current}) && ${by}`;
}

/** Checks the inputs of one fold, so that an error names the field that the user wrote. */
class Inputs {
  readonly errors: FoldError[] = [];

  failure(): FoldFailure {
    return { ok: false, errors: this.errors };
  }

  /** The text as it stands; a blank one means `all()`, which alone can be put in brackets. */
  raw(field: FoldField, text: string | undefined): string {
    if (this.#check(field, text) === undefined || text === undefined) return "";
    return /^[ \t]*$/.test(text) ? "all()" : text;
  }

  /** The canonical text with a prefix on every label, whose length counts towards the limit of a label. */
  prefixed(field: FoldField, text: string | undefined, prefix: string): string {
    const selector = this.#check(field, text);
    if (selector === undefined) return "";
    const renamed = printSelector(mapLabels(selector.root, (label) => prefix + label));
    return this.parse(field, renamed) === undefined ? "" : renamed;
  }

  /** The service accounts by name, as one canonical `in`. */
  accountNames(names: readonly string[]): string {
    if (names.length === 0) return "";
    const quoted = names.find((name) => /['"]/.test(name));
    if (quoted !== undefined) {
      this.#reject("serviceAccounts.names", `the name ${JSON.stringify(quoted)} contains a quote`);
      return "";
    }
    const list = names.map((name) => `'${name}'`).join(", ");
    return this.parse("serviceAccounts.names", `${SERVICE_ACCOUNT_LABEL} in {${list}}`)?.canonical ?? "";
  }

  /** Parses what was put together; an error in it has no place in the user's text. */
  parse(field: FoldField, text: string): Selector | undefined {
    const parsed = parseFolded(text);
    if (parsed.ok) return parsed.selector;
    this.#reject(field, `with what Calico adds to it, ${parsed.reason}`);
    return undefined;
  }

  /** Parses an input; `undefined` where it is not given or at fault. */
  #check(field: FoldField, text = ""): Selector | undefined {
    if (text === "") return undefined;
    const parsed = parseSelector(text);
    if (parsed.ok) return parsed.selector;
    this.errors.push({ field, reason: parsed.reason, span: parsed.span });
    return undefined;
  }

  #reject(field: FoldField, reason: string): void {
    this.errors.push({ field, reason, span: undefined });
  }
}
