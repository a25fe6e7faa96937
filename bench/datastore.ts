// What it costs to learn and follow what an etcd holds, as multiples of etcdctl in the same run: the time of an initial
// synchronisation over that of a dump as JSON, the memory over the size of that JSON; and milliseconds from a write to
// the engine. Needs etcd and etcdctl.
//   npm run bench:datastore -- [--resources 50000] [--rounds 5] [--writes 201] [--json]
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Engine } from "../compiler/engine/engine.ts";
import { EtcdDatastore } from "../runtime/datastore/etcd/etcd-datastore.ts";
import { sync } from "../runtime/datastore/syncer/syncer.ts";
import { buildBinaries } from "../scripts/build.ts";
import { EtcdServer, missingForEtcdTests, run } from "../tests/datastore/etcd-server.ts";
import { POLICIES, policy, seedPolicies } from "../tests/datastore/many-policies.ts";
import type { Synced } from "./datastore/sync.ts";
import { median, updatesOf } from "./engine/stages.ts";

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

/** In a process of its own, bundled as programs are shipped; `flags` are Node's. */
function synchronise(program: string, flags: readonly string[], endpoint: string): Synced {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, program, endpoint], {
    encoding: "utf8",
  });
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
        engine.update(updatesOf(resources));
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

/** V8 lets garbage of short lives pile up to three times this (16 MB unless told) before it looks. */
const SMALL = ["--max-semi-space-size=4"];

const directory = await mkdtemp(join(tmpdir(), "bench-datastore-"));
const server = await EtcdServer.start();
try {
  await buildBinaries(directory, { sync: "bench/datastore/sync.ts" });
  await seedPolicies(server.endpoint, COUNT);
  const program = join(directory, "sync.js");
  const rounds = Array.from({ length: Number(values.rounds) }, () => {
    const dumped = dump(server.endpoint);
    const usual = synchronise(program, [], server.endpoint);
    const small = synchronise(program, SMALL, server.endpoint);
    return {
      ...{ json_mb: dumped.bytes / 1e6, etcdctl_ms: dumped.milliseconds, sync_ms: usual.milliseconds },
      sync_over_etcdctl: usual.milliseconds / dumped.milliseconds,
      idle_rss_mb: usual.idleRss / 1e6,
      peak_rss_over_json: usual.peakRss / dumped.bytes,
      small_sync_over_etcdctl: small.milliseconds / dumped.milliseconds,
      small_peak_rss_over_json: small.peakRss / dumped.bytes,
    };
  });
  const names = Object.keys(rounds[0] ?? {}) as (keyof (typeof rounds)[number])[];
  const times = await follow(server.endpoint, Number(values.writes));
  const figures = {
    resources: COUNT,
    ...Object.fromEntries(names.map((name) => [name, median(rounds.map((round) => round[name]))])),
    write_to_engine_ms: median(times),
  };
  if (values.json) console.log(JSON.stringify(figures));
  else
    for (const [name, value] of Object.entries(figures)) console.log(`${name} ${Number(value.toFixed(2))}`);
} finally {
  await server.close();
  await rm(directory, { recursive: true, force: true });
}
