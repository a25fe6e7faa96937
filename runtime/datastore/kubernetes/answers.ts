import type { WatchEvent } from "../datastore.ts";
import { type CorruptValue, DatastoreError, isCorrupt } from "../errors.ts";
import { isJsonObject, type Json, objectOf } from "../json.ts";
import type { ResourceKey, Stored } from "../resource.ts";
import type { ApiAnswer } from "./client.ts";
import type { ServedKind } from "./served.ts";
import { type Asked, translateStatus } from "./status.ts";
import { type ReadObject, readObject } from "./values.ts";

/** More than a server reads of a request. */
const MOST_BYTES = 3 * 1024 * 1024;

/** The answer, or the error that the status means. */
export function demand(answer: ApiAnswer, asked: Asked): Json {
  if (answer.ok) return answer.body;
  throw translateStatus(answer.status, asked);
}

/** `token`: of the next page. Throws unreachable for what is no list. */
export function readList(served: ServedKind, list: Json) {
  const { metadata, items } = objectOf(list);
  if (!isJsonObject(metadata) || typeof metadata.resourceVersion !== "string")
    throw new DatastoreError({
      kind: "unreachable",
      reason: `the list of ${served.plural} has no resourceVersion`,
    });
  const token =
    typeof metadata.continue === "string" && metadata.continue !== "" ? metadata.continue : undefined;
  const reads = (Array.isArray(items) ? items : []).map((item) => readObject(served, item));
  return { reads, revision: metadata.resourceVersion, token };
}

/** Whether it is the object of this resource, and not that of another with the same name on the server. */
export function isOf(key: ResourceKey, read: ReadObject | undefined): boolean {
  return read !== undefined && !isCorrupt(read.value) && read.value.key.name === key.name;
}

/** Throws too-large before anything is sent: a server breaks the connection without an answer. */
export function demandSize(key: ResourceKey, body: string): string {
  const bytes = Buffer.byteLength(body);
  if (bytes > MOST_BYTES) throw new DatastoreError({ kind: "too-large", key, bytes });
  return body;
}

/** Throws corrupt. */
export function storedOrThrow(served: ServedKind, object: Json): Stored {
  const { value } = readObject(served, object);
  if (isCorrupt(value)) throw new DatastoreError({ kind: "corrupt", ...value });
  return value;
}

export function deletionOf(value: Stored | CorruptValue, revision: string): WatchEvent {
  return value.key === undefined
    ? { kind: "cleared", place: "place" in value ? value.place : "", revision }
    : { kind: "delete", key: value.key, revision };
}

export function versionOf(object: Json): string {
  const metadata = isJsonObject(object) ? object.metadata : undefined;
  return isJsonObject(metadata) ? String(metadata.resourceVersion ?? "") : "";
}
