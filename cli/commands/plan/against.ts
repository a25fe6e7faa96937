import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Compilation, CompileOptions, Sources } from "../../../compiler/index.ts";
import { commitOf, readCommit } from "../../../runtime/git/commit.ts";
import { readInputs } from "../../input/sources.ts";
import { UserError } from "../../output/errors.ts";
import { readBundle } from "../apply/bundle.ts";
import type { PlanRequest } from "./request.ts";
import { compileSide, meaningIn, recompiled, type Side, type SideNode } from "./side.ts";

const MANIFEST = "manifest.json";

const CHOICES =
  "--against takes: live (this host, as root), datastore (what it holds), a bundle or directory of bundles, a directory or file of resources, or a git commit";

/** What `--against` means; a path that is there is meant as one, whatever commits are called. */
export type Against =
  | { readonly kind: "live" }
  | { readonly kind: "datastore" }
  | {
      readonly kind: "bundles";
      readonly directories: readonly string[];
      readonly path: string;
      /** `path` is itself a node's bundle. */
      readonly isOne: boolean;
    }
  | { readonly kind: "resources"; readonly path: string }
  | { readonly kind: "git"; readonly ref: string; readonly commit: string };

export async function chooseAgainst(what: string | undefined): Promise<Against> {
  if (what === undefined) {
    if (process.platform === "linux" && process.getuid?.() === 0) return { kind: "live" };
    throw new UserError(`say what to compare with; ${CHOICES}`);
  }
  if (what === "live" || what === "datastore") return { kind: what };
  const info = await stat(what).catch(() => undefined);
  if (info !== undefined) {
    const directories = info.isDirectory() ? await bundlesIn(what) : [];
    return directories.length > 0
      ? { kind: "bundles", directories, path: what, isOne: directories[0] === what }
      : { kind: "resources", path: what };
  }
  const commit = await commitOf(what, process.cwd());
  if (commit === undefined) throw new UserError(`'${what}' is neither a path nor a git commit; ${CHOICES}`);
  return { kind: "git", ref: what, commit };
}

async function bundlesIn(directory: string): Promise<readonly string[]> {
  const isBundle = async (path: string): Promise<boolean> =>
    (await stat(join(path, MANIFEST)).catch(() => undefined))?.isFile() === true;
  if (await isBundle(directory)) return [directory];
  const entries = await readdir(directory, { withFileTypes: true });
  const below = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
  const found = await Promise.all(below.map(async (path) => ((await isBundle(path)) ? [path] : [])));
  return found.flat().sort();
}

/** Compiles the resources that `--against` names. */
export async function openResources(
  against: Exclude<Against, { readonly kind: "live" | "bundles" | "datastore" }>,
  request: PlanRequest,
  options: CompileOptions,
): Promise<Side> {
  const { inventory } = request;
  if (against.kind === "resources") {
    const filename = [against.path];
    const files = await readInputs(inventory === undefined ? { filename } : { filename, inventory });
    return compileSide("resources", against.path, files, options, request.node, "old");
  }
  const { ref, commit } = against;
  if (request.filename === undefined)
    throw new UserError("a commit is held against files: give them with -f, not --datastore");
  const files = await readCommit(commit, request.filename, process.cwd());
  // Pods come and go without a commit: what they are today is meant on both sides.
  const saved = inventory === undefined ? [] : await readInputs({ filename: [inventory] });
  return compileSide(
    "git",
    `git ${ref} (${commit.slice(0, 10)})`,
    [...files, ...saved],
    options,
    request.node,
    "old",
  );
}

/** Bundles that lie together come from one compile where they bring the same resources. */
export async function openBundles(
  { path, directories, isOne }: Extract<Against, { readonly kind: "bundles" }>,
  wanted: readonly string[] | undefined,
): Promise<Side> {
  const nodes = new Map<string, SideNode>();
  let cluster: Compilation | undefined;
  let sources: Sources | undefined;
  for (const directory of directories) {
    const { manifest, artifacts, resources } = await readBundle(directory, undefined);
    const { node } = manifest;
    if (nodes.has(node)) throw new UserError(`${path} holds two bundles of node ${node}`);
    if (wanted !== undefined && !wanted.includes(node)) continue;
    if (resources !== undefined && sources === undefined) {
      sources = resources;
      cluster = recompiled(artifacts, resources, isOne ? [node] : wanted);
    }
    const meaning = resources === undefined ? undefined : meaningIn(cluster, node);
    nodes.set(node, { artifacts, ...(meaning === undefined ? {} : { meaning }) });
  }
  return {
    name: path,
    kind: "bundle",
    nodes,
    noMeaning: "the bundle does not come with the resources that it was compiled from",
    ...(sources === undefined ? {} : { sources }),
    ...(cluster === undefined || isOne || wanted !== undefined ? {} : { cluster }),
  };
}
