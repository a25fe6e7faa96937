import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artifact } from "../../../compiler/index.ts";
import { UserError } from "../../output/errors.ts";

const MANIFEST = "manifest.json";
/** What `--emit-ir` writes beside the files that tools read. */
const FOR_PEOPLE = "ir.txt";

/** The files of the node's bundle. `directory` is that bundle, or holds it under the node's name. */
export async function readBundle(directory: string, node: string): Promise<readonly Artifact[]> {
  const root = (await holdsManifest(directory)) ? directory : join(directory, node);
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => {
    throw new UserError(`--bundle: no bundle of node ${node} at ${root}; choose nodes with --node`);
  });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => path !== FOR_PEOPLE)
    .sort();
  const files = await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(root, path), "utf8") })),
  );
  checkNode(files, root, node);
  return files;
}

async function holdsManifest(directory: string): Promise<boolean> {
  const names: readonly string[] = await readdir(directory).catch(() => []);
  return names.includes(MANIFEST);
}

/** Another node's files would only be found to be wrong. */
function checkNode(files: readonly Artifact[], root: string, node: string): void {
  const manifest = files.find(({ path }) => path === MANIFEST);
  if (manifest === undefined) throw new UserError(`--bundle: ${root} is no bundle: it has no ${MANIFEST}`);
  const found = nodeOf(manifest.text);
  if (found !== node)
    throw new UserError(
      `--bundle: ${root} is the bundle of ${found === undefined ? "an unknown node" : `node ${found}`}, not of ${node}; choose nodes with --node`,
    );
}

function nodeOf(manifest: string): unknown {
  try {
    return JSON.parse(manifest).node;
  } catch {
    return undefined;
  }
}
