import { setTimeout as delay } from "node:timers/promises";
import { DatastoreError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject, objectOf, parseJson } from "../json.ts";
import type { ApiClient } from "./client.ts";
import { pathOf, type ServedKind } from "./served.ts";
import { readStatus, translateStatus } from "./status.ts";

/** `object`: of the change; absent = nothing has changed up to the revision. */
export interface ObjectChange {
  readonly kind: "upsert" | "delete" | "bookmark";
  readonly object?: Json;
  readonly revision: string;
}

/** Seconds that a watch may last before the server ends it, at least and at most; so long does client-go ask for. */
const SHORTEST = 300;
const LONGEST = 600;
/** Milliseconds. After its time a watch of which nothing is heard has lost its connection without a word. */
const GRACE = 30_000;
const PAUSE = 500;

/**
 * All changes after `revision` until the signal aborts, through as many requests as it takes: a server ends each after
 * a while. The first is a bookmark. Throws gone, unauthorized, unreachable.
 */
export async function* watchObjects(
  client: ApiClient,
  served: ServedKind,
  namespace: string,
  revision: string,
  signal: AbortSignal,
): AsyncGenerator<ObjectChange, void, undefined> {
  let from = revision;
  for (let first = true; !signal.aborted; first = false) {
    if (!first) await delay(PAUSE, undefined, { signal }).catch(() => undefined);
    const seconds = SHORTEST + Math.floor(Math.random() * (LONGEST - SHORTEST));
    const request = {
      method: "GET",
      path: pathOf(served, namespace),
      query: {
        watch: "true",
        allowWatchBookmarks: "true",
        resourceVersion: from,
        timeoutSeconds: `${seconds}`,
      },
    } as const;
    for await (const line of client.lines(request, seconds * 1000 + GRACE, signal)) {
      if (line === undefined) {
        if (first) yield { kind: "bookmark", revision: from };
      } else if (typeof line === "string") {
        const change = readLine(line, from);
        from = change.revision;
        yield change;
      } else if (line.code === 404) {
        // The kind has been taken from the server; the list says so.
        throw new DatastoreError({ kind: "gone", revision: from });
      } else throw translateStatus(line, { verb: "watch", served, revision: from });
    }
  }
}

function readLine(line: string, from: string): ObjectChange {
  const event = parsed(line);
  const { type, object } = event;
  if (!isJsonObject(object)) throw unreadable(line);
  if (type === "ERROR") throw errorOf(object, from);
  const metadata = objectOf(object.metadata);
  if (typeof metadata.resourceVersion !== "string") throw unreadable(line);
  const revision = metadata.resourceVersion;
  switch (type) {
    case "ADDED":
    case "MODIFIED":
      return { kind: "upsert", object, revision };
    case "DELETED":
      return { kind: "delete", object, revision };
    case "BOOKMARK":
      return { kind: "bookmark", revision };
    default:
      throw unreadable(line);
  }
}

function parsed(line: string): JsonObject {
  try {
    const event = parseJson(line);
    if (isJsonObject(event)) return event;
  } catch {
    // As for any other line that is no event.
  }
  throw unreadable(line);
}

/** Whatever else stops a watch in its course, the way back that always works is a new list, as in client-go. */
function errorOf(object: JsonObject, from: string): DatastoreError {
  const status = readStatus(500, object);
  if (status.code === 429)
    return new DatastoreError({ kind: "unreachable", reason: `${status.message} (HTTP status 429)` });
  return new DatastoreError({ kind: "gone", revision: from });
}

function unreadable(line: string): DatastoreError {
  return new DatastoreError({
    kind: "unreachable",
    reason: `a watch says what cannot be read: ${line.slice(0, 80)}`,
  });
}
