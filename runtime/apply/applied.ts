import type { Artifact } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import type { ApplyTarget } from "./target.ts";

const FORMAT = 1;
const MODE = 0o600;

function appliedPath(host: Host): string {
  return `${host.stateDirectory}/applied.json`;
}

/** `policyDigest` of a bundle's manifest: equal iff two bundles come from the same policy. */
export function policyDigestOf(artifacts: readonly Artifact[]): string | undefined {
  const manifest = artifacts.find(({ path }) => path === "manifest.json");
  if (manifest === undefined) return undefined;
  return textIn(manifest.text, "policyDigest");
}

/** Remembers which policy this host enforces from now on. */
export async function recordApplied(
  host: Host,
  node: string,
  policyDigest: string | undefined,
): Promise<void> {
  if (policyDigest === undefined) await host.removeFile(appliedPath(host));
  else
    await host.writeFile(
      appliedPath(host),
      `${JSON.stringify({ format: FORMAT, node, policyDigest })}\n`,
      MODE,
    );
}

/** `inventory` only where it is known that the host enforces this very policy; in doubt the stricter rules hold. */
export async function kindOfChange(host: Host, target: ApplyTarget): Promise<"policy" | "inventory"> {
  const digest = policyDigestOf(target.artifacts);
  const text = await host.readFile(appliedPath(host));
  if (text === undefined || digest === undefined) return "policy";
  return textIn(text, "policyDigest") === digest ? "inventory" : "policy";
}

function textIn(json: string, key: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const found = typeof value === "object" && value !== null ? Object.entries(value) : [];
    const text: unknown = found.find(([name]) => name === key)?.[1];
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
