import type { Report } from "../diagnostics/bag.ts";
import type { Origin } from "../diagnostics/diagnostic.ts";
import { REGISTRY } from "../diagnostics/registry.ts";
import type { LocatedDocument } from "../syntax/source.ts";
import { VALIDATORS } from "./generated/validators.js";
import { type Identity, identify } from "./identify.ts";
import { isObject, type JsonObject, withoutNulls } from "./json.ts";
import { at, type KindDefinition, type Metadata, type Resource } from "./kind.ts";
import { decodeMetadata, isCalicoKind } from "./metadata.ts";
import { KINDS, kindId } from "./registry.ts";
import { reportSchemaErrors } from "./schema-findings.ts";

/**
 * Documents → resources: dispatch by apiVersion and kind, metadata, schema, defaults, validation, no two of one
 * name. What has an error is reported and left out, so that the rest of the compiler only sees sound resources.
 * In the order of the documents.
 */
export function decodeDocuments(documents: readonly LocatedDocument[], report: Report): readonly Resource[] {
  const resources = new Map<string, Resource>();
  const unused = new Map<string, Unused>();
  for (const located of documents) {
    const identity = identify(located, report);
    if (identity === undefined) continue;
    if (!identity.known) {
      countUnused(unused, identity);
      continue;
    }
    const resource = decodeResource(identity, report);
    if (resource === undefined) continue;
    const { namespace, name } = resource.metadata;
    const key = `${decoderOf(identity.definition).id} ${namespace}/${name}`;
    const first = resources.get(key);
    if (first === undefined) resources.set(key, resource);
    else reportDuplicate(resource, first, report);
  }
  for (const { kind, apiVersion, count, origin } of unused.values()) {
    report("resource/not-used", { kind, apiVersion, count }, origin);
  }
  return [...resources.values()];
}

type KnownIdentity = Extract<Identity, { known: true }>;

function decodeResource(identity: KnownIdentity, report: Report): Resource | undefined {
  const { definition, apiVersion } = identity;
  const outcome = watchErrors(report);
  const document = withoutNulls(identity.document) as JsonObject;
  const metadata = decodeMetadata(document, definition, identity.origin, outcome.report);
  const origin = metadata === undefined ? identity.origin : named(identity.origin, definition, metadata);
  const body = bodyOf(document, decoderOf(definition));
  if (!checkSchema(body, definition, origin, outcome.report) || metadata === undefined) return undefined;
  if (outcome.failed()) return undefined;
  const resource: Resource = { apiVersion, kind: definition.kind, metadata, body, origin };
  const complete = definition.defaults?.(resource) ?? resource;
  definition.validate?.(complete, outcome.report);
  return outcome.failed() ? undefined : complete;
}

function named(origin: Origin, definition: KindDefinition, { namespace, name }: Metadata): Origin {
  const resource = { kind: definition.kind, ...(namespace === "" ? {} : { namespace }), name };
  return { ...origin, resource };
}

/** What decoding asks of a kind for every resource, found once. */
interface Decoder {
  readonly id: string;
  readonly validate: NonNullable<(typeof VALIDATORS)[string]>;
  readonly readsStatus: boolean;
}

const DECODERS: ReadonlyMap<KindDefinition, Decoder> = new Map(
  KINDS.map((definition) => {
    const id = kindId(definition);
    const validate = VALIDATORS[id];
    if (validate === undefined) throw new Error(`no validator was generated for ${id}`);
    const properties: unknown = definition.schema.properties;
    const readsStatus = isObject(properties) && Object.hasOwn(properties, "status");
    return [definition, { id, validate, readsStatus }];
  }),
);

function decoderOf(definition: KindDefinition): Decoder {
  const decoder = DECODERS.get(definition);
  if (decoder === undefined) throw new Error(`${kindId(definition)} is not in the registry`);
  return decoder;
}

/** What the schema describes: everything but the type, the metadata, and a status that nobody reads. */
function bodyOf(document: JsonObject, { readsStatus }: Decoder): JsonObject {
  const { apiVersion, kind, metadata, status, ...body } = document;
  return readsStatus && status !== undefined ? { ...body, status } : body;
}

/** Whether the body has the shape that `defaults`, `validate` and `lower` rely on: unknown fields do not matter. */
function checkSchema(body: JsonObject, definition: KindDefinition, origin: Origin, report: Report): boolean {
  const { validate } = decoderOf(definition);
  if (validate(body)) return true;
  const errors = validate.errors ?? [];
  const unknownField = isCalicoKind(definition) ? "resource/unknown-field" : "kubernetes/unknown-field";
  reportSchemaErrors(errors, body, definition.schema, { origin, report, unknownField });
  return errors.every(({ keyword }) => keyword === "additionalProperties");
}

/** A report that also remembers whether an error went through it. */
function watchErrors(report: Report): { readonly report: Report; readonly failed: () => boolean } {
  let failed = false;
  return {
    report: (code, params, origin, options) => {
      if (REGISTRY[code].severity === "error") failed = true;
      report(code, params, origin, options);
    },
    failed: () => failed,
  };
}

function reportDuplicate(resource: Resource, first: Resource, report: Report): void {
  const { namespace, name } = resource.metadata;
  const label = `${resource.kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
  report("resource/duplicate", { resource: label }, at(resource.origin, "metadata", "name"), {
    related: [{ message: "first defined here", origin: at(first.origin, "metadata", "name") }],
  });
}

interface Unused {
  readonly kind: string;
  readonly apiVersion: string;
  readonly count: number;
  readonly origin: Origin;
}

function countUnused(unused: Map<string, Unused>, identity: Omit<Unused, "count">): void {
  const { kind, apiVersion, origin } = identity;
  const key = `${apiVersion} ${kind}`;
  const seen = unused.get(key);
  unused.set(key, seen ? { ...seen, count: seen.count + 1 } : { kind, apiVersion, count: 1, origin });
}
