import { findKind, type SourceFile } from "../../compiler/index.ts";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { readSources } from "../../runtime/datastore/files.ts";
import { CALICO_API_VERSION, CALICO_KINDS } from "../../runtime/datastore/kinds.ts";
import { keyId, type Selection, type Stored } from "../../runtime/datastore/resource.ts";
import { sync } from "../../runtime/datastore/syncer/syncer.ts";
import { UserError } from "../output/errors.ts";
import { DEFAULT_CONFIG, readSettings } from "./config-file.ts";
import { openDatastore } from "./open.ts";
import { sourceOf } from "./source.ts";

/**
 * All that the datastore holds of what the compiler reads, one source a resource; of a directory its files. `config`: as
 * `--config`. Throws UserError where the datastore cannot be read; values that cannot are said on standard error.
 */
export async function readSnapshot(config = DEFAULT_CONFIG): Promise<readonly SourceFile[]> {
  const settings = await readSettings(config, process.env);
  if (settings.type === "file") return readSources([settings.path], process.cwd());
  const { datastore } = await openDatastore(config);
  try {
    const held = settings.type === "etcdv3" ? ETCD_SELECTIONS : await kubernetesSelections();
    const stored = await snapshotOf(datastore, held.filter(isRead));
    return stored.map(({ resource }) => sourceOf(resource));
  } finally {
    await datastore.close();
  }
}

const ETCD_SELECTIONS: readonly Selection[] = CALICO_KINDS.map(({ kind }) => ({
  apiVersion: CALICO_API_VERSION,
  kind,
}));

async function kubernetesSelections(): Promise<readonly Selection[]> {
  const { KUBERNETES_SELECTIONS } = await import("../../runtime/datastore/kubernetes/served.ts");
  return KUBERNETES_SELECTIONS;
}

function isRead({ apiVersion, kind }: Selection): boolean {
  return findKind(apiVersion, kind) !== undefined;
}

/** What the syncer gives until it is in sync, sorted. The first trouble ends it: a command does not wait. */
async function snapshotOf(
  datastore: Datastore,
  selections: readonly Selection[],
): Promise<readonly Stored[]> {
  const held = new Map<string, Stored>();
  const over = new AbortController();
  try {
    for await (const event of sync(datastore, selections, { signal: over.signal })) {
      if (event.kind === "updates") {
        for (const update of event.updates)
          if (update.kind === "upsert") held.set(keyId(update.stored.key), update.stored);
          else held.delete(keyId(update.key));
        continue;
      }
      if (event.trouble !== undefined) throw new UserError(event.trouble.message);
      if (event.status !== "in-sync") continue;
      for (const { place, reason } of event.corrupt)
        process.stderr.write(`warning: ${place} cannot be read and is left out: ${reason}\n`);
      return [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stored]) => stored);
    }
  } finally {
    over.abort();
  }
  throw new UserError("the datastore could not be read to its end");
}
