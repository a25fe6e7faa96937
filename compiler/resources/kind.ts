/**
 * The contract of a resource kind, and how one is written:
 *
 * - One file per kind. It exports a TypeBox schema of the document without apiVersion, kind and metadata (usually
 *   `Type.Object({ spec })`), the type made from it (`Static<typeof schema>`), and a definition made with
 *   `defineKind`. The folder's `index.ts` lists the definitions, and `registry.ts` concatenates the lists.
 * - Schemas are plain TypeBox in the kind's own file; helpers (`enumOf`, `intOrString`, `strings`, `stringMap`) are
 *   in `schema.ts`. Building them costs about 3 ms per process, which buys one source for type and check.
 * - **Objects are closed by default**: the generator adds `additionalProperties: false` to every object schema that
 *   has `properties` and does not say otherwise. Where a Kubernetes type is larger than what we read, write
 *   `{ additionalProperties: true }`.
 * - `scripts/generate-validators.ts` compiles all schemas ahead of time into `generated/validators.js`; ajv is never
 *   loaded at run time. After a schema edit: `node scripts/generate-validators.ts` (build and tests do it themselves).
 * - Before the schema check, fields whose value is null are removed, as Kubernetes does: `ingress:` with nothing behind
 *   it is absent. Entries of a `stringMap` stay, and are refused. `status` and `metadata` never reach the schema of
 *   `body` unless it lists `status`.
 * - Give a string with `pattern` a `title` in words ("an IPv4 address"): the finding says "must be <title>".
 * - The schema says shape, enums, bounds and patterns. What it cannot say (CIDRs, selectors, one field against
 *   another) is said by `validate`, with the kind's own codes. `validate` and `lower` only see documents that passed
 *   the schema, and may trust it.
 * - Defaults are filled in by `defaults`, never by `default` in the schema.
 */
import type { TSchema } from "@sinclair/typebox";
import type { Report } from "../diagnostics/bag.ts";
import type { Origin } from "../diagnostics/diagnostic.ts";
import type { ModelObject } from "../ir/cluster-model.ts";
import type { SelectorFolder } from "../syntax/selector/folder.ts";
import type { EndpointProfiles } from "./endpoint-profiles.ts";

/** Metadata as every kind has it; absent maps are empty, an absent namespace of a namespaced kind is "default". */
export interface Metadata {
  readonly name: string;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly uid: string;
  /** ISO 8601, or "". */
  readonly creationTimestamp: string;
  readonly deletionTimestamp: string;
}

/** A document that passed its schema: `body` is the document itself, typed by the schema, without metadata. */
export interface Resource<Body = unknown> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly body: Body;
  readonly origin: Origin;
}

/** What lowering may know besides the resource: options of the compilation, never other resources. */
export interface LowerContext {
  readonly report: Report;
  /** First part of workload interface names on Kubernetes, "cali" unless configured. */
  readonly interfacePrefix: string;
  readonly selectors: SelectorFolder;
  readonly profiles: EndpointProfiles;
}

/**
 * Everything the compiler knows about one kind of resource. The pipeline calls, in order: schema check (shape,
 * enums, bounds, unknown fields), `defaults`, `validate` (what a schema cannot say), `lower`.
 */
export interface KindDefinition<Body = unknown> {
  /** Accepted apiVersions, current one first: `["projectcalico.org/v3", "crd.projectcalico.org/v1"]`. */
  readonly apiVersions: readonly string[];
  readonly kind: string;
  readonly plural: string;
  /** Names that calicoctl accepts besides kind and plural, lower case. */
  readonly aliases: readonly string[];
  readonly scope: "namespaced" | "cluster";
  readonly source: "policy" | "inventory";
  /** Of the document without apiVersion, kind and metadata: usually `{ spec }`. Unknown fields are findings. */
  readonly schema: TSchema;
  readonly defaults?: (resource: Resource<Body>) => Resource<Body>;
  readonly validate?: (resource: Resource<Body>, report: Report, selectors: SelectorFolder) => void;
  readonly lower: (resource: Resource<Body>, context: LowerContext) => readonly ModelObject[];
}

/** Keeps the body type of a definition checked against its functions while registries hold them uniformly. */
export function defineKind<Body>(definition: KindDefinition<Body>): KindDefinition {
  return definition as unknown as KindDefinition;
}
