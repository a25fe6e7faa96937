// One synchronisation of all policies of an etcd, in a process of its own, which keeps every resource.
//   node bench/datastore/sync.ts ENDPOINT
import { keyId, type Stored } from "../../runtime/datastore/resource.ts";
import { sync } from "../../runtime/datastore/syncer/syncer.ts";
import { POLICIES } from "../../tests/datastore/many-policies.ts";

/** What the process says on standard output, as JSON. */
export interface Synced {
  readonly milliseconds: number;
  readonly count: number;
  /** Bytes of the whole process: before, and at most until the end. */
  readonly idleRss: number;
  readonly peakRss: number;
}

// As commands load it, so that the bundle keeps it where it finds its definitions.
const { EtcdDatastore } = await import("../../runtime/datastore/etcd/etcd-datastore.ts");
const datastore = new EtcdDatastore({ endpoints: [process.argv[2] ?? ""] });
const over = new AbortController();
const held = new Map<string, Stored>();
const idleRss = process.memoryUsage.rss();
const start = performance.now();
for await (const event of sync(datastore, [POLICIES], { signal: over.signal })) {
  if (event.kind === "updates") {
    for (const update of event.updates)
      if (update.kind === "upsert") held.set(keyId(update.stored.key), update.stored);
  } else if (event.status === "in-sync") over.abort();
}
const milliseconds = performance.now() - start;
await datastore.close();
const synced: Synced = {
  ...{ milliseconds, count: held.size, idleRss },
  peakRss: process.resourceUsage().maxRSS * 1024,
};
console.log(JSON.stringify(synced));
