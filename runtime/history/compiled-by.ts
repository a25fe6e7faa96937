import { type Artifact, type HostFeatures, parseFeatures } from "../../compiler/index.ts";

/** How a bundle was compiled, as its manifest says it: with the same resources this gives the same bundle. */
export interface CompiledBy {
  /** SHA-256 in hex of the policy, as `Sources` has it. */
  readonly policyDigest: string;
  readonly inventoryDigest: string;
  readonly features: HostFeatures;
  /** "cali" when absent. */
  readonly interfacePrefix?: string;
  readonly compilerVersion: string;
}

/** `undefined` = there is no manifest, or one that does not say it. */
export function compiledBy(artifacts: readonly Artifact[]): CompiledBy | undefined {
  const text = artifacts.find(({ path }) => path === "manifest.json")?.text;
  if (text === undefined) return undefined;
  try {
    return readCompiledBy(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Picks it from any object that has its fields. */
export function readCompiledBy(value: unknown): CompiledBy | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { policyDigest, inventoryDigest, features, interfacePrefix, compilerVersion } =
    value as Partial<CompiledBy>;
  const parsed = parseFeatures(JSON.stringify(features ?? null));
  const areTexts = [policyDigest, inventoryDigest, compilerVersion].every((part) => typeof part === "string");
  if (!areTexts || !parsed.ok || !["undefined", "string"].includes(typeof interfacePrefix)) return undefined;
  return {
    policyDigest: policyDigest!,
    inventoryDigest: inventoryDigest!,
    features: parsed.features,
    ...(interfacePrefix === undefined ? {} : { interfacePrefix }),
    compilerVersion: compilerVersion!,
  };
}
