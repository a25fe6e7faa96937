import { Etcd3 } from "etcd3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EtcdDatastore } from "../../../runtime/datastore/etcd/etcd-datastore.ts";
import { keysOf, keysOfResource, readKey } from "../../../runtime/datastore/etcd/keys.ts";
import { decodeValue, encodeValue } from "../../../runtime/datastore/etcd/values.ts";
import { type Json, parseJson } from "../../../runtime/datastore/json.ts";
import { CALICO_API_VERSION, CALICO_KINDS } from "../../../runtime/datastore/kinds.ts";
import type { Resource, ResourceKey } from "../../../runtime/datastore/resource.ts";
import { problem } from "../consume.ts";
import { EtcdServer, missingForEtcdTests } from "../etcd-server.ts";
import { CORPUS } from "./corpus.ts";

function decode(etcdKey: string, value: string): { readonly key: ResourceKey; readonly resource: Resource } {
  const key = readKey(etcdKey);
  if (key === undefined) throw new Error(`${etcdKey} is of no resource`);
  const decoded = decodeValue(etcdKey, key, Buffer.from(value));
  if ("reason" in decoded) throw new Error(decoded.reason);
  return decoded;
}

function reasonOf(etcdKey: string, value: string | Buffer): string | undefined {
  const key = readKey(etcdKey);
  const decoded = key && decodeValue(etcdKey, key, Buffer.from(value));
  return decoded !== undefined && "reason" in decoded ? decoded.reason : undefined;
}

describe("values of Calico's own tools in etcd", () => {
  test("the corpus has every kind that is kept", () => {
    const kinds = new Set(CORPUS.map(([key]) => readKey(key)?.kind));
    expect(CALICO_KINDS.map(({ kind }) => kind).filter((kind) => !kinds.has(kind))).toEqual([]);
  });

  test.each(CORPUS)("%s is read, and written as it was", (etcdKey, value) => {
    const { key, resource } = decode(etcdKey, value);
    expect(keysOf(key)).toContain(etcdKey);
    expect(keysOfResource(resource)[0]).toBe(etcdKey);
    expect(encodeValue(etcdKey, resource).toString()).toBe(value);
  });

  test("IPAM objects read as the resources that they are", () => {
    const specOf = (etcdKey: string): Json | undefined =>
      decode(etcdKey, CORPUS.find(([key]) => key === etcdKey)![1]).resource.spec;
    expect(specOf("/calico/ipam/v2/assignment/ipv4/block/10.65.0.0-30")).toMatchObject({
      cidr: "10.65.0.0/30",
      affinityClaimTime: "2026-08-01T00:00:00Z",
      sequenceNumber: 1785542400000000003n,
      sequenceNumberForAllocation: { "10": 18446744073709551615n },
    });
    expect(specOf("/calico/ipam/v2/virtual/load-balancer/ipv4/block/10.9.0.0-26")).toEqual({
      state: "pending",
      node: "load-balancer",
      type: "virtual",
      cidr: "10.9.0.0/26",
      deleted: false,
    });
    expect(specOf("/calico/ipam/v2/config")).toEqual({
      strictAffinity: true,
      autoAllocateBlocks: false,
      maxBlocksPerHost: 20,
      kubeVirtVMAddressPersistence: "Disabled",
      ipCooldownSeconds: 30,
    });
    expect(decode("/calico/ipam/v2/host/n-1/ipv4/block/10.0.0.0-26", "").resource.spec).toEqual({
      node: "n-1",
      type: "host",
      cidr: "10.0.0.0/26",
    });
  });

  test.each([
    // Sheet "Policy name recovery on read".
    ["default.allow", { name: "default.allow" }, { tier: "default" }, "allow"],
    ["default.allow", { name: "default.allow" }, {}, "allow"],
    ["default.allow", { name: "default.allow" }, { tier: "security" }, "default.allow"],
    ["security.allow", { name: "security.allow" }, { tier: "security" }, "security.allow"],
    [
      "default.allow",
      { name: "default.allow", annotations: { "projectcalico.org/metadata": '{"name":"default.allow"}' } },
      { tier: "default" },
      "default.allow",
    ],
  ])("a policy stored as %s with %o in %o is %s", (stored, metadata, spec, name) => {
    const etcdKey = `/calico/resources/v3/projectcalico.org/globalnetworkpolicies/${stored}`;
    const value = { kind: "GlobalNetworkPolicy", apiVersion: CALICO_API_VERSION, metadata, spec };
    const { key, resource } = decode(etcdKey, JSON.stringify(value));
    expect(key.name).toBe(name);
    expect(resource.metadata).toEqual({ name });
  });

  test("what is no value of the key is called corrupt", () => {
    const set = "/calico/resources/v3/projectcalico.org/networksets/prod/db";
    const valid = CORPUS.find(([key]) => key === set)![1];
    expect(reasonOf(set, valid)).toBeUndefined();
    expect(reasonOf(set, "")).toMatch(/JSON/);
    expect(reasonOf(set, "[1]")).toBe("it is not an object");
    expect(reasonOf(set, valid.replace("prod", "test"))).toBe("its namespace is test");
    expect(reasonOf(set, valid.replace('"db"', '"other"'))).toBe("its name is other");
    expect(reasonOf(set, valid.replace("NetworkSet", "Tier"))).toMatch(/it is a Tier/);
    expect(reasonOf(set, Buffer.from([0x7b, 0xff]))).toBe("it is not UTF-8");
  });

  test("keys of no resource are known as such", () => {
    for (const key of [
      "/calico/ipam/v2/host/n-1",
      "/calico/felix/v2/no-region/host/n-1/status",
      "/calico/resources/v3/projectcalico.org/blockaffinities/n-1-10-0-0-0-26",
      "/calico/resources/v3/projectcalico.org/ipamconfigurations/default",
      "/calico/resources/v3/projectcalico.org/networksets/lonely",
      "/calico/resources/v3/projectcalico.org/tiers/a/b",
    ])
      expect(readKey(key)).toBeUndefined();
  });
});

const missing = missingForEtcdTests();

describe.skipIf(missing !== undefined)(
  `the corpus in etcd${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let server: EtcdServer;
    let raw: Etcd3;
    let datastore: EtcdDatastore;
    beforeAll(async () => {
      server = await EtcdServer.start();
      raw = new Etcd3({ hosts: server.endpoint });
      datastore = new EtcdDatastore({ endpoints: [server.endpoint] });
      for (const [key, value] of CORPUS) await raw.put(key).value(value);
      await raw.put("/calico/ipam/v2/host/n-1").value("{}");
    });
    afterAll(async () => {
      raw?.close();
      await datastore?.close();
      await server?.close();
    });

    test("every value is listed, and an update that changes nothing changes no byte", async () => {
      let count = 0;
      for (const { kind } of CALICO_KINDS) {
        const { items, corrupt } = await datastore.list({ apiVersion: CALICO_API_VERSION, kind });
        expect(corrupt).toEqual([]);
        for (const { key, resource, resourceVersion } of items) {
          count++;
          expect(await datastore.get(key)).toEqual({ key, resource, resourceVersion });
          await datastore.update(resource, resourceVersion);
        }
      }
      expect(count).toBe(CORPUS.length);
      for (const [key, value] of CORPUS) expect(await raw.get(key).string()).toBe(value);
      expect(await raw.getAll().keys()).toHaveLength(CORPUS.length + 1);
    });

    test("a policy under its old key is found, updated there, and gives way to the new one", async () => {
      const directory = "/calico/resources/v3/projectcalico.org/networkpolicies/old/";
      const kind = { kind: "NetworkPolicy", apiVersion: CALICO_API_VERSION };
      const policy = (name: string, selector: string): Resource => ({
        ...kind,
        metadata: { name, namespace: "old" },
        spec: { selector },
      });
      await raw.put(`${directory}default.web`).value(JSON.stringify(policy("default.web", "a == 'b'")));
      const key = { ...kind, namespace: "old", name: "web" };
      const { resourceVersion } = await datastore.get(key);
      expect(await problem(datastore.create(policy("web", "all()")))).toMatchObject({
        kind: "already-exists",
      });
      await datastore.update(policy("web", "all()"), resourceVersion);
      expect(await raw.get(`${directory}web`).exists()).toBe(false);
      expect(parseJson((await raw.get(`${directory}default.web`).string()) ?? "")).toMatchObject({
        metadata: { name: "default.web", annotations: { "projectcalico.org/metadata": '{"name":"web"}' } },
        spec: { selector: "all()" },
      });
      const { revision } = await datastore.list({ ...kind, namespace: "old" });
      await raw.put(`${directory}web`).value(JSON.stringify(policy("web", "c == 'd'")));
      const both = await datastore.list({ ...kind, namespace: "old" });
      expect(both.items.map(({ resource }) => resource.spec)).toEqual([{ selector: "c == 'd'" }]);
      await raw.delete().key(`${directory}default.web`);
      await datastore.delete(key);
      const over = new AbortController();
      const events: string[] = [];
      for await (const event of datastore.watch({ ...kind, namespace: "old" }, revision, over.signal)) {
        if (event.kind !== "bookmark") events.push(event.kind);
        if (event.kind === "delete") over.abort();
      }
      expect(events[0]).toBe("upsert");
      expect(events.at(-1)).toBe("delete");
    });

    test.each([
      [{ kind: "Pod", apiVersion: "v1", metadata: { name: "a", namespace: "b" } }, /keeps no Pod/],
      [{ kind: "Tier", apiVersion: CALICO_API_VERSION, metadata: { name: "a/b" } }, /cannot be a name/],
      [
        { kind: "IPAMConfiguration", apiVersion: CALICO_API_VERSION, metadata: { name: "x" } },
        /named default/,
      ],
      [
        {
          kind: "IPAMBlock",
          apiVersion: CALICO_API_VERSION,
          metadata: { name: "10-0-0-0-26" },
          spec: { cidr: "10.0.0.0/25" },
        },
        /must be 10-0-0-0-25/,
      ],
    ])("what has no place in etcd is refused: %o", async (resource, reason) => {
      const refused = datastore.create(resource);
      expect(await problem(refused)).toMatchObject({ kind: "invalid" });
      await expect(refused).rejects.toThrow(reason);
    });
  },
);
