import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { problemOf } from "../../runtime/datastore/errors.ts";
import type { Resource, ResourceKey, Stored } from "../../runtime/datastore/resource.ts";
import { listAll, Mirror, problem, watchFor } from "./consume.ts";
import { NETWORK_SETS, networkSet, POOLS, pool, setKey } from "./samples.ts";

/** A datastore under test, and what can happen to it. */
export interface Harness {
  /** Another client of the same datastore. */
  open(): Promise<Datastore>;
  /** Stores many resources by the shortest way. */
  seed(resources: readonly Resource[]): Promise<void>;
  /** Puts something that is no resource where this key's value is. */
  corrupt(key: ResourceKey): Promise<void>;
  /** Loses the history up to now, for clients of `open`; may write pools to do so. */
  forget(): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** What every datastore promises; `writes` bounds the tests that write one by one. */
export function describeContract(name: string, make: () => Promise<Harness>, writes: number): void {
  describe(`datastore contract: ${name}`, () => {
    let harness: Harness;
    let datastore: Datastore;
    const opened: Datastore[] = [];
    const mirrors: Mirror[] = [];

    async function open(): Promise<Datastore> {
      const another = await harness.open();
      opened.push(another);
      return another;
    }
    function mirror(...args: ConstructorParameters<typeof Mirror>): Mirror {
      const made = new Mirror(...args);
      mirrors.push(made);
      return made;
    }

    beforeEach(async () => {
      harness = await make();
      datastore = await open();
    });
    afterEach(async () => {
      for (const started of mirrors.splice(0)) await started.stop();
      for (const another of opened.splice(0)) await another.close();
      await harness.close();
    });

    test("what is created can be read, unknown fields and 64-bit numbers included", async () => {
      const resource: Resource = {
        ...networkSet("prod", "db"),
        spec: {
          nets: ["10.0.0.0/8"],
          sequence: 1785542400000000003n,
          future: { "10": "a", "9": "b", empty: {}, none: null },
        },
      };
      const created = await datastore.create(resource);
      const read = await (await open()).get(setKey("prod", "db"));
      expect(read).toEqual(created);
      expect(read.key).toEqual(setKey("prod", "db"));
      expect(read.resource.spec).toEqual(resource.spec);
    });

    test("a second create is refused, and so is what has no place in the datastore", async () => {
      await datastore.create(networkSet("prod", "db"));
      expect(await problem(datastore.create(networkSet("prod", "db", ["1.1.1.1/32"])))).toEqual({
        kind: "already-exists",
        key: setKey("prod", "db"),
      });
      const large = { ...networkSet("prod", "large"), note: "x".repeat(3_000_000) };
      expect(await problem(datastore.create(large))).toMatchObject({ kind: "too-large" });
      expect((await datastore.list(NETWORK_SETS)).items).toHaveLength(1);
    });

    test("an update needs the stored version, and says what others have changed", async () => {
      const first = await datastore.create(networkSet("prod", "db", ["10.0.0.0/8"]));
      const second = await datastore.update(networkSet("prod", "db", ["10.1.0.0/16"]), first.resourceVersion);
      expect(second.resourceVersion).not.toBe(first.resourceVersion);
      const late = datastore.update(networkSet("prod", "db", ["10.2.0.0/16"]), first.resourceVersion);
      expect(await problem(late)).toMatchObject({
        kind: "conflict",
        expected: first.resourceVersion,
        actual: second.resourceVersion,
        fields: ["spec.nets[0]"],
      });
      await expect(late).rejects.toThrow(
        /NetworkSet prod\/db has been changed by somebody else.*spec\.nets\[0\]/,
      );
      expect((await datastore.get(setKey("prod", "db"))).resource.spec).toEqual({ nets: ["10.1.0.0/16"] });
    });

    test("what is not there cannot be read, updated or deleted", async () => {
      const key = setKey("prod", "none");
      const missing = { kind: "not-found", key };
      expect(await problem(datastore.get(key))).toEqual(missing);
      expect(await problem(datastore.update(networkSet("prod", "none"), "5"))).toEqual(missing);
      expect(await problem(datastore.delete(key))).toEqual(missing);
      expect(await problem(datastore.delete(key, "5"))).toEqual(missing);
    });

    test("a delete may ask for a version", async () => {
      const first = await datastore.create(networkSet("prod", "db"));
      const second = await datastore.update(networkSet("prod", "db", []), first.resourceVersion);
      expect(await problem(datastore.delete(second.key, first.resourceVersion))).toMatchObject({
        kind: "conflict",
      });
      await datastore.delete(second.key, second.resourceVersion);
      await datastore.create(networkSet("prod", "db"));
      await datastore.delete(second.key);
      expect((await datastore.list(NETWORK_SETS)).items).toEqual([]);
    });

    test("a resourceVersion inside the resource is not stored", async () => {
      const resource = {
        ...networkSet("prod", "db"),
        metadata: { name: "db", namespace: "prod", resourceVersion: "7" },
      };
      await datastore.create(resource);
      expect((await datastore.get(setKey("prod", "db"))).resource.metadata).not.toHaveProperty(
        "resourceVersion",
      );
    });

    test("lists are of one kind or namespace, sorted, in pages of one revision", async () => {
      for (const name of ["c", "a", "b"]) await datastore.create(networkSet("prod", name));
      await datastore.create(networkSet("prod-2", "a"));
      await datastore.create(pool("p", "10.0.0.0/16"));
      const names = (items: readonly Stored[]) => items.map(({ key }) => `${key.namespace}/${key.name}`);
      const { items, pages } = await listAll(datastore, NETWORK_SETS, 3);
      expect(names(items)).toEqual(["prod-2/a", "prod/a", "prod/b", "prod/c"]);
      expect(pages.length).toBeGreaterThan(1);
      expect(new Set(pages.map(({ revision }) => revision)).size).toBe(1);
      const inOne = await datastore.list({ ...NETWORK_SETS, namespace: "prod" });
      expect(names(inOne.items)).toEqual(["prod/a", "prod/b", "prod/c"]);
      expect((await datastore.list(POOLS)).items.map(({ key }) => key.namespace)).toEqual([""]);
    });

    test("50 writers of one resource lose no update", async () => {
      await datastore.create(networkSet("prod", "db", []));
      const clients = await Promise.all([1, 2, 3, 4, 5].map(open));
      const writer = async (n: number): Promise<void> => {
        const client = clients[n % clients.length]!;
        for (;;) {
          const { resource, resourceVersion } = await client.get(setKey("prod", "db"));
          const { nets } = resource.spec as { readonly nets: readonly string[] };
          try {
            await client.update(networkSet("prod", "db", [...nets, `10.0.0.${n}/32`]), resourceVersion);
            return;
          } catch (error) {
            if (problemOf(error)?.kind !== "conflict") throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: 50 }, (_, n) => writer(n)));
      const { nets } = (await datastore.get(setKey("prod", "db"))).resource.spec as { nets: string[] };
      expect(new Set(nets).size).toBe(50);
      expect(nets).toHaveLength(50);
    });

    test("a watch tells all changes after its revision, in order, and can be resumed", async () => {
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
      // Events are told one by one only where changes are: give a datastore of files time to see each.
      const writer = datastore;
      const a = await writer.create(networkSet("prod", "a", ["1.0.0.0/8"]));
      await writer.create(pool("elsewhere", "10.0.0.0/16"));
      await writer.update(networkSet("prod", "a", ["2.0.0.0/8"]), a.resourceVersion);
      await writer.create(networkSet("prod", "b", []));
      await writer.delete(a.key);
      const { told, revisions } = await seen;
      expect(told).toEqual(['a=["1.0.0.0/8"]', 'a=["2.0.0.0/8"]', "b=[]", "delete a"]);
      const rest = await watchFor(datastore, NETWORK_SETS, revisions[1]!, 2);
      expect(rest.map((event) => event.kind)).toEqual(["upsert", "delete"]);
    });

    test("a watch sees what another client writes", async () => {
      const { revision } = await datastore.list(NETWORK_SETS);
      const seen = watchFor(datastore, NETWORK_SETS, revision, 1);
      const other = await open();
      await other.create(networkSet("prod", "a"));
      expect(await seen).toMatchObject([{ kind: "upsert", stored: { key: { name: "a" } } }]);
    });

    test("a watch of a lost history says gone; a synchronisation survives it and tells only differences", async () => {
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
    });

    test("a server that dies between two pages is waited for", async () => {
      await harness.seed(Array.from({ length: 40 }, (_, i) => networkSet("prod", `s${i}`)));
      const first = await datastore.list(NETWORK_SETS, { limit: 10 });
      await harness.stop();
      expect(await problem(datastore.list(NETWORK_SETS, { limit: 10, continue: first.next! }))).toMatchObject(
        { kind: "unreachable" },
      );
      const view = mirror(datastore, [NETWORK_SETS], { pageSize: 10 });
      await view.until(({ report }) => report?.trouble !== undefined);
      expect(view.statuses).toEqual(["wait"]);
      expect(view.report?.trouble?.problem.kind).toBe("unreachable");
      await harness.start();
      await view.inSync();
      expect(view.versions.size).toBe(40);
      expect(view.report?.trouble).toBeUndefined();
    });

    test("a synchronisation outlives its server and misses nothing", async () => {
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
      const keys = ["a", "b", "c"];
      const versions = new Map<string, string>();
      for (const key of keys)
        versions.set(key, (await datastore.create(networkSet("prod", key, []))).resourceVersion);
      const view = mirror(datastore, [NETWORK_SETS], { buffer: 20 });
      await view.inSync();
      view.pause = 400;
      for (let i = 0; i < writes; i++) {
        const key = keys[i % keys.length]!;
        const { resourceVersion } = await datastore.update(
          networkSet("prod", key, [`10.0.${i >> 8}.${i & 255}/32`]),
          versions.get(key)!,
        );
        versions.set(key, resourceVersion);
      }
      await view.until(({ versions: told }) =>
        keys.every((key) => told.get(`prod/${key}`)?.resourceVersion === versions.get(key)),
      );
      // Each look of the reader gives one update for each key at most, however often it has changed.
      expect(view.updates).toBeLessThan(keys.length + writes * 0.75);
    });

    test("a value that cannot be read is reported and left out, the others are not", async () => {
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
    });

    test("20,000 resources are listed and synchronised in bounded time", { timeout: 120_000 }, async () => {
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
  });
}
