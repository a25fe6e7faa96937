import { createHash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { open, readdir, realpath } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type Artifact, digestSources, type Sources } from "../../../compiler/index.ts";
import { decodeResources, RESOURCES } from "../../../runtime/bundle/resources.ts";
import { compiledBy } from "../../../runtime/history/compiled-by.ts";
import { UserError } from "../../output/errors.ts";
import { type ListedFile, type Manifest, parseManifest } from "./manifest.ts";
import { partOfThisNode } from "./this-node.ts";

const MANIFEST = "manifest.json";
/** What `--emit-ir` writes beside the files that tools read. */
const FOR_PEOPLE = "ir.txt";

/** What was compiled for one node, whole and unaltered. */
export interface Bundle {
  readonly manifest: Manifest;
  /** With the manifest itself. */
  readonly artifacts: readonly Artifact[];
  /** What it was compiled from, where that lies beside the bundle. */
  readonly resources?: Sources;
}

/**
 * Reads `directory`, a node's bundle or a directory of bundles, of which it takes this host's (`partOfThisNode`).
 * Throws `UserError` for what is not exactly what `compile` wrote: a file that is altered, missing or added, or that
 * is no plain file inside the bundle.
 */
export async function readBundle(directory: string, node: string | undefined): Promise<Bundle> {
  const root = await chooseRoot(directory, node);
  const manifestText = await readPlain(root, MANIFEST);
  const parsed = parseManifest(manifestText);
  if (!parsed.ok) throw new UserError(`${join(root, MANIFEST)}: ${parsed.reason}`);
  const { manifest } = parsed;
  if (node !== undefined && manifest.node !== node)
    throw new UserError(`${root} is the bundle of node ${manifest.node}, not of ${node}`);
  await refuseUnlisted(root, manifest.artifacts);
  const artifacts: Artifact[] = [{ path: MANIFEST, text: manifestText }];
  for (const file of manifest.artifacts) {
    const text = await readPlain(root, file.path);
    if (createHash("sha256").update(text).digest("hex") !== file.sha256)
      throw new UserError(
        `${join(root, file.path)} is not what was compiled (its digest is not the one in ${MANIFEST}); compile it again`,
      );
    artifacts.push({ path: file.path, text });
  }
  const resources = await readResources(root, artifacts);
  return { manifest, artifacts, ...(resources === undefined ? {} : { resources }) };
}

/** `undefined` = there are none, or those of another compilation: then of the others beside the bundle only. */
async function readResources(root: string, artifacts: readonly Artifact[]): Promise<Sources | undefined> {
  const directory = dirname(root);
  if (!existsSync(join(directory, RESOURCES))) return undefined;
  const resources = decodeResources(await readPlain(directory, RESOURCES));
  if (resources === undefined)
    throw new UserError(
      `${join(directory, RESOURCES)} is not what was compiled; compile the bundle again, or remove it to apply without a way back to this policy`,
    );
  const { policyDigest, inventoryDigest } = digestSources(resources);
  const by = compiledBy(artifacts);
  const areThese = by?.policyDigest === policyDigest && by.inventoryDigest === inventoryDigest;
  return areThese ? resources : undefined;
}

/** Real path of the bundle's directory. */
async function chooseRoot(directory: string, node: string | undefined): Promise<string> {
  const given = await realDirectory(directory);
  const names = await readdir(given);
  if (names.includes(MANIFEST)) return given;
  const wanted = await partOfThisNode(
    node,
    // The name must be one of those listed, so it cannot lead elsewhere.
    (name) => names.find((listed) => listed === name),
    (whom) => `${directory} is no bundle (it has no ${MANIFEST}), and has none for ${whom}`,
  );
  const root = await realDirectory(join(given, wanted));
  if (relative(given, root) !== wanted)
    throw new UserError(`${join(directory, wanted)} is a link; name the directory itself`);
  return root;
}

async function realDirectory(path: string): Promise<string> {
  if (!existsSync(path)) throw new UserError(`no such file or directory: ${path}`);
  try {
    const real = await realpath(path);
    await readdir(real);
    return real;
  } catch {
    throw new UserError(`${path} is not a directory that can be read`);
  }
}

/** The text of a file that is no link, in a directory that is none. */
async function readPlain(root: string, path: string): Promise<string> {
  const full = join(root, path);
  try {
    if ((await realpath(full)) !== full) throw new UserError(`${full} is a link, or below one`);
    const file = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) throw new UserError(`${full} is not a plain file`);
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${full} cannot be read: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** A file that is not listed would silently not be enforced. */
async function refuseUnlisted(root: string, listed: readonly ListedFile[]): Promise<void> {
  const known = new Set([MANIFEST, FOR_PEOPLE, ...listed.map(({ path }) => path)]);
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    const path = relative(root, join(entry.parentPath, entry.name));
    if (!entry.isDirectory() && !known.has(path))
      throw new UserError(`${join(root, path)} is not listed in ${MANIFEST}; compile the bundle again`);
  }
}
