import type { IKeyValue } from "etcd3";
import { type CorruptValue, DatastoreError, isCorrupt } from "../errors.ts";
import type { Stored } from "../resource.ts";
import { readKey } from "./keys.ts";
import { decodeValue } from "./values.ts";

/** `undefined`: a key of the range that is of no resource. */
export function readStored({ key, value, mod_revision }: IKeyValue): Stored | CorruptValue | undefined {
  const place = key.toString();
  const named = readKey(place);
  if (named === undefined) return undefined;
  const decoded = decodeValue(place, named, value);
  return "reason" in decoded ? decoded : { ...decoded, resourceVersion: mod_revision };
}

/** What stands under a key. */
export interface ReadValue {
  readonly etcdKey: string;
  readonly value: Stored | CorruptValue;
}

/** Values of keys that are of resources. */
export function readValues(kvs: readonly IKeyValue[]): readonly ReadValue[] {
  return kvs.flatMap((kv) => {
    const value = readStored(kv);
    return value === undefined ? [] : [{ etcdKey: kv.key.toString(), value }];
  });
}

export function storedOrThrow(kv: IKeyValue): Stored {
  const read = readStored(kv);
  if (read === undefined) throw new TypeError(`${kv.key} is the key of no resource`);
  if (isCorrupt(read)) throw new DatastoreError({ kind: "corrupt", ...read });
  return read;
}

/** What a reader would get. */
export function writtenOf(etcdKey: string, value: Buffer, revision: string): Stored {
  const named = readKey(etcdKey);
  const decoded = named && decodeValue(etcdKey, named, value);
  if (decoded === undefined || "reason" in decoded)
    throw new TypeError(`${etcdKey} has been written so that it cannot be read: ${decoded?.reason}`);
  return { ...decoded, resourceVersion: revision };
}
