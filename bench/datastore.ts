// What it costs to learn and follow what an etcd holds, as multiples of etcdctl in the same run: the time of an initial
// synchronisation over that of a dump as JSON, the memory over the size of that JSON; and milliseconds from a write to
// the engine. Needs etcd and etcdctl.
//   npm run bench:datastore -- [--resources 50000] [--rounds 5] [--writes 201] [--json]
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Engine } from "../compiler/engine/engine.ts";
import { EtcdDatastore } from "../runtime/datastore/etcd/etcd-datastore.ts";
import { sync } from "../runtime/datastore/syncer/syncer.ts";
import { EtcdServer, missingForEtcdTests, run } from "../tests/datastore/etcd-server.ts";
import { POLICIES, policy, seedPolicies } from "../tests/datastore/many-policies.ts";
import type { Synced } from "./datastore/sync.ts";
import { lower, median } from "./engine/stages.ts";

const { values } = parseArgs({
  options: {
    resources: { type: "string", default: "50000" },
    rounds: { type: "string", default: "5" },
    writes: { type: "string", default: "201" },
    json: { type: "boolean" },
  },
});
const missing = missingForEtcdTests(["etcd", "etcdctl"]);
if (missing !== undefined) throw new Error(`this benchmark ${missing}`);
const COUNT = Number(values.resources);

/** Milliseconds and bytes of `etcdctl get --prefix /calico/ -w json`, whose output nobody keeps. */
function dump(endpoint: string): { readonly milliseconds: number; readonly bytes: number } {
  const start = performance.now();
  const counted = run("sh", ["-c", `etcdctl --endpoints=${endpoint} get --prefix /calico/ -w json | wc -c`], {
    ETCDCTL_API: "3",
  });
  return { milliseconds: performance.now() - start, bytes: Number(counted) };
}

function synchronise(endpoint: string): Synced {
  const program = fileURLToPath(new URL("./datastore/sync.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, endpoint], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  const synced = JSON.parse(stdout) as Synced;
  if (synced.count !== COUNT) throw new Error(`${synced.count} of ${COUNT} resources came`);
  return synced;
}

/** Milliseconds from the start of each write of a policy until the engine, which holds all others, has taken it. */
async function follow(endpoint: string, writes: number): Promise<readonly number[]> {
  const datastore = new EtcdDatastore({ endpoints: [endpoint] });
  const writer = new EtcdDatastore({ endpoints: [endpoint] });
  const over = new AbortController();
  const engine = new Engine();
  const synced = Promise.withResolvers<void>();
  let taken: ((at: number) => void) | undefined;
  const following = (async () => {
    for await (const event of sync(datastore, [POLICIES], { signal: over.signal })) {
      if (event.kind === "updates") {
        const resources = event.updates.flatMap((update) =>
          update.kind === "upsert" ? [update.stored.resource] : [],
        );
        engine.update(lower(resources));
        taken?.(performance.now());
      } else if (event.status === "in-sync") synced.resolve();
    }
  })();
  await synced.promise;
  const times: number[] = [];
  for (let i = 0; i < writes; i++) {
    const arrival = new Promise<number>((resolve) => {
      taken = resolve;
    });
    const start = performance.now();
    await writer.create(policy(COUNT + i));
    times.push((await arrival) - start);
  }
  over.abort();
  await following;
  await Promise.all([datastore.close(), writer.close()]);
  return times;
}

const server = await EtcdServer.start();
try {
  await seedPolicies(server.endpoint, COUNT);
  const rounds = Array.from({ length: Number(values.rounds) }, () => {
    const dumped = dump(server.endpoint);
    const synced = synchronise(server.endpoint);
    return {
      dumpMs: dumped.milliseconds,
      jsonMb: dumped.bytes / 1e6,
      syncMs: synced.milliseconds,
      sync_over_etcdctl: synced.milliseconds / dumped.milliseconds,
      peak_rss_over_json: synced.peakRss / dumped.bytes,
      growth_over_json: (synced.peakRss - synced.idleRss) / dumped.bytes,
    };
  });
  const of = (name: keyof (typeof rounds)[number]): number => median(rounds.map((round) => round[name]));
  const times = await follow(server.endpoint, Number(values.writes));
  const figures = {
    resources: COUNT,
    ...{ json_mb: of("jsonMb"), etcdctl_ms: of("dumpMs"), sync_ms: of("syncMs") },
    sync_over_etcdctl: of("sync_over_etcdctl"),
    peak_rss_over_json: of("peak_rss_over_json"),
    growth_over_json: of("growth_over_json"),
    write_to_engine_ms: median(times),
  };
  if (values.json) console.log(JSON.stringify(figures));
  else
    for (const [name, value] of Object.entries(figures)) console.log(`${name} ${Number(value.toFixed(2))}`);
} finally {
  await server.close();
}
