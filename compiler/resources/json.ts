export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** "a number", "a mapping": what a finding calls a value. */
export function describeType(value: unknown): string {
  if (value === null || value === undefined) return "empty";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a string";
    case "number":
      return "a number";
    case "boolean":
      return "a boolean";
    default:
      return "a mapping";
  }
}

/**
 * What to do where a text is expected; `undefined` where nothing simple helps. How the value is written is not known:
 * `yes` is a boolean, too, and `010` is eight.
 */
export function textHint(value: unknown): string | undefined {
  if (value === null) return 'An empty text is written "".';
  return typeof value === "number" || typeof value === "boolean" ? "Put it in quotes." : undefined;
}

/** A value for a message, cut to a readable length. */
export function describeValue(value: unknown): string {
  // JSON has no word for what YAML writes `.inf`.
  const text = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** What of a schema leads to the schemas of a value's parts. */
export function schemaOf(part: string | number, schema: JsonObject): JsonObject {
  const { properties, items, additionalProperties } = schema;
  const named = isObject(properties) && Object.hasOwn(properties, part) ? properties[part] : undefined;
  const found = typeof part === "number" ? items : (named ?? additionalProperties);
  return isObject(found) ? found : {};
}

/**
 * The value without fields that are null, at any depth: Kubernetes' API reads them as absent. In a mapping of data, such
 * as labels, a null stays for the schema to refuse, as kubectl does: without its entry a selector would select more.
 * Parts that have none keep their identity.
 */
export function withoutNulls(value: unknown, schema: JsonObject): unknown {
  // Nearly every document has none: looking first saves copying all of it.
  if (!hasNullEntry(value)) return value;
  if (Array.isArray(value)) return value.map((item, i) => withoutNulls(item, schemaOf(i, schema)));
  const holdsData = isObject(schema.additionalProperties);
  const kept = Object.entries(value as JsonObject)
    .filter(([, child]) => child !== null || holdsData)
    .map(([key, child]) => [key, withoutNulls(child, schemaOf(key, schema))] as const);
  // `fromEntries` defines properties, so that a key `__proto__` stays data.
  return Object.fromEntries(kept);
}

function hasNullEntry(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasNullEntry);
  const entries = value as JsonObject;
  for (const key in entries) {
    const child = entries[key];
    if (child === null || (typeof child === "object" && hasNullEntry(child))) return true;
  }
  return false;
}
