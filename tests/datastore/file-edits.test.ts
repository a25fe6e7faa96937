import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseFile } from "../../runtime/datastore/file/documents.ts";
import { withDocument, withReplaced } from "../../runtime/datastore/file/edits.ts";
import { FileDatastore } from "../../runtime/datastore/file/file-datastore.ts";
import { canonicalJson, type Json, type JsonObject } from "../../runtime/datastore/json.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { problem, watchFor } from "./consume.ts";
import { NETWORK_SETS, networkSet, POOLS, pool, setKey } from "./samples.ts";

const THREE = `# The pools of this cluster.
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: first }   # kept
spec:
    cidr: "10.0.0.0/16"
---
# Databases; ask Ann before you change this.

apiVersion: projectcalico.org/v3
kind: NetworkSet
metadata:
  name: db
  namespace: prod
spec:
  nets: [10.20.0.0/16]  # of the rack
# behind the second
---   # the last
kind: IPPool
apiVersion: projectcalico.org/v3
metadata: {name: last}
spec: {cidr: 10.1.0.0/16}
`;

describe("editing the files of people", () => {
  let directory: string;
  let datastore: FileDatastore;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "calico-edits-"));
    datastore = new FileDatastore(directory);
  });
  afterEach(async () => {
    await datastore.close();
    await rm(directory, { recursive: true, force: true });
  });
  const write = (name: string, text: string): Promise<void> => writeFile(join(directory, name), text);
  const read = (name: string): Promise<string> => readFile(join(directory, name), "utf8");
  const files = async (): Promise<readonly string[]> =>
    (await readdir(directory, { recursive: true })).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();

  test("a changed field changes its line, and no comment", async () => {
    await write("all.yaml", THREE);
    const { resourceVersion } = await datastore.get(setKey("prod", "db"));
    await datastore.update(networkSet("prod", "db", ["10.30.0.0/16"]), resourceVersion);
    expect(await read("all.yaml")).toBe(THREE.replace("10.20.0.0/16", "10.30.0.0/16"));
  });

  test("an update that changes nothing touches no byte, whatever the order of fields", async () => {
    await write("all.yaml", THREE);
    const { resource, resourceVersion } = await datastore.get(setKey("prod", "db"));
    const again = await datastore.update({ spec: resource.spec ?? null, ...resource }, resourceVersion);
    expect(again.resourceVersion).toBe(resourceVersion);
    expect(await read("all.yaml")).toBe(THREE);
  });

  test("a deleted document goes with its comments, a file with its last document", async () => {
    await write("all.yaml", THREE);
    await datastore.delete(setKey("prod", "db"));
    const left = await read("all.yaml");
    expect(left).toBe(THREE.slice(0, THREE.indexOf("---\n")) + THREE.slice(THREE.indexOf("---   #")));
    for (const name of ["first", "last"]) await datastore.delete({ ...POOLS, namespace: "", name });
    expect(await files()).toEqual([]);
  });

  test("a new resource gets a file of its own, named for it", async () => {
    await datastore.create(networkSet("prod", "db"));
    await datastore.create(pool("first", "10.0.0.0/16"));
    expect(await files()).toEqual(["ippool/first.yaml", "networkset/prod/db.yaml"]);
    const climber = { ...pool("x", "10.0.0.0/16"), metadata: { name: ".." } };
    expect(await problem(datastore.create(climber))).toMatchObject({ kind: "invalid" });
    await datastore.create({ ...climber, metadata: { name: "../../x" } });
    await datastore.create({ ...climber, metadata: { name: "n".repeat(253) } });
    expect((await datastore.list(POOLS)).items).toHaveLength(3);
    expect(await files()).toHaveLength(4);
  });

  test("items of a list are edited and removed one by one", async () => {
    const list = {
      apiVersion: "v1",
      kind: "List",
      items: ["a", "b", "c"].map((name) => pool(name, "10.0.0.0/8")),
    };
    await write("list.json", JSON.stringify(list, undefined, 3));
    const { resourceVersion } = await datastore.get({ ...POOLS, namespace: "", name: "b" });
    await datastore.update(pool("b", "11.0.0.0/8"), resourceVersion);
    await datastore.delete({ ...POOLS, namespace: "", name: "a" });
    const left = { ...list, items: [pool("b", "11.0.0.0/8"), pool("c", "10.0.0.0/8")] };
    expect(await read("list.json")).toBe(JSON.stringify(left, undefined, 3));
    const pods =
      "apiVersion: v1\nkind: PodList\nitems:\n# the first\n- metadata: {name: p, namespace: prod}\n";
    await write("pods.yaml", pods);
    const [pod] = (await datastore.list({ apiVersion: "v1", kind: "Pod" })).items;
    expect(pod?.key.name).toBe("p");
    await datastore.update({ ...pod!.resource, spec: { nodeName: "n1" } }, pod!.resourceVersion);
    expect(await read("pods.yaml")).toBe(`${pods}  spec:\n    nodeName: n1\n`);
  });

  test("integers beyond 2^53 survive, in YAML and in JSON", async () => {
    const number = "18446744073709551615";
    const body = (name: string): string =>
      `{"apiVersion":"projectcalico.org/v3","kind":"IPAMBlock","metadata":{"name":"${name}"},"spec":{"sequenceNumber":${number}}}`;
    await write("a.json", body("a"));
    await write("b.yaml", body("b"));
    for (const name of ["a", "b"]) {
      const { resource, resourceVersion } = await datastore.get({
        ...POOLS,
        kind: "IPAMBlock",
        namespace: "",
        name,
      });
      await datastore.update({ ...resource, more: true }, resourceVersion);
    }
    for (const file of ["a.json", "b.yaml"])
      expect(await read(file)).toContain(`"spec":{"sequenceNumber":${number}}`);
  });

  test("of two copies of a resource the first counts, and the other is reported", async () => {
    await write("a.yaml", withDocument("a.yaml", undefined, pool("p", "10.0.0.0/16")));
    await write("b.yaml", withDocument("b.yaml", undefined, pool("p", "10.1.0.0/16")));
    const { items, corrupt } = await datastore.list(POOLS);
    expect(items.map(({ resource }) => resource.spec)).toMatchObject([{ cidr: "10.0.0.0/16" }]);
    expect(corrupt).toEqual([
      { place: "b.yaml document 1", key: undefined, reason: "IPPool p is already in a.yaml" },
    ]);
  });

  test("a delete takes the copies of a resource, too", async () => {
    const p = pool("p", "10.0.0.0/16");
    await write("a.yaml", withDocument("a.yaml", undefined, p));
    await write("b.yaml", withDocument("b.yaml", withDocument("b.yaml", THREE, p), p));
    await datastore.delete({ ...POOLS, namespace: "", name: "p" });
    expect(await files()).toEqual(["b.yaml"]);
    expect(await read("b.yaml")).toBe(THREE);
  });

  test("a mistake in one document hides no other, and a bomb is none", async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(10)}]`);
    await write("bomb.yaml", `a0: &a0 x\n${levels.join("\n")}\n---\n${THREE}---\nkind: {\n`);
    const { items, corrupt } = await datastore.list(POOLS);
    expect(items.map(({ key }) => key.name)).toEqual(["first", "last"]);
    expect(corrupt.map(({ place }) => place)).toEqual(["bomb.yaml document 1", "bomb.yaml document 5"]);
  });

  test("what people save in their editors is seen", async () => {
    await write("all.yaml", THREE);
    const { revision } = await datastore.list(NETWORK_SETS);
    const seen = watchFor(datastore, NETWORK_SETS, revision, 2);
    await mkdir(join(directory, "deep/er"), { recursive: true });
    await write("deep/er/new.yaml", withDocument("new.yaml", undefined, networkSet("prod", "new")));
    await write("all.yaml", THREE.replace("10.20.0.0", "10.21.0.0"));
    const names = (await seen).map((event) => event.kind === "upsert" && event.stored.key.name);
    expect(names.sort()).toEqual(["db", "new"]);
  });

  test("a file that changes again within one tick of the clock is read again", async () => {
    for (let i = 0; i < 100; i++) {
      const cidr = `10.${100 + i}.0.0/16`;
      // In place: the same inode, size, and often time.
      await write("pool.yaml", withDocument("pool.yaml", undefined, pool("p", cidr)));
      const { resource } = await datastore.get({ ...POOLS, namespace: "", name: "p" });
      expect(resource.spec).toMatchObject({ cidr });
    }
  });

  test("of many files only those that have changed are read, by whomever they were written", async () => {
    for (const name of ["a", "b", "c"])
      await write(`${name}.yaml`, withDocument("x.yaml", undefined, pool(name, "10.0.0.0/16")));
    const before = (await datastore.list(POOLS)).items;
    const other = new FileDatastore(directory);
    await other.update(pool("b", "11.0.0.0/16"), before[1]!.resourceVersion);
    await other.close();
    const after = (await datastore.list(POOLS)).items;
    expect(after[1]!.resource.spec).toMatchObject({ cidr: "11.0.0.0/16" });
    // What is not parsed again is the same object.
    expect(after.map(({ resource }, i) => resource === before[i]!.resource)).toEqual([true, false, true]);
  });

  test("links are followed, and written through; those that lead to no file are none", async () => {
    await mkdir(join(directory, "real"));
    await write("real/pool", withDocument("x.yaml", undefined, pool("p", "10.0.0.0/16")));
    await symlink("real/pool", join(directory, "pool.yaml"));
    await symlink("nowhere", join(directory, "a.yaml"));
    await symlink("loop.yaml", join(directory, "loop.yaml"));
    await symlink("real", join(directory, "real.yaml"));
    const { items, corrupt } = await datastore.list(POOLS);
    expect({ names: items.map(({ key }) => key.name), corrupt }).toEqual({ names: ["p"], corrupt: [] });
    await datastore.update(pool("p", "11.0.0.0/16"), items[0]!.resourceVersion);
    expect(await read("real/pool")).toContain("11.0.0.0/16");
    expect((await lstat(join(directory, "pool.yaml"))).isSymbolicLink()).toBe(true);
  });

  test("what cannot be edited safely is refused, not guessed at", async () => {
    await write("directive.yaml", `%YAML 1.2\n---\n${THREE.slice(0, THREE.indexOf("---"))}...\n`);
    await write("one.json", JSON.stringify(pool("one", "10.0.0.0/16")));
    const { resourceVersion } = await datastore.get({ ...POOLS, namespace: "", name: "first" });
    const before = await read("directive.yaml");
    const refused = await problem(datastore.update(pool("first", "10.9.0.0/16"), resourceVersion));
    expect(refused).toMatchObject({ kind: "invalid", reason: expect.stringMatching(/directive/) });
    expect(await read("directive.yaml")).toBe(before);
  });

  test("a directory that is not there is unreachable, for readers and writers, and is not made", async () => {
    const nowhere = new FileDatastore(join(directory, "nowhere"));
    expect(await problem(nowhere.list(POOLS))).toMatchObject({ kind: "unreachable" });
    expect(await problem(nowhere.create(pool("p", "10.0.0.0/16")))).toMatchObject({ kind: "unreachable" });
    expect(await readdir(directory)).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)(
    "a read-only directory says so (root may write anywhere)",
    async () => {
      await write("all.yaml", THREE);
      const { chmod } = await import("node:fs/promises");
      await chmod(directory, 0o555);
      try {
        expect((await datastore.list(POOLS)).items).toHaveLength(2);
        expect(await problem(datastore.create(pool("p", "10.0.0.0/16")))).toMatchObject({
          kind: "unauthorized",
        });
      } finally {
        await chmod(directory, 0o755);
      }
    },
  );
});

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n }),
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "yes",
      "null",
      "~",
      "1e3",
      "0x1f",
      "2026-08-01",
      "<<",
      "- a",
      "a: b",
      "#",
      "---",
      "a\n---\nb\n",
      " ",
    ),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4 }) as fc.Arbitrary<JsonObject>,
  ),
})).value;

test("whatever a resource holds, a file holds it, between others and after an edit", () => {
  fc.assert(
    fc.property(json, json, fc.constantFrom("x.yaml", "x.json"), (one, other, file) => {
      const resource = (spec: Json): Resource => ({ ...networkSet("prod", "db"), spec });
      const text = withDocument(file, file === "x.json" ? undefined : THREE, resource(one));
      const copies = parseFile(file, text).found.filter(({ key }) => key.name === "db");
      const found = copies.at(-1);
      expect(canonicalJson(found?.resource ?? null)).toBe(canonicalJson(resource(one)));
      const edited = withReplaced(text, found!, resource(other));
      const again = parseFile(file, edited);
      expect(again.corrupt).toEqual([]);
      expect(canonicalJson(again.found.at(-1)?.resource ?? null)).toBe(canonicalJson(resource(other)));
      expect(again.found).toHaveLength(file === "x.json" ? 1 : 4);
      expect(edited.startsWith(file === "x.json" ? "{" : THREE)).toBe(true);
    }),
  );
});
