import { describe, expect, test } from "vitest";
import { EtcdDatastore } from "../../runtime/datastore/etcd/etcd-datastore.ts";
import { sync } from "../../runtime/datastore/syncer/syncer.ts";
import { EtcdServer, missingForEtcdTests, run } from "./etcd-server.ts";
import { POLICIES, seedPolicies } from "./many-policies.ts";

const missing = process.env.CALICO_LONG_TESTS
  ? missingForEtcdTests(["etcd", "etcdctl"])
  : "needs CALICO_LONG_TESTS=1";
const COUNT = 50_000;
/** Milliseconds until everything has been given. */
async function timeOfSync(endpoint: string): Promise<number> {
  const datastore = new EtcdDatastore({ endpoints: [endpoint] });
  const over = new AbortController();
  const started = performance.now();
  let count = 0;
  for await (const event of sync(datastore, [POLICIES], { signal: over.signal })) {
    if (event.kind === "updates") count += event.updates.length;
    else if (event.status === "in-sync") over.abort();
  }
  const took = performance.now() - started;
  expect(count).toBe(COUNT);
  await datastore.close();
  return took;
}

/** Median milliseconds from a write to the consumer's update. */
async function latency(endpoint: string): Promise<number> {
  const datastore = new EtcdDatastore({ endpoints: [endpoint] });
  const over = new AbortController();
  const selection = { ...POLICIES, kind: "GlobalNetworkPolicy" };
  const heard: ((at: number) => void)[] = [];
  const synced = Promise.withResolvers<void>();
  const consumer = (async () => {
    for await (const event of sync(datastore, [selection], { signal: over.signal }))
      if (event.kind === "updates") heard.shift()?.(performance.now());
      else if (event.status === "in-sync") synced.resolve();
  })();
  await synced.promise;
  const times: number[] = [];
  for (let i = 0; i < 51; i++) {
    const arrival = new Promise<number>((resolve) => heard.push(resolve));
    const started = performance.now();
    await datastore.create({ ...selection, metadata: { name: `g${i}` }, spec: {} });
    times.push((await arrival) - started);
  }
  over.abort();
  await consumer;
  await datastore.close();
  return times.sort((a, b) => a - b)[25]!;
}

describe.skipIf(missing !== undefined)(
  `cost of a synchronisation${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test("50,000 policies take at most twice what etcdctl needs to dump them", {
      timeout: 300_000,
    }, async () => {
      const server = await EtcdServer.start();
      try {
        await seedPolicies(server.endpoint, COUNT);
        const ratios: number[] = [];
        for (let round = 0; round < 5; round++) {
          const started = performance.now();
          const dump = run(
            "sh",
            ["-c", `etcdctl --endpoints=${server.endpoint} get --prefix /calico/ -w json | wc -c`],
            {
              ETCDCTL_API: "3",
            },
          );
          const dumped = performance.now() - started;
          expect(Number(dump)).toBeGreaterThan(COUNT * 500);
          ratios.push((await timeOfSync(server.endpoint)) / dumped);
        }
        const median = ratios.sort((a, b) => a - b)[2]!;
        const written = (await latency(server.endpoint)).toFixed(1);
        process.stdout.write(
          `sync/etcdctl ${median.toFixed(2)} (median of 5); write to update ${written} ms (median)\n`,
        );
        expect(median).toBeLessThan(2);
      } finally {
        await server.close();
      }
    });
  },
);
