import {
  CORE_SCHEMA,
  type DumpOptions,
  defineScalarTag,
  dump,
  intCoreTag,
  mergeTag,
  NOT_RESOLVED,
} from "js-yaml";
import type { Json } from "../json.ts";

/** As the compiler reads YAML, but with integers that are exact. */
export const SCHEMA = CORE_SCHEMA.withTags(
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

export function printYaml(value: Json, style: DumpOptions = {}): string {
  return dump(value, { ...style, schema: SCHEMA, lineWidth: -1, noRefs: true });
}
