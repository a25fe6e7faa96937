import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CorruptValue } from "../errors.ts";
import { describeKey, keyId } from "../resource.ts";
import { type Found, type ParsedFile, parseFile } from "./documents.ts";

/** All resources of a directory at one moment, by `keyId`, in its order. Never changed once made. */
export interface Snapshot {
  readonly resources: ReadonlyMap<string, Found>;
  readonly corrupt: readonly CorruptValue[];
  readonly texts: ReadonlyMap<string, string>;
}

interface ReadFile {
  /** Equal while the file is unchanged. */
  readonly stamp: string;
  readonly parsed: ParsedFile;
}

const RESOURCE_FILE = /\.(ya?ml|json)$/i;

/** Reads a directory again and again; only files that have changed are read and parsed. */
export class Tree {
  readonly #directory: string;
  #files = new Map<string, ReadFile>();
  #snapshot: Snapshot | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The content now; the same object as before if nothing has changed. Throws errors of the file system. */
  async read(): Promise<Snapshot> {
    const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    const paths = entries
      .filter((entry) => !entry.isDirectory() && RESOURCE_FILE.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    const files = new Map<string, ReadFile>();
    let changed = this.#snapshot === undefined;
    // All at once: one after the other takes several times as long.
    const stamps = await Promise.all(paths.map(stampOf));
    for (const [i, path] of paths.entries()) {
      const name = path.slice(this.#directory.length + 1);
      const stamp = stamps[i];
      // It has gone since it was listed.
      if (stamp === undefined) continue;
      const known = this.#files.get(name);
      if (known?.stamp === stamp) files.set(name, known);
      else {
        files.set(name, { stamp, parsed: parseFile(name, await readFile(path, "utf8")) });
        changed = true;
      }
    }
    if (!changed && files.size === this.#files.size && this.#snapshot !== undefined) return this.#snapshot;
    this.#files = files;
    this.#snapshot = combine([...files].map(([name, { parsed }]) => [name, parsed]));
    return this.#snapshot;
  }
}

async function stampOf(path: string): Promise<string | undefined> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
    return `${mtimeNs} ${ctimeNs} ${size} ${ino}`;
  } catch {
    return undefined;
  }
}

/** Where a resource is in two places the first one counts, by the order of paths; the other is reported. */
function combine(files: readonly (readonly [string, ParsedFile])[]): Snapshot {
  const first = new Map<string, Found>();
  const corrupt: CorruptValue[] = [];
  for (const [, parsed] of files) {
    corrupt.push(...parsed.corrupt);
    for (const found of parsed.found) {
      const id = keyId(found.key);
      const other = first.get(id);
      if (other === undefined) first.set(id, found);
      else
        corrupt.push({
          place: `${found.file} document ${found.chunk + 1}`,
          key: undefined,
          reason: `${describeKey(found.key)} is already in ${other.file}`,
        });
    }
  }
  const sorted = [...first].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    resources: new Map(sorted),
    corrupt,
    texts: new Map(files.map(([name, { text }]) => [name, text])),
  };
}
