import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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
 * and takes its place by rename. A directory that is not a bundle is never replaced. Synchronous: a bundle is many small
 * files, and nothing else could be done while one is written.
 */
export function writeBundle(outDir: string, node: string, artifacts: readonly Artifact[]): string {
  const target = join(outDir, node);
  mkdirSync(outDir, { recursive: true });
  refuseForeign(target);
  const fresh = mkdtempSync(join(outDir, ".new-"));
  try {
    for (const { path, text } of artifacts) {
      const file = join(fresh, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  } catch (cause) {
    rmSync(fresh, { recursive: true, force: true });
    throw cause;
  }
  return target;
}

function refuseForeign(target: string): void {
  const info = statSync(target, { throwIfNoEntry: false });
  if (info === undefined) return;
  if (!info.isDirectory()) throw new BundleError(`${target} is a file; choose another --out-dir`);
  const entries = readdirSync(target);
  if (entries.length > 0 && !entries.includes(MARK))
    throw new BundleError(
      `${target} exists and is not a bundle (it has no ${MARK}); remove it or choose another --out-dir`,
    );
}
