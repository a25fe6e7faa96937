import { describeKey, type ResourceKey, type Stored } from "./resource.ts";

/** A value that is in the datastore and cannot be read as a resource. */
export interface CorruptValue {
  /** Where it is, in the datastore's own terms: an etcd key, or a file and the document in it. */
  readonly place: string;
  /** Where the place tells it. */
  readonly key: ResourceKey | undefined;
  readonly reason: string;
}

/** Whether what a datastore holds somewhere is no resource. */
export function isCorrupt(value: Stored | CorruptValue): value is CorruptValue {
  return "reason" in value;
}

/** Everything that can go wrong with a datastore. */
export type DatastoreProblem =
  | { readonly kind: "not-found"; readonly key: ResourceKey }
  | { readonly kind: "already-exists"; readonly key: ResourceKey }
  | {
      readonly kind: "conflict";
      readonly key: ResourceKey;
      /** The version that the caller had read. */
      readonly expected: string;
      /** The version that is stored. */
      readonly actual: string;
      /** Fields that others have changed since the caller read them, or else those that the caller's differ in. */
      readonly fields: readonly string[];
      /** What `fields` compares the stored resource with. */
      readonly comparedWith: "read" | "offered";
    }
  | { readonly kind: "too-large"; readonly key: ResourceKey; readonly bytes: number }
  | { readonly kind: "unauthorized"; readonly reason: string }
  /** A write that ends like this may have happened or not. */
  | { readonly kind: "unreachable"; readonly reason: string }
  | ({ readonly kind: "corrupt" } & CorruptValue)
  /** The history since this revision is no longer there: list again. */
  | { readonly kind: "gone"; readonly revision: string }
  /** A question that this datastore cannot be asked, whatever it holds: an unknown kind, an impossible name. */
  | { readonly kind: "invalid"; readonly reason: string };

export class DatastoreError extends Error {
  readonly problem: DatastoreProblem;
  constructor(problem: DatastoreProblem, options?: ErrorOptions) {
    super(describeProblem(problem), options);
    this.name = "DatastoreError";
    this.problem = problem;
  }
}

/** The problem of an error that a datastore threw; `undefined` for anything else, which is a mistake of ours. */
export function problemOf(error: unknown): DatastoreProblem | undefined {
  return error instanceof DatastoreError ? error.problem : undefined;
}

const SHOWN_FIELDS = 5;

function describeProblem(problem: DatastoreProblem): string {
  switch (problem.kind) {
    case "not-found":
      return `${describeKey(problem.key)} does not exist`;
    case "already-exists":
      return `${describeKey(problem.key)} exists already`;
    case "conflict":
      return `${describeKey(problem.key)} has been changed by somebody else: ${describeChange(problem)}`;
    case "too-large":
      return `${describeKey(problem.key)} is too large for the datastore: ${problem.bytes} bytes`;
    case "unauthorized":
      return `the datastore refuses access: ${problem.reason}`;
    case "unreachable":
      return `the datastore cannot be reached: ${problem.reason}`;
    case "corrupt":
      return `the value of ${problem.place} cannot be read: ${problem.reason}`;
    case "gone":
      return `the datastore no longer has its history since revision ${problem.revision}`;
    case "invalid":
      return problem.reason;
  }
}

function describeChange(conflict: Extract<DatastoreProblem, { kind: "conflict" }>): string {
  const { fields, comparedWith, expected, actual } = conflict;
  const more = fields.length - SHOWN_FIELDS;
  const shown = `${fields.slice(0, SHOWN_FIELDS).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const versions = `version ${actual} is stored, not ${expected}`;
  if (fields.length === 0) return versions;
  return comparedWith === "read"
    ? `${shown} (${versions})`
    : `what is stored differs in ${shown} (${versions})`;
}
