// Bundles each binary into one file: a CLI call must start fast. Runs on install (`prepare`), so that
// `npx calicoctl` works in a fresh checkout with no further step.
import { chmod, cp, mkdir, rm } from "node:fs/promises";
import { build } from "esbuild";
import { generateValidators } from "./generate-validators.ts";

/** Writes `calicoctl.js`, or other `programs`, and their parts; what the directory held before goes. */
export async function buildBinaries(
  outDir: string,
  programs: Readonly<Record<string, string>> = { calicoctl: "cli/calicoctl.ts" },
): Promise<void> {
  await generateValidators();
  // Chunks are named by content: without this, those of earlier builds would stay.
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  await build({
    entryPoints: programs,
    outdir: outDir,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    minify: true,
    banner: {
      js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname;",
    },
    logLevel: "warning",
  });
  // etcd3 reads its messages' definitions from `../proto` beside the code, which is a chunk now.
  await cp("node_modules/etcd3/proto", `${outDir}/proto`, { recursive: true });
  for (const name of Object.keys(programs)) await chmod(`${outDir}/${name}.js`, 0o755);
}

if (import.meta.main) await buildBinaries("dist");
