import type { TSchema } from "@sinclair/typebox";
import { isObject, type JsonObject } from "./json.ts";
import type { KindDefinition, Resource } from "./kind.ts";
import { findKind, KINDS } from "./registry.ts";

/** The resources of each source, one canonical line of JSON a resource, sorted. */
export interface CanonicalLines {
  readonly policy: readonly string[];
  readonly inventory: readonly string[];
}

/** What the annotations of pods and nodes are read for; the others may hold anything, secrets of sidecars too. */
const READ_OF_INVENTORY =
  /^(?:[\w-]+\.)*(?:projectcalico\.org|vpc\.amazonaws\.com)\/|^kubernetes\.io\/(?:in|e)gress-bandwidth$/;
/** kubectl's copy of the whole document, with all that the schema leaves out. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * Each line is a resource as the compiler understood it, defaults filled in, and nothing else: no field that no
 * schema knows (the environment of a pod's containers, say). Reading the lines again gives the same lines.
 */
export function canonicalLines(resources: readonly Resource[]): CanonicalLines {
  const lines = { policy: [] as string[], inventory: [] as string[] };
  for (const resource of resources) {
    const definition = findKind(resource.apiVersion, resource.kind);
    if (definition !== undefined) lines[definition.source].push(lineOf(resource, definition));
  }
  return { policy: lines.policy.sort(), inventory: lines.inventory.sort() };
}

function lineOf({ metadata, body }: Resource, definition: KindDefinition): string {
  const { name, namespace, labels, uid, creationTimestamp, deletionTimestamp } = metadata;
  const isInventory = definition.source === "inventory";
  const annotations = Object.entries(metadata.annotations).filter(([key]) =>
    isInventory ? READ_OF_INVENTORY.test(key) : key !== LAST_APPLIED,
  );
  // What people write has no uid and no times; what the cluster makes does, and they tell two pods of one name apart.
  const life = isInventory ? { uid, creationTimestamp, deletionTimestamp } : {};
  const known = { name, namespace, labels, annotations: Object.fromEntries(annotations), ...life };
  const kept = Object.entries(known).filter(([, value]) =>
    typeof value === "string" ? value !== "" : Object.keys(value).length > 0,
  );
  const document = {
    apiVersion: definition.apiVersions[0],
    kind: definition.kind,
    metadata: Object.fromEntries(kept),
    ...(body as JsonObject),
  };
  return canonicalJson(document, SHAPES.get(definition));
}

/** Which parts of a value the schema knows; `undefined` = all of it. */
type Shape =
  | { readonly fields: ReadonlyMap<string, Shape> }
  | { readonly items: Shape }
  | { readonly values: Shape }
  | undefined;

const SHAPES: ReadonlyMap<KindDefinition, Shape> = new Map(
  KINDS.map((definition) => {
    const shape = shapeOf(definition.schema);
    const fields = shape !== undefined && "fields" in shape ? shape.fields : [];
    const envelope = ["apiVersion", "kind", "metadata"].map((key) => [key, undefined] as const);
    return [definition, { fields: new Map<string, Shape>([...envelope, ...fields]) }];
  }),
);

function shapeOf(schema: TSchema): Shape {
  const { properties, items, additionalProperties } = schema as {
    readonly properties?: Readonly<Record<string, TSchema>>;
    readonly items?: TSchema;
    readonly additionalProperties?: TSchema | boolean;
  };
  if (properties !== undefined)
    return { fields: new Map(Object.entries(properties).map(([key, value]) => [key, shapeOf(value)])) };
  if (items !== undefined) return wrap(shapeOf(items), (shape) => ({ items: shape }));
  if (typeof additionalProperties === "object")
    return wrap(shapeOf(additionalProperties), (shape) => ({ values: shape }));
  return undefined;
}

function wrap(shape: Shape, make: (shape: Shape) => Shape): Shape {
  return shape === undefined ? undefined : make(shape);
}

/** JSON with the keys of every object sorted, of the parts that `shape` has. */
export function canonicalJson(value: unknown, shape?: Shape): string {
  if (Array.isArray(value)) {
    const items = shape !== undefined && "items" in shape ? shape.items : undefined;
    return `[${value.map((item) => canonicalJson(item, items)).join(",")}]`;
  }
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const fields = shape !== undefined && "fields" in shape ? shape.fields : undefined;
  const values = shape !== undefined && "values" in shape ? shape.values : undefined;
  const parts: string[] = [];
  for (const key of Object.keys(value).sort())
    if (value[key] !== undefined && (fields === undefined || fields.has(key)))
      parts.push(
        `${JSON.stringify(key)}:${canonicalJson(value[key], fields === undefined ? values : fields.get(key))}`,
      );
  return `{${parts.join(",")}}`;
}
