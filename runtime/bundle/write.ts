import { mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Artifact } from "../../compiler/index.ts";

/** The file whose presence says "this directory is a bundle of ours and may be replaced". */
const MARK = "manifest.json";

export class BundleError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BundleError";
  }
}

/**
 * Writes one node's artifacts to `<outDir>/<node>/`, all or nothing: the new directory is filled beside the old one
 * and takes its place by rename. A directory that is not a bundle is never replaced.
 */
export async function writeBundle(
  outDir: string,
  node: string,
  artifacts: readonly Artifact[],
): Promise<string> {
  const target = join(outDir, node);
  await mkdir(outDir, { recursive: true });
  await refuseForeign(target);
  const fresh = await mkdtemp(join(outDir, `.${node}-`));
  try {
    for (const { path, text } of artifacts) {
      const file = join(fresh, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    }
    await rm(target, { recursive: true, force: true });
    await rename(fresh, target);
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true });
    throw cause;
  }
  return target;
}

async function refuseForeign(target: string): Promise<void> {
  const info = await stat(target).catch(() => undefined);
  if (info === undefined) return;
  if (!info.isDirectory()) throw new BundleError(`${target} is a file; choose another --out-dir`);
  const entries = await readdir(target);
  if (entries.length > 0 && !entries.includes(MARK))
    throw new BundleError(
      `${target} exists and is not a bundle (it has no ${MARK}); remove it or choose another --out-dir`,
    );
}
