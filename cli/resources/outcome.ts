/**
 * How a command over several resources ends, in the words of `calicoctl/calicoctl/commands/crud_commands.go`. Where
 * Calico counts a resource that failed as done (replace) or leaves the heading out, ours counts and says what is true.
 */
import { UserError } from "../output/errors.ts";

export interface Outcome {
  readonly total: number;
  /** How many succeeded. */
  readonly handled: number;
  /** One text for each resource that failed. */
  readonly errors: readonly string[];
  /** The kind of all, if they have the same. */
  readonly kind: string | undefined;
}

export interface Verb {
  readonly present: string;
  readonly past: string;
}

export const CREATE: Verb = { present: "create", past: "created" };
export const APPLY: Verb = { present: "apply", past: "applied" };
export const REPLACE: Verb = { present: "replace", past: "replaced" };
export const VALIDATE: Verb = { present: "validate", past: "validated" };

/** Text for standard output; throws UserError, after printing what was done, when something failed. */
export function reportOutcome(verb: Verb, outcome: Outcome): void {
  const { past } = verb;
  const { total, handled, errors, kind } = outcome;
  const named = kind === undefined ? "" : `'${kind}' `;
  const list = `[${errors.join(", ")}]`;
  if (total === 0) {
    print("No resources specified");
    return;
  }
  if (errors.length === 0) {
    print(`Successfully ${past} ${handled} ${named}resource(s)`);
    return;
  }
  if (handled === 0) throw new UserError(failureText(verb, outcome));
  print(`Partial success: ${past} ${handled} out of ${total} ${named}resources:`);
  throw new UserError(`hit error: ${list}`);
}

/** What is said when no resource succeeded. */
export function failureText({ present }: Verb, { total, errors, kind }: Outcome): string {
  const list = `[${errors.join(", ")}]`;
  if (total === 1) return `failed to ${present} '${kind}' resource: ${list}`;
  return `failed to ${present} any ${kind === undefined ? "" : `'${kind}' `}resources: ${list}`;
}

export function reportDeletion({ total, handled, errors, kind }: Outcome): void {
  const named = kind === undefined ? "" : `'${kind}' `;
  if (total === 0) print("No resources specified");
  if (handled > 0) print(`Successfully deleted ${handled} ${named}resource(s)`);
  if (errors.length > 0)
    throw new UserError(errors.map((error) => `Failed to delete ${named}resource: ${error}`).join("\n"));
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The kind that all have, or `undefined`. */
export function singleKind(kinds: readonly string[]): string | undefined {
  return kinds.every((kind) => kind === kinds[0]) ? kinds[0] : undefined;
}
