import { createHash } from "node:crypto";
import type { Artifact } from "../backends/backend.ts";
import type { HostFeatures } from "../dataplane/features.ts";
import type { BgpOptions } from "../engine/bgp/resolve.ts";
import type { RoutingOptions } from "../engine/routing/context.ts";
import type { RoutingOwnership } from "../ir/routing-ir.ts";
import type { ResourceDigests } from "../resources/digest.ts";

export const MANIFEST_PATH = "manifest.json";

/** Version of the bundle's layout and of this manifest; raised when a reader of the old one would be misled. */
export const BUNDLE_FORMAT = 1;

/** As `compile` takes them. */
export interface BundleOptions {
  readonly interfacePrefix?: string;
  readonly routing?: RoutingOptions;
  readonly bgp?: BgpOptions;
}

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
  /** What else was said of the hosts, where it is not the default: without it the bundle could not be made again. */
  readonly options?: BundleOptions;
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
  options: Pick<Manifest, "compilerVersion" | "features"> & BundleOptions,
): Artifact {
  const manifest: Manifest = {
    format: BUNDLE_FORMAT,
    node,
    compilerVersion: options.compilerVersion,
    policyDigest: digests.policyDigest,
    inventoryDigest: digests.inventoryDigest,
    features: options.features,
    ...withOptions(options),
    ownership,
    artifacts: artifacts.map(({ path, text }) => ({
      path,
      sha256: createHash("sha256").update(text).digest("hex"),
      bytes: Buffer.byteLength(text),
    })),
  };
  return { path: MANIFEST_PATH, text: `${JSON.stringify(manifest, null, 2)}\n` };
}

function withOptions({ interfacePrefix, routing = {}, bgp = {} }: BundleOptions): Pick<Manifest, "options"> {
  const options: BundleOptions = {
    ...(interfacePrefix === undefined ? {} : { interfacePrefix }),
    ...(Object.keys(routing).length === 0 ? {} : { routing }),
    ...(bgp.routerIds === "hash" ? { bgp } : {}),
  };
  return Object.keys(options).length === 0 ? {} : { options };
}
