import { defineScalarTag, floatCoreTag, intCoreTag, NOT_RESOLVED } from "js-yaml";

/**
 * Numbers as Calico's and Kubernetes' tools read them in YAML: `010` is eight, `1_000` a thousand, `0b11` three
 * (`resolve` in goyaml.v2/resolve.go of sigs.k8s.io/yaml). In YAML 1.2 the first is ten and the others are texts, which
 * a rule would take for the names of ports.
 */
const INTEGER = /^([-+]?)(?:0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|0|[1-9][0-9]*)$/;

/** `undefined` for what is no integer; a bigint where a number would round. */
export function readYamlInteger(source: string): number | bigint | undefined {
  const text = withoutUnderscores(source);
  const match = INTEGER.exec(text);
  if (match === null) return undefined;
  const [, sign = ""] = match;
  const digits = text.slice(sign.length).replace(/^0(?=[0-7])/, "0o");
  const value = Number(digits);
  const exact = Number.isSafeInteger(value) ? value : BigInt(digits);
  return sign === "-" ? negated(exact) : exact;
}

/** Never -0, as an integer has one zero. */
function negated(value: number | bigint): number | bigint {
  return typeof value === "bigint" ? -value : 0 - value;
}

/** Of `.5_0` Go makes no number. */
function withoutUnderscores(source: string): string {
  return source.startsWith(".") || !source.includes("_") ? source : source.replaceAll("_", "");
}

export const yamlIntegerTag = defineScalarTag(intCoreTag.tagName, {
  ...intCoreTag,
  resolve(source) {
    const value = readYamlInteger(source);
    return value === undefined ? NOT_RESOLVED : Number(value);
  },
});

export const yamlFloatTag = defineScalarTag(floatCoreTag.tagName, {
  ...floatCoreTag,
  resolve: (source, isExplicit, tagName) =>
    floatCoreTag.resolve(withoutUnderscores(source), isExplicit, tagName),
});
