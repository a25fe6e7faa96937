import { createHash } from "node:crypto";
import type { Artifact } from "../backends/backend.ts";
import type { HostFeatures } from "../dataplane/features.ts";
import type { RoutingOwnership } from "../ir/routing-ir.ts";
import type { ResourceDigests } from "../resources/digest.ts";

export const MANIFEST_PATH = "manifest.json";

/** Version of the bundle's layout and of this manifest; raised when a reader of the old one would be misled. */
export const BUNDLE_FORMAT = 1;

/** What the bundle is, for those who apply it: the only place with digests, compiler version and features. */
export interface Manifest {
  readonly format: typeof BUNDLE_FORMAT;
  readonly node: string;
  readonly compilerVersion: string;
  /** SHA-256 (hex) over the canonical resources that people write. */
  readonly policyDigest: string;
  /** SHA-256 (hex) over the canonical resources that the cluster makes. */
  readonly inventoryDigest: string;
  readonly features: HostFeatures;
  /** First part of workload interface names, where it is not the default. */
  readonly interfacePrefix?: string;
  /** Which routes and devices of the host are ours: what is there of them and not in the files is to go. */
  readonly ownership: RoutingOwnership;
  /** Sorted by path; `sha256` in hex. */
  readonly artifacts: readonly { readonly path: string; readonly sha256: string; readonly bytes: number }[];
}

export function buildManifest(
  node: string,
  artifacts: readonly Artifact[],
  digests: ResourceDigests,
  ownership: RoutingOwnership,
  options: Pick<Manifest, "compilerVersion" | "features" | "interfacePrefix">,
): Artifact {
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    node,
    compilerVersion: options.compilerVersion,
    policyDigest: digests.policyDigest,
    inventoryDigest: digests.inventoryDigest,
    features: options.features,
    ...(options.interfacePrefix === undefined ? {} : { interfacePrefix: options.interfacePrefix }),
    ownership,
    artifacts: artifacts.map(({ path, text }) => ({
      path,
      sha256: createHash("sha256").update(text).digest("hex"),
      bytes: Buffer.byteLength(text),
    })),
  };
  return { path: MANIFEST_PATH, text: `${JSON.stringify(manifest, null, 2)}\n` };
}
