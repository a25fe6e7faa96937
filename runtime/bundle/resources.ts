import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestSources, type Sources } from "../../compiler/index.ts";
import { BundleError } from "./write.ts";

/** Beside the bundles of all nodes, which were compiled from it. */
export const RESOURCES = "resources.json";

const FORMAT = 1;

/**
 * Writes what the bundles below `outDir` were compiled from: `apply` takes it along, so that the host can go back to
 * its policy. Old file or new, never a part. A file that is not ours is never replaced.
 */
export async function writeResources(outDir: string, sources: Sources): Promise<void> {
  const target = join(outDir, RESOURCES);
  const existing = await readFile(target, "utf8").catch(() => undefined);
  if (existing !== undefined && decodeResources(existing) === undefined)
    throw new BundleError(
      `${target} exists and is not what a compile wrote; remove it or choose another --out-dir`,
    );
  await mkdir(outDir, { recursive: true });
  const beside = join(outDir, `.${RESOURCES}.${process.pid}`);
  try {
    await writeFile(
      beside,
      `${JSON.stringify({ format: FORMAT, ...digestSources(sources), ...sources }, null, 2)}\n`,
    );
    await rename(beside, target);
  } catch (cause) {
    await rm(beside, { force: true });
    throw cause;
  }
}

/** `undefined` = it is no such file, of another format, or altered: its digests are not those of its content. */
export function decodeResources(text: string): Sources | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { format, policyDigest, inventoryDigest, policy, inventory } = value as Readonly<
    Record<string, unknown>
  >;
  if (format !== FORMAT || typeof policy !== "string" || typeof inventory !== "string") return undefined;
  const digests = digestSources({ policy, inventory });
  if (digests.policyDigest !== policyDigest || digests.inventoryDigest !== inventoryDigest) return undefined;
  return { policy, inventory };
}
