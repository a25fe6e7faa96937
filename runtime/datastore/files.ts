import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { buffer } from "node:stream/consumers";
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
  const read = await Promise.all(sorted.map((file) => readSource(file, displayPath(file, cwd))));
  return stdin ? [{ path: "<stdin>", text: decode("<stdin>", await buffer(process.stdin)) }, ...read] : read;
}

async function readSource(file: string, path: string): Promise<SourceFile> {
  const bytes = await readFile(file).catch((error: Error) => {
    throw new SourceError(path, `cannot read ${path}: ${error.message}`);
  });
  return { path, text: decode(path, bytes) };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Go's YAML refuses bytes that are no text, too; replaced by a mark they would be part of a name or a selector. */
function decode(path: string, bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw new SourceError(path, `cannot read ${path}: ${String(error)}`);
    const [first, second] = bytes;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    throw new SourceError(path, `${path} is ${isUtf16 ? "UTF-16" : "not UTF-8"}: save it as UTF-8`);
  }
}

async function expand(path: string, cwd: string): Promise<readonly string[]> {
  if (path === "") throw new SourceError(path, "the path of a file is empty");
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
  const files: string[] = [];
  for (const entry of entries) {
    if (!isResourceFile(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() || (entry.isSymbolicLink() && !(await leadsToDirectory(file)))) files.push(file);
  }
  if (files.length === 0) throw new SourceError(directory, `no .yaml, .yml or .json file below ${directory}`);
  return files;
}

/** Links to directories are not followed; one that leads nowhere is told when it is read. */
async function leadsToDirectory(link: string): Promise<boolean> {
  return (await stat(link).catch(() => undefined))?.isDirectory() ?? false;
}

function displayPath(file: string, cwd: string): string {
  const short = relative(cwd, file);
  return short.startsWith("..") ? file : short;
}
