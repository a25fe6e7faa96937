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
  if (Array.isArray(value)) {
    const items = value.map(withoutNulls);
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  const kept = entries
    .filter(([, child]) => child !== null)
    .map(([key, child]) => [key, withoutNulls(child)] as const);
  const same = kept.length === entries.length && kept.every(([key, child]) => child === value[key]);
  // `fromEntries` defines properties, so that a key `__proto__` stays data.
  return same ? value : Object.fromEntries(kept);
}
