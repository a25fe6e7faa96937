import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Etcd3 } from "etcd3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { MANAGED_KINDS } from "../../cli/resources/kinds.ts";
import { readKey } from "../../runtime/datastore/etcd/keys.ts";
import { decodeValue } from "../../runtime/datastore/etcd/values.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { CORPUS as WRITTEN } from "../datastore/corpus/corpus.ts";
import { EtcdServer, missingForEtcdTests } from "../datastore/etcd-server.ts";
import { Store } from "./store.ts";

/** The corpus has every form of bytes; two of its values would not pass validation and are set right here. */
const CORPUS = WRITTEN.map(
  ([key, value]) =>
    [
      key,
      value
        .replace(/,"communities":\[[^\]]*\]/, "")
        .replace('"protocol":"tcp","port":22', '"protocol":"TCP","port":22'),
    ] as const,
);

/** Calico refuses to write these, changed or not. */
const READ_ONLY = /ClusterInformation|knp\.default\.web/;

/** The corpus as resources. */
function resources(): readonly Resource[] {
  return CORPUS.flatMap(([etcdKey, value]) => {
    const key = readKey(etcdKey);
    const decoded = key && decodeValue(etcdKey, key, Buffer.from(value));
    return decoded === undefined || "reason" in decoded ? [] : [decoded.resource];
  });
}

test("the corpus has every kind of calicoctl", () => {
  const kinds = new Set(resources().map(({ kind }) => kind));
  expect(MANAGED_KINDS.map(({ kind }) => kind).filter((kind) => !kinds.has(kind))).toEqual([]);
});

async function applyAsRead(store: Store, kind: string, format: string): Promise<string> {
  const asked = MANAGED_KINDS.find((managed) => managed.kind === kind)?.namespaced ? ["-A"] : [];
  const got = await calicoctl("get", kind, ...asked, "-o", format);
  expect({ code: got.code, stderr: got.stderr }).toEqual({ code: 0, stderr: "" });
  const file = await store.file(`${kind}.${format}`, got.stdout);
  const applied = await calicoctl("apply", "-f", file);
  const refusals = applied.stderr.split("hit error: ").at(-1) ?? "";
  if (applied.code !== 0) expect(refusals).toMatch(READ_ONLY);
  return applied.code === 0 ? applied.stdout : refusals;
}

describe("a directory", () => {
  let store: Store;
  beforeEach(async () => {
    store = await Store.open();
    const all = resources().filter(({ kind }) => MANAGED_KINDS.some((managed) => managed.kind === kind));
    await Promise.all(
      all.map((resource, i) => writeFile(join(store.directory, `${i}.json`), JSON.stringify(resource))),
    );
  });
  afterEach(() => store.close());

  test("tables of every kind, with the columns of Calico", async () => {
    let text = "";
    for (const { kind, namespaced } of MANAGED_KINDS)
      for (const format of ["ps", "wide"]) {
        const asked = namespaced ? ["-A"] : [];
        const got = await calicoctl("get", kind.toLowerCase(), ...asked, "-o", format);
        expect({ code: got.code, stderr: got.stderr }).toEqual({ code: 0, stderr: "" });
        text += `$ calicoctl get ${[kind.toLowerCase(), ...asked].join(" ")} -o ${format}\n${got.stdout}`;
      }
    await expect(text).toMatchFileSnapshot("expected/tables.txt");
  });

  test.each(MANAGED_KINDS)("get $kind -o yaml | apply is a no-op", async ({ kind }) => {
    const before = await calicoctl("get", kind, "-o", "yaml");
    const said = await applyAsRead(store, kind, "yaml");
    if (kind === "ClusterInformation")
      expect(said).toMatch(/operation create or apply is not supported on ClusterInformation/);
    else if (kind !== "NetworkPolicy")
      expect(said).toMatch(/^Successfully applied [12] '\w+' resource\(s\)\n$/);
    const items = (text: string) => text.replace(/resourceVersion: \S+\n$/, "");
    expect(items((await calicoctl("get", kind, "-o", "yaml")).stdout)).toBe(items(before.stdout));
  });
});

const missing = missingForEtcdTests();

describe.skipIf(missing !== undefined)(`etcd${missing === undefined ? "" : ` (${missing})`}`, () => {
  let server: EtcdServer;
  let store: Store;
  beforeEach(async () => {
    server = await EtcdServer.start();
    store = await Store.open({ ETCD_ENDPOINTS: server.endpoint });
  });
  afterEach(async () => {
    await store.close();
    await server.close();
  });

  test("what Calico's tools wrote is read and applied without a single write", async () => {
    const client = new Etcd3({ hosts: server.endpoint });
    try {
      for (const [key, value] of CORPUS) await client.put(key).value(value);
      // The identity and the built-in tiers, made by the first write.
      await calicoctl("apply", "-f", await store.file("none.yaml", POOL));
      await calicoctl("delete", "ippool", "gone");
      const state = async () => {
        const { kvs } = await client.getAll().exec();
        return kvs.map(({ key, value, mod_revision }) => [`${key}`, `${value}`, mod_revision]);
      };
      const before = await state();
      for (const { kind } of MANAGED_KINDS)
        for (const format of ["yaml", "json"]) await applyAsRead(store, kind, format);
      expect(await state()).toEqual(before);
    } finally {
      client.close();
    }
  });

  test("a new policy gets what Calico's client fills in", async () => {
    const file = await store.file(
      "policy.yaml",
      "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {egress: [{action: Allow}]}\n",
    );
    expect(await calicoctl("apply", "-f", file)).toEqual({
      code: 0,
      stdout: "Successfully applied 1 'NetworkPolicy' resource(s)\n",
      stderr: "",
    });
    const { stdout } = await calicoctl("get", "np", "a", "-o", "json");
    expect(JSON.parse(stdout)).toEqual({
      kind: "NetworkPolicy",
      apiVersion: "projectcalico.org/v3",
      metadata: {
        name: "a",
        namespace: "default",
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        labels: { "projectcalico.org/tier": "default" },
        resourceVersion: expect.stringMatching(/^\d+$/),
      },
      spec: { tier: "default", types: ["Egress"], egress: [{ action: "Allow" }] },
    });
    const cluster = JSON.parse((await calicoctl("get", "clusterinfo", "default", "-o", "json")).stdout);
    expect(cluster).toMatchObject({
      metadata: { uid: expect.any(String), creationTimestamp: expect.any(String) },
      spec: { clusterGUID: expect.stringMatching(/^[0-9a-f]{32}$/), datastoreReady: true },
    });
    const tiers = await calicoctl("get", "tiers");
    expect(tiers.stdout).toBe(
      "NAME            ORDER   \nkube-admin      1000    \ndefault         1e+06   \nkube-baseline   1e+07   \n\n",
    );
  });
});

const POOL =
  "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: gone}\nspec: {cidr: 10.99.0.0/24}\n";
