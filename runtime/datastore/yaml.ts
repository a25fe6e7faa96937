/** YAML whose integers are exact. */
import {
  CORE_SCHEMA,
  DUMP_SCHEMA,
  type DumpOptions,
  defineScalarTag,
  dump,
  intCoreTag,
  intYaml11Tag,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
} from "js-yaml";
import type { Json } from "./json.ts";

const INTEGER = {
  implicit: true,
  implicitFirstChars: intCoreTag.implicitFirstChars,
  identify: (data: unknown) => typeof data === "bigint" || Number.isInteger(data),
  represent: String,
} as const;

/** As the compiler reads YAML, but for integers that a `number` would round. */
const READ = CORE_SCHEMA.withTags(
  mergeTag,
  defineScalarTag<number | bigint>(intCoreTag.tagName, {
    ...INTEGER,
    resolve(source, isExplicit, tagName) {
      const value = intCoreTag.resolve(source, isExplicit, tagName);
      if (typeof value !== "number") return NOT_RESOLVED;
      return Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(source) ? value : BigInt(source);
    },
  }),
);

/** Quotes also a text that is none in YAML 1.1 (`yes`, `1_000`, a time): kubectl and Calico read that. */
const PRINTED = DUMP_SCHEMA.withTags(
  defineScalarTag<number | bigint>(intCoreTag.tagName, {
    ...INTEGER,
    resolve(source, isExplicit, tagName) {
      const value = intYaml11Tag.resolve(source, isExplicit, tagName);
      return value === NOT_RESOLVED ? intCoreTag.resolve(source, isExplicit, tagName) : value;
    },
  }),
);

/** The documents of a text; JSON is YAML, too. Throws YAMLException. */
export function parseYaml(text: string): readonly Json[] {
  return loadAll(text, { schema: READ }) as Json[];
}

export function printYaml(value: Json, style: DumpOptions = {}): string {
  return dump(value, { ...style, schema: PRINTED, lineWidth: -1, noRefs: true });
}
