/** YAML whose integers are exact. */
import {
  CORE_SCHEMA,
  type DumpOptions,
  defineScalarTag,
  dump,
  intCoreTag,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
} from "js-yaml";
import type { Json } from "./json.ts";

/** As the compiler reads YAML, but for integers that a `number` would round. */
const SCHEMA = CORE_SCHEMA.withTags(
  mergeTag,
  defineScalarTag<number | bigint>(intCoreTag.tagName, {
    implicit: true,
    implicitFirstChars: intCoreTag.implicitFirstChars,
    resolve(source, isExplicit, tagName) {
      const value = intCoreTag.resolve(source, isExplicit, tagName);
      if (typeof value !== "number") return NOT_RESOLVED;
      return Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(source) ? value : BigInt(source);
    },
    identify: (data) => typeof data === "bigint" || Number.isInteger(data),
    represent: String,
  }),
);

/** The documents of a text; JSON is YAML, too. Throws YAMLException. */
export function parseYaml(text: string): readonly Json[] {
  return loadAll(text, { schema: SCHEMA }) as Json[];
}

export function printYaml(value: Json, style: DumpOptions = {}): string {
  return dump(value, { ...style, schema: SCHEMA, lineWidth: -1, noRefs: true });
}
