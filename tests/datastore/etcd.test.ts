import { Etcd3, type IRequestOp } from "etcd3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EtcdDatastore } from "../../runtime/datastore/etcd/etcd-datastore.ts";
import { keysOf, keysOfResource } from "../../runtime/datastore/etcd/keys.ts";
import { encodeValue } from "../../runtime/datastore/etcd/values.ts";
import { sync } from "../../runtime/datastore/syncer/syncer.ts";
import { Mirror, problem, watchFor } from "./consume.ts";
import { describeContract } from "./contract.ts";
import { EtcdServer, missingForEtcdTests } from "./etcd-server.ts";
import { NETWORK_SETS, networkSet, setKey } from "./samples.ts";

const missing = missingForEtcdTests();

describe.skipIf(missing !== undefined)(`etcd${missing === undefined ? "" : ` (${missing})`}`, () => {
  let server: EtcdServer;
  beforeAll(async () => {
    server = await EtcdServer.start();
  });
  afterAll(() => server?.close());

  test("endpoints are taken as people write them, and refused with a reason", async () => {
    for (const endpoint of [`${server.endpoint}/`, server.endpoint.replace("http://", "")]) {
      const datastore = new EtcdDatastore({
        endpoints: [endpoint],
        ca: Buffer.from("not used without https"),
      });
      expect((await datastore.list(NETWORK_SETS)).items).toEqual([]);
      await datastore.close();
    }
    expect(() => new EtcdDatastore({ endpoints: [] })).toThrow("no etcd endpoints specified");
    expect(() => new EtcdDatastore({ endpoints: ["http://a:1", "https://b:2"] })).toThrow(/all .* http/);
  });

  test("the namespace that a resource does not name is written, as Calico's client demands one", async () => {
    const datastore = new EtcdDatastore({ endpoints: [server.endpoint] });
    await datastore.create({ ...networkSet("", "bare"), metadata: { name: "bare" } });
    expect((await datastore.get(setKey("default", "bare"))).resource.metadata.namespace).toBe("default");
    await datastore.delete(setKey("default", "bare"));
    await datastore.close();
  });

  test("a watch from just before a compaction is gone, as etcd may have forgotten a delete there", async () => {
    const raw = new Etcd3({ hosts: server.endpoint });
    const datastore = new EtcdDatastore({ endpoints: [server.endpoint] });
    try {
      const { key } = await datastore.create(networkSet("prod", "a"));
      const { revision } = await datastore.list(NETWORK_SETS);
      await datastore.delete(key);
      await raw.kv.compact({ revision: String(BigInt(revision) + 1n), physical: true });
      expect(await problem(watchFor(datastore, NETWORK_SETS, revision, 1))).toEqual({
        kind: "gone",
        revision,
      });
    } finally {
      raw.close();
      await datastore.close();
    }
  });

  test("a revision that etcd has not reached, as after the restore of a backup, is gone", async () => {
    const datastore = new EtcdDatastore({ endpoints: [server.endpoint] });
    const future = { kind: "gone", revision: "1000000000" };
    expect(await problem(watchFor(datastore, NETWORK_SETS, "1000000000", 1))).toEqual(future);
    const page = datastore.list(NETWORK_SETS, { limit: 1, continue: "1000000000 /calico" });
    expect(await problem(page)).toEqual(future);
    await datastore.close();
  });

  test("a watch that has gone silent is begun again, and misses nothing", async () => {
    const datastore = new EtcdDatastore({ endpoints: [server.endpoint], silence: 300 });
    const other = new EtcdDatastore({ endpoints: [server.endpoint] });
    const view = new Mirror(datastore, [NETWORK_SETS]);
    try {
      await view.inSync();
      const { revision } = await datastore.list(NETWORK_SETS);
      expect(await problem(watchFor(datastore, NETWORK_SETS, revision, 1))).toEqual({
        kind: "unreachable",
        reason: "nothing was heard of the watch",
      });
      await other.create(networkSet("prod", "silent"));
      await view.until(({ versions }) => versions.has("prod/silent"));
      await other.delete(setKey("prod", "silent"));
      await view.until(({ versions }) => !versions.has("prod/silent"));
    } finally {
      await view.stop();
      await datastore.close();
      await other.close();
    }
  });

  test("a reader too slow for a compaction is told so, and etcd is slowed down meanwhile", {
    timeout: 60_000,
  }, async () => {
    const raw = new Etcd3({ hosts: server.endpoint });
    const datastore = new EtcdDatastore({ endpoints: [server.endpoint], silence: 10_000 });
    const over = new AbortController();
    try {
      const { revision } = await datastore.list(NETWORK_SETS);
      const events = datastore.watch(NETWORK_SETS, revision, over.signal)[Symbol.asyncIterator]();
      expect((await events.next()).value).toEqual({ kind: "bookmark", revision });
      // Far more than what fits into the buffers on the way.
      const note = "x".repeat(100_000);
      const writes = 600;
      let { resourceVersion: last } = await datastore.create({ ...networkSet("prod", "large"), note });
      for (let i = 1; i < writes; i++)
        last = (
          await datastore.update(
            { ...networkSet("prod", "large", [`10.0.${i >> 8}.${i & 255}/32`]), note },
            last,
          )
        ).resourceVersion;
      await raw.kv.compact({ revision: last, physical: true });
      const told: string[] = [];
      const rest = (async () => {
        for (let next = await events.next(); !next.done && told.at(-1) !== last; next = await events.next())
          if (next.value.kind === "upsert") told.push(next.value.stored.resourceVersion);
      })();
      const end = await problem(rest);
      // etcd 3.4 now and then forgets such a watch without a word; then the silence tells.
      expect([
        { kind: "gone", revision: told.at(-1) },
        { kind: "unreachable", reason: expect.stringContaining("nothing was heard") },
      ]).toContainEqual(end);
      expect(told.length).toBeLessThan(writes / 2);
      // What was told was told without a gap.
      const first = Number(last) - writes + 1;
      expect(told).toEqual(told.map((_, i) => `${first + i}`));
    } finally {
      over.abort();
      raw.close();
      await datastore.close();
    }
  });

  test("what etcd cannot hold ends a synchronisation, as trying again would not help", async () => {
    const datastore = new EtcdDatastore({ endpoints: [server.endpoint] });
    const pods = sync(datastore, [{ apiVersion: "v1", kind: "Pod" }], {
      signal: new AbortController().signal,
    });
    const drained = (async () => {
      for await (const event of pods) expect(event.kind).toBe("status");
    })();
    expect(await problem(drained)).toMatchObject({ kind: "invalid" });
    await datastore.close();
  });

  describeContract(
    "etcd",
    async () => {
      const raw = new Etcd3({ hosts: server.endpoint });
      await raw.delete().prefix("/calico/");
      return {
        open: async () => new EtcdDatastore({ endpoints: [server.endpoint] }),
        async seed(resources) {
          const puts = resources.map((resource): IRequestOp => {
            const [key = ""] = keysOfResource(resource);
            return { request_put: { key: Buffer.from(key), value: encodeValue(key, resource) } };
          });
          // etcd takes 128 operations in one transaction.
          for (let i = 0; i < puts.length; i += 128) await raw.kv.txn({ success: puts.slice(i, i + 128) });
        },
        async corrupt(key) {
          await raw.put(keysOf(key)[0] ?? "").value('{"kind":');
        },
        async forget() {
          const { header } = await raw.kv.range({ key: Buffer.from("/calico/"), limit: 1 });
          await raw.kv.compact({ revision: header.revision, physical: true });
        },
        stop: () => server.stop(),
        start: () => server.start(),
        async close() {
          raw.close();
        },
      };
    },
    2000,
  );
});
