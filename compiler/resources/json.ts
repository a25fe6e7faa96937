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

/** A value for a message, cut to a readable length. */
export function describeValue(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/**
 * The value without mapping entries that are null, at any depth: Kubernetes' API reads them as absent. Parts that
 * have none keep their identity.
 */
export function withoutNulls(value: unknown): unknown {
  // Nearly every document has none: looking first saves copying all of it.
  return hasNullEntry(value) ? copyWithoutNulls(value) : value;
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

function copyWithoutNulls(value: unknown): unknown {
  if (!hasNullEntry(value)) return value;
  if (Array.isArray(value)) return value.map(copyWithoutNulls);
  const kept = Object.entries(value as JsonObject)
    .filter(([, child]) => child !== null)
    .map(([key, child]) => [key, copyWithoutNulls(child)] as const);
  // `fromEntries` defines properties, so that a key `__proto__` stays data.
  return Object.fromEntries(kept);
}
