import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type JsonObject, printJson } from "../../../../runtime/datastore/json.ts";
import { prefixOf, shown } from "./lists.ts";
import { type ApiResource, apiVersionOf } from "./resources.ts";
import { type Refusal, refuse } from "./status.ts";
import type { Change, Storage } from "./storage.ts";

/**
 * Streams events until `signal` aborts or the time that the client gave is over. Source: Kubernetes' API concepts,
 * "Efficient detection of changes" and "Watch bookmarks": a revision that is too old is told in the stream.
 */
export async function streamChanges(
  storage: Storage,
  resource: ApiResource,
  namespace: string,
  query: URLSearchParams,
  response: ServerResponse,
  bookmarkEvery: number,
  signal: AbortSignal,
): Promise<void> {
  const asked = query.get("resourceVersion") ?? "";
  const prefix = prefixOf(resource, namespace);
  let from = asked === "" || asked === "0" ? storage.revision : Number(asked);
  if (!Number.isInteger(from)) throw refuse.badRequest(`invalid resource version "${asked}"`);
  if (from > storage.revision) throw refuse.tooNew(from, storage.revision);
  response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
  response.flushHeaders();
  const timeout = AbortSignal.timeout(1000 * Number(query.get("timeoutSeconds") ?? 1800));
  const send = (type: string, object: JsonObject): Promise<unknown> | undefined => {
    const ready = response.write(`${printJson({ type, object })}\n`);
    return ready || signal.aborted ? undefined : once(response, "drain", { signal }).catch(() => undefined);
  };
  if (asked === "" || asked === "0")
    for (const entry of storage.at(from, prefix)) await send("ADDED", shown(entry, resource));
  const bookmarks = query.get("allowWatchBookmarks") === "true";
  let lastBookmark = Date.now();
  while (!signal.aborted && !timeout.aborted) {
    if (from < storage.oldest && from !== storage.revision) {
      await send("ERROR", (refuse.tooOld(from, storage.oldest) as Refusal).body);
      break;
    }
    const changes = storage.changesAfter(from);
    for (const change of changes) {
      if (signal.aborted) return;
      from = change.revision;
      if (change.path.startsWith(prefix)) await send(...eventOf(change, resource));
    }
    if (bookmarks && Date.now() - lastBookmark >= bookmarkEvery) {
      lastBookmark = Date.now();
      await send("BOOKMARK", bookmarkAt(resource, from));
    }
    if (changes.length === 0)
      await storage.next(AbortSignal.any([signal, timeout, AbortSignal.timeout(bookmarkEvery)]));
  }
  // In order, as a server does at the end of a watch's time.
  if (!signal.aborted) response.end();
}

function eventOf({ before, after, revision }: Change, resource: ApiResource): [string, JsonObject] {
  if (after !== undefined) return [before === undefined ? "ADDED" : "MODIFIED", shown(after, resource)];
  // The last state, in the revision of its end.
  return ["DELETED", shown({ ...before!, revision }, resource)];
}

function bookmarkAt(resource: ApiResource, revision: number): JsonObject {
  return {
    kind: resource.kind,
    apiVersion: apiVersionOf(resource),
    metadata: { resourceVersion: `${revision}`, creationTimestamp: null },
  };
}
