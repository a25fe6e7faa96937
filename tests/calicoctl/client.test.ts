import { beforeEach, describe, expect, test } from "vitest";
import { Client, describeFailure } from "../../cli/resources/client.ts";
import { ensureInitialized } from "../../cli/resources/initialise.ts";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { DatastoreError } from "../../runtime/datastore/errors.ts";
import { MemoryDatastore, MemoryServer } from "../../runtime/datastore/memory/memory-datastore.ts";
import { keyOf, type Resource } from "../../runtime/datastore/resource.ts";
import { pool } from "../datastore/samples.ts";

let datastore: Datastore;
let client: Client;
beforeEach(async () => {
  datastore = new MemoryDatastore(new MemoryServer());
  client = new Client(datastore, "etcdv3");
  await ensureInitialized(datastore, "etcdv3");
});

const P1 = pool("p1", "10.1.0.0/16");
const withSpec = (resource: Resource, more: object): Resource => ({
  ...resource,
  spec: { ...(resource.spec as object), ...more },
});
const tier = (name: string): Resource => ({
  ...{ apiVersion: P1.apiVersion, kind: "Tier", metadata: { name }, spec: { order: 5 } },
});
const stored = async () => (await datastore.get(keyOf(P1))).resource;
const failure = (promise: Promise<unknown>) => promise.then(() => "none", describeFailure);

describe("metadata", () => {
  const written: Resource = {
    ...P1,
    metadata: {
      name: "p1",
      uid: "made up",
      creationTimestamp: null,
      generation: 7,
      finalizers: ["x"],
      labels: { a: "b" },
      annotations: { c: "d" },
    },
  };

  test("a new resource has what people may write, and what the client makes", async () => {
    await client.create(written);
    expect((await stored()).metadata).toEqual({
      name: "p1",
      labels: { a: "b" },
      annotations: { c: "d" },
      uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      creationTimestamp: expect.stringMatching(/Z$/),
    });
  });

  test("an update leaves all the rest as it is stored, and labels that are left out go", async () => {
    await datastore.create({
      ...P1,
      metadata: { name: "p1", uid: "1", finalizers: ["keep"], labels: { a: "b" } },
    });
    await client.update(withSpec({ ...P1, metadata: { name: "p1", uid: "2" } }, { disabled: true }));
    expect((await stored()).metadata).toEqual({ name: "p1", uid: "1", finalizers: ["keep"] });
  });

  test("a directory gets what people wrote", async () => {
    await new Client(datastore, "file").create(written);
    expect((await stored()).metadata).toEqual({ name: "p1", labels: { a: "b" }, annotations: { c: "d" } });
  });
});

describe("conflicts", () => {
  test("without a version of their own all writers get through", async () => {
    await client.create(P1);
    const writers = ["a", "b", "c"].map((rack) =>
      client.update(withSpec(P1, { nodeSelector: `rack == '${rack}'` })),
    );
    expect(await Promise.all(writers)).toHaveLength(3);
  });

  test("with a version only the one that is stored may be replaced, at once", async () => {
    const first = await client.create(P1);
    await client.update(withSpec(P1, { disabled: true }));
    const late = withSpec(
      { ...P1, metadata: { name: "p1", resourceVersion: first.resourceVersion } } as Resource,
      { disabled: true, nodeSelector: "none()" },
    );
    expect(await failure(client.update(late))).toMatch(
      /^update conflict: IPPool\(p1\): IPPool p1 has been changed by somebody else: .*spec\.nodeSelector/,
    );
    expect(await failure(client.apply(late))).toMatch(/^update conflict: IPPool\(p1\)/);
    expect(await failure(client.delete(keyOf(P1), first.resourceVersion))).toMatch(/^update conflict/);
  });

  test("what is stored already is not written", async () => {
    await client.create(P1);
    const { resourceVersion } = await datastore.get(keyOf(P1));
    expect((await client.apply(P1)).resourceVersion).toBe(resourceVersion);
  });
});

describe("policies on etcd", () => {
  const policy = (spec: Resource["spec"]): Resource => ({
    apiVersion: "projectcalico.org/v3",
    kind: "GlobalNetworkPolicy",
    metadata: { name: "p" },
    spec: spec!,
  });
  const rule = [{ action: "Allow" }];

  // The sheet of resources, "`types` defaulting".
  test.each([
    [{}, ["Ingress"]],
    [{ ingress: rule }, ["Ingress"]],
    [{ egress: rule }, ["Egress"]],
    [{ ingress: [], egress: rule }, ["Egress"]],
    [{ ingress: rule, egress: rule }, ["Ingress", "Egress"]],
    [{ ingress: rule, types: ["Egress"] }, ["Egress"]],
  ])("%o is about %o", async (spec, types) => {
    const { resource } = await client.create(policy(spec));
    expect(resource.spec).toEqual({ ...spec, tier: "default", types });
    expect(resource.metadata.labels).toEqual({ "projectcalico.org/tier": "default" });
  });

  test("of another tier", async () => {
    await client.create(tier("security"));
    const { resource } = await client.create(policy({ tier: "security" }));
    expect(resource.metadata.labels).toEqual({ "projectcalico.org/tier": "security" });
  });
});

describe("tiers", () => {
  const removal = (name: string, by = client) => failure(by.delete(keyOf(tier(name)), undefined));

  test("those that are built in stay", async () => {
    expect(await removal("default")).toBe(
      "operation delete is not supported on default: Cannot delete default tier",
    );
  });

  test("one with policies stays until they have gone", async () => {
    await client.create(tier("security"));
    const { key } = await client.create({
      ...{ apiVersion: P1.apiVersion, kind: "NetworkPolicy", metadata: { name: "p", namespace: "n" } },
      spec: { tier: "security" },
    });
    expect(await removal("security")).toMatch(/Cannot delete a non-empty tier$/);
    await client.delete(key, undefined);
    expect(await removal("security")).toBe("none");
  });

  test("in a directory their order is people's", async () => {
    expect(await removal("default", new Client(datastore, "file"))).toBe("none");
  });
});

test("failures in the words of Calico's client", () => {
  const words = (problem: ConstructorParameters<typeof DatastoreError>[0]) =>
    describeFailure(new DatastoreError(problem));
  const key = { apiVersion: "projectcalico.org/v3", kind: "NetworkSet", namespace: "a", name: "b" };
  expect(words({ kind: "not-found", key })).toMatch(
    /^resource does not exist: NetworkSet\(a\/b\) with error: /,
  );
  expect(words({ kind: "already-exists", key })).toMatch(
    /^resource already exists: NetworkSet\(a\/b\) with error/,
  );
  expect(words({ kind: "unauthorized", reason: "no" })).toBe("connection is unauthorized: no");
  expect(words({ kind: "too-large", key, bytes: 2_000_000 })).toMatch(/too large .*2000000 bytes/);
  expect(() => describeFailure(new TypeError("ours"))).toThrow("ours");
});
