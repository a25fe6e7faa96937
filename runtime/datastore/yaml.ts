/** YAML whose integers are exact. */
import {
  boolYaml11Tag,
  CORE_SCHEMA,
  DUMP_SCHEMA,
  type DumpOptions,
  defineScalarTag,
  dump,
  floatYaml11Tag,
  intCoreTag,
  intYaml11Tag,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
} from "js-yaml";
import { readYamlInteger, yamlFloatTag } from "../../compiler/index.ts";
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
  boolYaml11Tag,
  yamlFloatTag,
  defineScalarTag<number | bigint>(intCoreTag.tagName, {
    ...INTEGER,
    resolve: (source) => readYamlInteger(source) ?? NOT_RESOLVED,
  }),
);

/** Quotes also a text that is none in YAML 1.1 (`yes`, `1_000`, a time): kubectl and Calico read that. */
const PRINTED = DUMP_SCHEMA.withTags(
  defineScalarTag(floatYaml11Tag.tagName, {
    ...floatYaml11Tag,
    resolve(source, isExplicit, tagName) {
      const value = floatYaml11Tag.resolve(source, isExplicit, tagName);
      return value === NOT_RESOLVED ? yamlFloatTag.resolve(source, isExplicit, tagName) : value;
    },
  }),
  defineScalarTag<number | bigint>(intCoreTag.tagName, {
    ...INTEGER,
    resolve(source, isExplicit, tagName) {
      const value = intYaml11Tag.resolve(source, isExplicit, tagName);
      return value === NOT_RESOLVED ? (readYamlInteger(source) ?? NOT_RESOLVED) : value;
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
