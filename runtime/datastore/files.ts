import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { text } from "node:stream/consumers";
import type { SourceFile } from "../../compiler/index.ts";

/** Why a path could not be read, for a person: what, where, what to do. */
export class SourceError extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(message);
    this.name = "SourceError";
    this.path = path;
  }
}

/** By its name. */
export function isResourceFile(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}

const GLOB = /[*?[\]{}]/;

/**
 * Reads resource files. Each of `paths` is a file, a directory (all `.yaml`, `.yml` and `.json` below it), a glob,
 * or `-` for standard input. The result is sorted by path and holds each file once; paths are relative to `cwd`
 * where they lie below it, so that diagnostics read the same on every machine.
 */
export async function readSources(paths: readonly string[], cwd: string): Promise<readonly SourceFile[]> {
  const files = new Set<string>();
  let stdin = false;
  for (const path of paths) {
    if (path === "-") stdin = true;
    else for (const file of await expand(path, cwd)) files.add(file);
  }
  const sorted = [...files].sort();
  const read = await Promise.all(
    sorted.map(async (file) => ({ path: displayPath(file, cwd), text: await readFile(file, "utf8") })),
  );
  return stdin ? [{ path: "<stdin>", text: await text(process.stdin) }, ...read] : read;
}

async function expand(path: string, cwd: string): Promise<readonly string[]> {
  const absolute = join(path.startsWith(sep) ? "" : cwd, path);
  const info = await stat(absolute).catch(() => undefined);
  if (info?.isDirectory()) return walk(absolute);
  if (info !== undefined) return [absolute];
  if (!GLOB.test(path)) throw new SourceError(path, `no such file or directory: ${path}`);
  const { glob } = await import("tinyglobby");
  const found = await glob(path, { cwd, absolute: true, onlyFiles: true });
  if (found.length === 0) throw new SourceError(path, `no file matches the pattern ${path}`);
  return found;
}

async function walk(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && isResourceFile(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
  if (files.length === 0) throw new SourceError(directory, `no .yaml, .yml or .json file below ${directory}`);
  return files;
}

function displayPath(file: string, cwd: string): string {
  const short = relative(cwd, file);
  return short.startsWith("..") ? file : short;
}
