import { expect, test } from "vitest";
import { listAll, problem, watchFor } from "./consume.ts";
import { type Cannot, type Subject, testWith } from "./contract.ts";
import { NETWORK_SETS, networkSet, pool, setKey } from "./samples.ts";

/** The part of the contract that is about watches, and about what a synchronisation makes of lists and watches. */
export function testWatches(subject: () => Subject, writes: number, cannot: Cannot): void {
  test("a watch tells all changes after its revision, in order, and can be resumed", async () => {
    const { datastore } = subject();
    const { revision } = await datastore.list(NETWORK_SETS);
    const over = new AbortController();
    const seen = (async () => {
      const told: string[] = [];
      const revisions: string[] = [];
      for await (const event of datastore.watch(NETWORK_SETS, revision, over.signal)) {
        if (event.kind === "bookmark") continue;
        told.push(
          event.kind === "upsert"
            ? `${event.stored.key.name}=${JSON.stringify((event.stored.resource.spec as { nets: unknown }).nets)}`
            : `${event.kind} ${"key" in event ? event.key.name : ""}`,
        );
        revisions.push(event.revision);
        if (told.length === 4) over.abort();
      }
      return { told, revisions };
    })();
    const a = await datastore.create(networkSet("prod", "a", ["1.0.0.0/8"]));
    await datastore.create(pool("elsewhere", "10.0.0.0/16"));
    await datastore.update(networkSet("prod", "a", ["2.0.0.0/8"]), a.resourceVersion);
    await datastore.create(networkSet("prod", "b", []));
    await datastore.delete(a.key);
    const { told, revisions } = await seen;
    expect(told).toEqual(['a=["1.0.0.0/8"]', 'a=["2.0.0.0/8"]', "b=[]", "delete a"]);
    const rest = await watchFor(datastore, NETWORK_SETS, revisions[1]!, 2);
    expect(rest.map((event) => event.kind)).toEqual(["upsert", "delete"]);
  });

  test("a watch sees what another client writes", async () => {
    const { datastore, open } = subject();
    const { revision } = await datastore.list(NETWORK_SETS);
    const seen = watchFor(datastore, NETWORK_SETS, revision, 1);
    const other = await open();
    await other.create(networkSet("prod", "a"));
    expect(await seen).toMatchObject([{ kind: "upsert", stored: { key: { name: "a" } } }]);
  });

  testWith(
    cannot,
    "forget",
    "a watch of a lost history says gone; a synchronisation survives it and tells only differences",
    async () => {
      const { harness, datastore, open, mirror } = subject();
      await datastore.create(networkSet("prod", "stays"));
      await datastore.create(networkSet("prod", "goes"));
      const old = (await datastore.list(NETWORK_SETS)).revision;
      const view = mirror(datastore, [NETWORK_SETS]);
      await view.inSync();
      expect(view.statuses).toEqual(["wait", "resync", "in-sync"]);
      expect(view.updates).toBe(2);
      await harness.stop();
      await harness.start();
      const other = await open();
      await other.delete(setKey("prod", "goes"));
      await other.create(networkSet("prod", "comes"));
      await harness.forget();
      await view.until(({ versions }) => versions.has("prod/comes") && !versions.has("prod/goes"));
      await view.inSync();
      // One difference each; Mirror throws if a version is told twice.
      expect(view.updates).toBe(4);
      expect(await problem(watchFor(datastore, NETWORK_SETS, old, 1))).toEqual({
        kind: "gone",
        revision: old,
      });
    },
  );

  testWith(cannot, "stop", "a server that dies between two pages is waited for", async () => {
    const { harness, datastore, mirror } = subject();
    await harness.seed(Array.from({ length: 40 }, (_, i) => networkSet("prod", `s${i}`)));
    const first = await datastore.list(NETWORK_SETS, { limit: 10 });
    await harness.stop();
    expect(await problem(datastore.list(NETWORK_SETS, { limit: 10, continue: first.next! }))).toMatchObject({
      kind: "unreachable",
    });
    const view = mirror(datastore, [NETWORK_SETS], { pageSize: 10 });
    await view.until(({ report }) => report?.trouble !== undefined);
    expect(view.statuses).toEqual(["wait"]);
    expect(view.report?.trouble?.problem.kind).toBe("unreachable");
    await harness.start();
    await view.inSync();
    expect(view.versions.size).toBe(40);
    expect(view.report?.trouble).toBeUndefined();
  });

  testWith(cannot, "stop", "a synchronisation outlives its server and misses nothing", async () => {
    const { harness, datastore, open, mirror } = subject();
    const created = await datastore.create(networkSet("prod", "a"));
    const view = mirror(datastore, [NETWORK_SETS]);
    await view.inSync();
    await harness.stop();
    await view.until(({ report }) => report?.trouble !== undefined);
    expect(view.report?.status).toBe("in-sync");
    await harness.start();
    const other = await open();
    await other.update(networkSet("prod", "a", []), created.resourceVersion);
    await view.until(({ versions }) => versions.get("prod/a")?.resourceVersion !== created.resourceVersion);
    await view.until(({ report }) => report?.trouble === undefined);
  });

  test("a slow reader gets the last state of each key, and costs no more than the keys", async () => {
    const { datastore, mirror } = subject();
    const keys = ["a", "b", "c"];
    const versions = new Map<string, string>();
    for (const key of keys)
      versions.set(key, (await datastore.create(networkSet("prod", key, []))).resourceVersion);
    const view = mirror(datastore, [NETWORK_SETS], { buffer: 20 });
    await view.inSync();
    const { promise, resolve: goOn } = Promise.withResolvers<void>();
    view.busy = promise;
    for (let i = 0; i < writes; i++) {
      const key = keys[i % keys.length]!;
      const { resourceVersion } = await datastore.update(
        networkSet("prod", key, [`10.0.${i >> 8}.${i & 255}/32`]),
        versions.get(key)!,
      );
      versions.set(key, resourceVersion);
    }
    goOn();
    await view.until(({ versions: told }) =>
      keys.every((key) => told.get(`prod/${key}`)?.resourceVersion === versions.get(key)),
    );
    // The keys when it began, one update before it was busy, and what had come together meanwhile.
    expect(view.updates).toBeLessThan(keys.length + writes * 0.75);
  });

  testWith(
    cannot,
    "corrupt",
    "a value that cannot be read is reported and left out, the others are not",
    async () => {
      const { harness, datastore, mirror } = subject();
      await datastore.create(networkSet("prod", "bad"));
      await datastore.create(networkSet("prod", "good"));
      const view = mirror(datastore, [NETWORK_SETS]);
      await view.inSync();
      expect(view.report?.corrupt).toEqual([]);
      await harness.corrupt(setKey("prod", "bad"));
      await view.until(({ report }) => report?.corrupt.length === 1);
      await view.until(({ versions }) => !versions.has("prod/bad"));
      expect(view.report?.status).toBe("in-sync");
      const page = await datastore.list(NETWORK_SETS);
      expect(page.items.map(({ key }) => key.name)).toEqual(["good"]);
      expect(page.corrupt).toEqual(view.report?.corrupt);
      expect(page.corrupt[0]?.place).toContain("bad");
      const late = mirror(datastore, [NETWORK_SETS]);
      await late.inSync();
      expect(late.report?.corrupt).toEqual(page.corrupt);
    },
  );

  test("20,000 resources are listed and synchronised in bounded time", { timeout: 120_000 }, async () => {
    const { harness, datastore, mirror } = subject();
    const count = 20_000;
    await harness.seed(
      Array.from({ length: count }, (_, i) =>
        networkSet(`n${i % 50}`, `s${i}`, ["10.0.0.0/8", "11.0.0.0/8"]),
      ),
    );
    const started = Date.now();
    const { items, pages } = await listAll(datastore, NETWORK_SETS, 1000);
    expect(items).toHaveLength(count);
    expect(pages).toHaveLength(count / 1000);
    const view = mirror(datastore, [NETWORK_SETS], { buffer: 2000 });
    await view.inSync();
    expect(view.versions.size).toBe(count);
    expect(Date.now() - started).toBeLessThan(45_000);
  });
}
