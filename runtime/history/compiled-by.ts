import { type Artifact, type BundleOptions, type HostFeatures, parseFeatures } from "../../compiler/index.ts";

/** How a bundle was compiled, as its manifest says it: with the same resources this gives the same bundle. */
export interface CompiledBy {
  /** SHA-256 in hex of the policy, as `Sources` has it. */
  readonly policyDigest: string;
  readonly inventoryDigest: string;
  readonly features: HostFeatures;
  /** Absent = the defaults. */
  readonly options?: BundleOptions;
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
  const { policyDigest, inventoryDigest, features, options, compilerVersion } = value as Partial<CompiledBy>;
  const parsed = parseFeatures(JSON.stringify(features ?? null));
  if (
    typeof policyDigest !== "string" ||
    typeof inventoryDigest !== "string" ||
    typeof compilerVersion !== "string" ||
    !parsed.ok ||
    !(options === undefined || areOptions(options))
  )
    return undefined;
  const by = { policyDigest, inventoryDigest, features: parsed.features, compilerVersion };
  return options === undefined ? by : { ...by, options };
}

function areOptions(value: unknown): value is BundleOptions {
  if (typeof value !== "object" || value === null) return false;
  const { interfacePrefix, routing = {}, bgp = {} } = value as BundleOptions;
  return (
    ["undefined", "string"].includes(typeof interfacePrefix) &&
    ["undefined", "number"].includes(typeof routing.hostMtu) &&
    [undefined, 0, 1, 2].includes(routing.rpFilter) &&
    [undefined, "address", "hash"].includes(bgp.routerIds)
  );
}
