import { readFileSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as othersTurn } from "node:timers/promises";
import type { CorruptValue } from "../errors.ts";
import { isResourceFile } from "../files.ts";
import { describeKey, keyId } from "../resource.ts";
import { type Found, type ParsedFile, parseFile } from "./documents.ts";

/** All resources of a directory at one moment, by `keyId`, in its order. Never changed once made. */
export interface Snapshot {
  readonly resources: ReadonlyMap<string, Found>;
  readonly corrupt: readonly CorruptValue[];
  readonly texts: ReadonlyMap<string, string>;
}

interface KnownFile {
  /** Equal while the file is unchanged; `undefined`: it is too new to tell. */
  readonly stamp: string | undefined;
  readonly parsed: ParsedFile;
}

/** Milliseconds after which other tasks get their turn. */
const SLICE = 20;
/** Nanoseconds within which a file may change twice and show one time: the clocks of file systems tick slowly. */
const TICK = 100_000_000n;

/**
 * Reads a directory again and again; only files that have changed are read and parsed. Files are asked for without
 * waiting, in slices: to wait for each of thousands of small ones takes several times as long.
 */
export class Tree {
  readonly #directory: string;
  #files = new Map<string, KnownFile>();
  #snapshot: Snapshot | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** The content now; the same object as before if nothing has changed. Throws errors of the file system. */
  async read(): Promise<Snapshot> {
    const entries = await readdir(this.#directory, { recursive: true, withFileTypes: true });
    const names = entries
      .filter((entry) => !entry.isDirectory() && isResourceFile(entry.name))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.#directory.length + 1));
    const files = new Map<string, KnownFile>();
    let began = performance.now();
    for (const name of names.sort()) {
      if (performance.now() - began > SLICE) {
        await othersTurn();
        began = performance.now();
      }
      const file = this.#unchanged(name) ?? this.#readFile(name);
      if (file !== undefined) files.set(name, file);
    }
    return this.#hold(files);
  }

  /** The content after a change of one file by whoever holds the lock: no other file is looked at. */
  readOne(name: string): Snapshot {
    const file = this.#readFile(name);
    const files = new Map(this.#files);
    if (file === undefined) files.delete(name);
    else files.set(name, file);
    return this.#hold(new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1))));
  }

  #unchanged(name: string): KnownFile | undefined {
    const known = this.#files.get(name);
    return known?.stamp !== undefined && known.stamp === this.#stamp(name) ? known : undefined;
  }

  /** `undefined` if it has gone since it was listed. Throws errors of the file system. */
  #readFile(name: string): KnownFile | undefined {
    // Before the content: what is written in between shows as a change the next time.
    const stamp = this.#stamp(name);
    const text = ofFile(() => readFileSync(join(this.#directory, name), "utf8"));
    if (text === undefined) return undefined;
    const known = this.#files.get(name);
    return { stamp, parsed: known?.parsed.text === text ? known.parsed : parseFile(name, text) };
  }

  #stamp(name: string): string | undefined {
    const info = ofFile(() => statSync(join(this.#directory, name), { bigint: true }));
    if (info === undefined) return undefined;
    const { mtimeNs, ctimeNs, size, ino } = info;
    const now = BigInt(Date.now()) * 1_000_000n;
    return now - ctimeNs > TICK && now - mtimeNs > TICK ? `${mtimeNs} ${ctimeNs} ${size} ${ino}` : undefined;
  }

  #hold(files: Map<string, KnownFile>): Snapshot {
    const before = this.#files;
    const isSame =
      files.size === before.size &&
      [...files].every(([name, { parsed }]) => before.get(name)?.parsed === parsed);
    this.#files = files;
    if (this.#snapshot === undefined || !isSame) this.#snapshot = combine(files);
    return this.#snapshot;
  }
}

/** What `ask` says of a file, or `undefined` if there is none: it has gone, or is a link to nothing or a directory. */
function ofFile<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Error && "code" in error && NO_FILE.has(error.code)) return undefined;
    throw error;
  }
}

const NO_FILE: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ELOOP"]);

/** Where a resource is in two places the first one counts, by the order of paths; the other is reported. */
function combine(files: ReadonlyMap<string, KnownFile>): Snapshot {
  const first = new Map<string, Found>();
  const corrupt: CorruptValue[] = [];
  for (const { parsed } of files.values()) {
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
    texts: new Map([...files].map(([name, { parsed }]) => [name, parsed.text])),
  };
}
