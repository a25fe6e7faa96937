/**
 * JSON Schema of our kinds as the structural schema that a CustomResourceDefinition needs. Source: Kubernetes,
 * "Extend the Kubernetes API with CustomResourceDefinitions", "Specifying a structural schema". What such a schema
 * cannot say is left out, so that it never refuses what the kind's own schema takes. Unknown fields are kept at every
 * level: a resource that a newer version has written survives an update by an older one.
 */
import { isJsonObject, type Json, type JsonObject, objectOf } from "../../json.ts";

const ANYTHING: JsonObject = { "x-kubernetes-preserve-unknown-fields": true };
/** Keywords that mean the same in both. */
const SHARED = ["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "format"];
/** The server's patterns are RE2, which has no look-around and no `\u`. */
const NOT_RE2 = /\(\?[=!<]|\\u/;

export function structural(schema: Json): JsonObject {
  if (!isJsonObject(schema)) return ANYTHING;
  const description = typeof schema.title === "string" ? { description: schema.title } : {};
  if (schema.const !== undefined) {
    const { const: only, ...others } = schema;
    return structural({ ...others, enum: [only] });
  }
  if (Array.isArray(schema.anyOf)) return { ...description, ...alternatives(schema.anyOf) };
  const { type } = schema;
  if (Array.isArray(type)) {
    const others = type.filter((one) => one !== "null");
    if (others.length === 2 && others.includes("integer") && others.includes("string"))
      return { ...description, "x-kubernetes-int-or-string": true };
    const [only] = others;
    return others.length === 1 && only !== undefined
      ? { ...structural({ ...schema, type: only }), nullable: true }
      : ANYTHING;
  }
  const values = Array.isArray(schema.enum) ? schema.enum : undefined;
  const known = type ?? typeOfAll(values);
  if (typeof known !== "string") return { ...description, ...ANYTHING };
  return {
    type: known,
    ...description,
    ...(values === undefined ? {} : { enum: values }),
    ...Object.fromEntries(
      SHARED.flatMap((word) => (schema[word] === undefined ? [] : [[word, schema[word]]])),
    ),
    ...exclusive(schema, "exclusiveMinimum", "minimum"),
    ...exclusive(schema, "exclusiveMaximum", "maximum"),
    ...(typeof schema.pattern === "string" && !NOT_RE2.test(schema.pattern)
      ? { pattern: schema.pattern }
      : {}),
    ...(known === "array" ? { items: structural(schema.items ?? {}) } : {}),
    ...(known === "object" ? fieldsOf(schema) : {}),
  };
}

/** `null` as one of two alternatives is a property of the other; texts to choose from are one `enum`. */
function alternatives(members: readonly Json[]): JsonObject {
  const others = members.filter((member) => !(isJsonObject(member) && member.type === "null"));
  const nullable = others.length < members.length ? { nullable: true } : {};
  const [only] = others;
  if (others.length === 1 && only !== undefined) return { ...structural(only), ...nullable };
  const texts = others.flatMap((member) =>
    isJsonObject(member) && typeof member.const === "string" ? [member.const] : [],
  );
  return texts.length === others.length ? { type: "string", enum: texts, ...nullable } : ANYTHING;
}

function typeOfAll(values: readonly Json[] | undefined): string | undefined {
  const types = new Set(values?.map((value) => typeof value));
  const [only] = types;
  return types.size === 1 ? only : undefined;
}

/** A number of its own in JSON Schema, a flag of the bound in OpenAPI. */
function exclusive(
  schema: JsonObject,
  word: "exclusiveMinimum" | "exclusiveMaximum",
  bound: string,
): JsonObject {
  return typeof schema[word] === "number" ? { [bound]: schema[word], [word]: true } : {};
}

function fieldsOf(schema: JsonObject): JsonObject {
  // A map; with fields of its own beside it a structural schema cannot say it.
  if (isJsonObject(schema.additionalProperties) && schema.properties === undefined)
    return { additionalProperties: structural(schema.additionalProperties) };
  const properties = objectOf(schema.properties);
  return {
    ...(Object.keys(properties).length === 0
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([field, value]) => [field, structural(value)]),
          ),
        }),
    ...(Array.isArray(schema.required) && schema.required.length > 0 ? { required: schema.required } : {}),
    ...ANYTHING,
  };
}
