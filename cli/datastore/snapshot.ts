import { findKind, type SourceFile } from "../../compiler/index.ts";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import type { CorruptValue } from "../../runtime/datastore/errors.ts";
import { readSources } from "../../runtime/datastore/files.ts";
import { CALICO_API_VERSION, CALICO_KINDS } from "../../runtime/datastore/kinds.ts";
import { keyId, type Selection, type Stored } from "../../runtime/datastore/resource.ts";
import { sync } from "../../runtime/datastore/syncer/syncer.ts";
import { UserError } from "../output/errors.ts";
import { DEFAULT_CONFIG, readSettings } from "./config-file.ts";
import { openDatastore } from "./open.ts";
import { sourceOf } from "./source.ts";

export interface Snapshot {
  /** One a resource; of a directory its files. */
  readonly files: readonly SourceFile[];
  /** Values that are no resources; none of a directory, whose files say it themselves. */
  readonly unreadable: readonly CorruptValue[];
}

/** As `readSnapshot`. Throws UserError, too, for a value that cannot be read: it may be what denies. */
export async function readWhole(config = DEFAULT_CONFIG): Promise<readonly SourceFile[]> {
  const { files, unreadable } = await readSnapshot(config);
  if (unreadable.length === 0) return files;
  const values = unreadable.map(({ place, reason }) => `\n  ${place}: ${reason}`);
  throw new UserError(`the datastore holds what cannot be read: mend or delete it${values.join("")}`);
}

/**
 * All that the datastore holds of what the compiler reads. `config`: as `--config`. Throws UserError where the datastore
 * cannot be read.
 */
export async function readSnapshot(config: string): Promise<Snapshot> {
  const settings = await readSettings(config, process.env);
  if (settings.type === "file")
    return { files: await readSources([settings.path], process.cwd()), unreadable: [] };
  const { datastore } = await openDatastore(config);
  try {
    const held = settings.type === "etcdv3" ? ETCD_SELECTIONS : await kubernetesSelections();
    return await snapshotOf(datastore, held.filter(isRead));
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
async function snapshotOf(datastore: Datastore, selections: readonly Selection[]): Promise<Snapshot> {
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
      const sorted = [...held].sort(([a], [b]) => (a < b ? -1 : 1));
      return { files: sorted.map(([, { resource }]) => sourceOf(resource)), unreadable: event.corrupt };
    }
  } finally {
    over.abort();
  }
  throw new UserError("the datastore could not be read to its end");
}
