import { ErrorWatch, type Report } from "../diagnostics/bag.ts";
import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { SelectorFolder } from "../syntax/selector/folder.ts";
import type { LocatedDocument } from "../syntax/source.ts";
import { withStoredMetadata } from "./custom-resource.ts";
import { VALIDATORS } from "./generated/validators.js";
import { type Identity, identify } from "./identify.ts";
import { isObject, type JsonObject, withoutNulls } from "./json.ts";
import type { KindDefinition, Metadata, Resource } from "./kind.ts";
import { decodeMetadata, isCalicoKind } from "./metadata.ts";
import { KINDS, kindId } from "./registry.ts";
import { reportSchemaErrors } from "./schema-findings.ts";

/**
 * Documents → resources: dispatch by apiVersion and kind, metadata, schema, defaults, validation, no two of one
 * name. What has an error is reported and left out, so that the rest of the compiler only sees sound resources.
 * In the order of the documents.
 */
export function decodeDocuments(
  documents: Iterable<LocatedDocument>,
  report: Report,
  selectors = new SelectorFolder(),
): readonly Resource[] {
  return [...decodeEach(documents, report, selectors)];
}

/** As `decodeDocuments`, for whoever lowers each resource at once and does not keep it: only places are kept. */
export function* decodeEach(
  documents: Iterable<LocatedDocument>,
  report: Report,
  selectors: SelectorFolder,
): Generator<Resource, void> {
  const watch = new ErrorWatch(report);
  const places = new Places();
  const unused = new Map<string, Unused>();
  for (const located of documents) {
    const identity = identify(located, report);
    if (identity === undefined) continue;
    if (!identity.known) {
      countUnused(unused, identity);
      continue;
    }
    const resource = decodeResource(identity, watch, selectors);
    if (resource === undefined) continue;
    const first = places.take(decoderOf(identity.definition), resource);
    if (first === undefined) yield resource;
    else reportDuplicate(resource, first, report);
  }
  for (const { kind, apiVersion, count, origin } of unused.values()) {
    report("resource/not-used", { kind, apiVersion, count }, origin);
  }
}

type KnownIdentity = Extract<Identity, { known: true }>;

function decodeResource(
  identity: KnownIdentity,
  watch: ErrorWatch,
  selectors: SelectorFolder,
): Resource | undefined {
  const { definition, apiVersion } = identity;
  watch.failed = false;
  const document = withStoredMetadata(identity.document, identity.origin, watch.report);
  const metadata = decodeMetadata(document, definition, identity.origin, watch.report);
  const origin = metadata === undefined ? identity.origin : named(identity.origin, definition, metadata);
  const body = withoutNulls(bodyOf(identity), definition.schema) as JsonObject;
  if (!checkSchema(body, definition, origin, watch.report) || metadata === undefined) return undefined;
  if (watch.failed) return undefined;
  const resource: Resource = { apiVersion, kind: definition.kind, metadata, body, origin };
  const complete = definition.defaults?.(resource) ?? resource;
  definition.validate?.(complete, watch.report, selectors);
  return watch.failed ? undefined : complete;
}

function named(
  { file, document, path }: Origin,
  { kind }: KindDefinition,
  { namespace, name }: Metadata,
): Origin {
  return { file, document, path, resource: namespace === "" ? { kind, name } : { kind, namespace, name } };
}

/** What decoding asks of a kind for every resource, found once. */
interface Decoder {
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
    return [definition, { validate, readsStatus }];
  }),
);

function decoderOf(definition: KindDefinition): Decoder {
  const decoder = DECODERS.get(definition);
  if (decoder === undefined) throw new Error(`${kindId(definition)} is not in the registry`);
  return decoder;
}

/** What the schema describes: everything but the type, the metadata, and a status that nobody reads. */
function bodyOf({ document, definition }: KnownIdentity): JsonObject {
  const { apiVersion, kind, metadata, ...body } = document;
  if (decoderOf(definition).readsStatus) return body;
  const { status, ...rest } = body;
  return status === undefined ? body : rest;
}

/** Whether the body has the shape that `defaults`, `validate` and `lower` rely on: unknown fields do not matter. */
function checkSchema(body: JsonObject, definition: KindDefinition, origin: Origin, report: Report): boolean {
  const { validate } = decoderOf(definition);
  if (validate(body)) return true;
  const errors = validate.errors ?? [];
  reportSchemaErrors(errors, body, definition.schema, {
    origin,
    report,
    unknownField: mustBeWhole(definition) ? "resource/unknown-field" : "kubernetes/unknown-field",
  });
  return errors.every(({ keyword }) => keyword === "additionalProperties");
}

/** Kubernetes' objects have parts that are none of our business, its policies have not: without one they allow more. */
function mustBeWhole(definition: KindDefinition): boolean {
  return isCalicoKind(definition) || definition.source === "policy";
}

/** Where each name of each kind stands. */
class Places {
  readonly #byNamespace = new Map<Decoder, Map<string, Map<string, Origin>>>();

  /** @returns the place of an earlier resource of the same kind, namespace and name, where there is one */
  take(decoder: Decoder, { metadata: { namespace, name }, origin }: Resource): Origin | undefined {
    const ofKind = getOrMake(this.#byNamespace, decoder);
    const names = getOrMake(ofKind, namespace);
    const first = names.get(name);
    if (first === undefined) names.set(name, origin);
    return first;
  }
}

function getOrMake<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = maps.get(key);
  if (map === undefined) {
    map = new Map();
    maps.set(key, map);
  }
  return map;
}

function reportDuplicate(resource: Resource, first: Origin, report: Report): void {
  const { namespace, name } = resource.metadata;
  const label = `${resource.kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
  report("resource/duplicate", { resource: label }, at(resource.origin, "metadata", "name"), {
    related: [{ message: "first defined here", origin: at(first, "metadata", "name") }],
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
