import { relative } from "node:path";
import type { SourceFile } from "../../compiler/index.ts";
import { mapAtOnce } from "../at-once.ts";
import { isResourceFile, SourceError } from "../datastore/files.ts";
import { runTool } from "../host/run.ts";

const GLOB = /[*?[\]{}]/;
/** Calls of `git show` that run side by side. */
const AT_ONCE = 8;

/** The full name of the commit; `undefined` = there is none of that name, or no repository around `directory`. */
export async function commitOf(name: string, directory: string): Promise<string | undefined> {
  const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${name}^{commit}`];
  const { code, stdout } = await runTool("git", ["-C", directory, ...args]);
  return code === 0 ? stdout.trim() : undefined;
}

/**
 * Resource files as they were at a commit: `paths`, files or directories relative to `directory`, which need not be
 * there any more. The names say so: `COMMIT:path`. Throws `SourceError`.
 */
export async function readCommit(
  commit: string,
  paths: readonly string[],
  directory: string,
): Promise<readonly SourceFile[]> {
  const files = new Set<string>();
  for (const path of paths) for (const file of await filesAt(commit, path, directory)) files.add(file);
  if (files.size === 0)
    throw new SourceError(
      paths.join(", "),
      `commit ${commit.slice(0, 10)} has no resources at ${paths.join(", ")}`,
    );
  return mapAtOnce(AT_ONCE, [...files].sort(), (file) => fileAt(commit, file, directory));
}

async function filesAt(commit: string, path: string, directory: string): Promise<readonly string[]> {
  if (path === "-" || GLOB.test(path))
    throw new SourceError(path, `${path}: a git commit is read by the names of files and directories`);
  const from = relative(directory, path.startsWith("/") ? path : `${directory}/${path}`) || ".";
  const args = ["--literal-pathspecs", "ls-tree", "-r", "-z", commit, "--", from];
  const { code, stdout, stderr } = await runTool("git", ["-C", directory, ...args]);
  if (code !== 0) throw new SourceError(path, `git ls-tree ${commit} ${from}: ${stderr.trim()}`);
  return stdout
    .split("\0")
    .filter((entry) => entry !== "")
    .flatMap((entry) => {
      const [, mode = "", name = ""] = /^(\d+) \S+ \S+\t(.*)$/s.exec(entry) ?? [];
      // A file that is named is read whatever it is called, as everywhere.
      if (name !== from && !isResourceFile(name)) return [];
      if (!mode.startsWith("100")) throw new SourceError(name, `${name} is not a plain file in ${commit}`);
      return [name];
    });
}

async function fileAt(commit: string, path: string, directory: string): Promise<SourceFile> {
  const { code, stdout, stderr } = await runTool("git", ["-C", directory, "show", `${commit}:./${path}`]);
  if (code !== 0) throw new SourceError(path, `git show ${commit}:./${path}: ${stderr.trim()}`);
  return { path: `${commit.slice(0, 10)}:${path}`, text: stdout };
}
