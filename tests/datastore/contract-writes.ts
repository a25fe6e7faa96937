import { expect, test } from "vitest";
import { problemOf } from "../../runtime/datastore/errors.ts";
import type { Resource, Stored } from "../../runtime/datastore/resource.ts";
import { listAll, problem } from "./consume.ts";
import { type Cannot, type Subject, testWith } from "./contract.ts";
import { NETWORK_SETS, networkSet, POOLS, pool, setKey } from "./samples.ts";

/** The part of the contract that is about single resources and lists. */
export function testReadsAndWrites(subject: () => Subject, cannot: Cannot): void {
  test("what is created can be read, unknown fields and 64-bit numbers included", async () => {
    const { datastore, open } = subject();
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
    const { datastore } = subject();
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
    const { datastore } = subject();
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
    const { datastore } = subject();
    const key = setKey("prod", "none");
    const missing = { kind: "not-found", key };
    expect(await problem(datastore.get(key))).toEqual(missing);
    expect(await problem(datastore.update(networkSet("prod", "none"), "5"))).toEqual(missing);
    for (const foreign of ["0", "", "x.1"])
      expect(await problem(datastore.update(networkSet("prod", "none"), foreign))).toEqual(missing);
    expect(await problem(datastore.delete(key))).toEqual(missing);
    expect(await problem(datastore.delete(key, "5"))).toEqual(missing);
    expect((await datastore.list(NETWORK_SETS)).items).toEqual([]);
    const { resourceVersion } = await datastore.create(networkSet("prod", "none"));
    expect(await problem(datastore.update(networkSet("prod", "none", []), "0"))).toMatchObject({
      kind: "conflict",
      actual: resourceVersion,
    });
    expect(await problem(datastore.delete(key, "x.1"))).toMatchObject({ kind: "conflict" });
    expect((await datastore.get(key)).resourceVersion).toBe(resourceVersion);
  });

  test("a delete may ask for a version", async () => {
    const { datastore } = subject();
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
    const { datastore } = subject();
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
    const { datastore } = subject();
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

  testWith(
    cannot,
    "forget",
    "a page shows the moment of the first one, or says that it is gone",
    async () => {
      const { harness, datastore } = subject();
      for (const name of ["a", "b", "c"]) await datastore.create(networkSet("prod", name));
      const first = await datastore.list(NETWORK_SETS, { limit: 1 });
      await datastore.delete(setKey("prod", "b"));
      await datastore.create(networkSet("prod", "bb"));
      const second = await datastore.list(NETWORK_SETS, { limit: 2, continue: first.next! });
      expect(second.items.map(({ key }) => key.name)).toEqual(["b", "c"]);
      expect(second.next).toBeUndefined();
      await harness.forget();
      const third = datastore.list(NETWORK_SETS, { limit: 2, continue: first.next! });
      expect(await problem(third)).toEqual({ kind: "gone", revision: first.revision });
    },
  );

  test("50 writers of one resource lose no update", { timeout: 120_000 }, async () => {
    const { datastore, open } = subject();
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
}
