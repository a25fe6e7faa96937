import { getEventListeners, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import type { JsonObject } from "../../../runtime/datastore/json.ts";
import type { KubernetesOptions } from "../../../runtime/datastore/kubernetes/connection.ts";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import type { Selection } from "../../../runtime/datastore/resource.ts";
import { listAll, Mirror, problem, watchFor } from "../consume.ts";
import { NETWORK_SETS, networkSet, pool, setKey } from "../samples.ts";
import { ApiServer } from "./api-server/server.ts";
import { kubeconfigFor, optionsFor, startServer } from "./harness.ts";

const PODS: Selection = { apiVersion: "v1", kind: "Pod" };
const POLICIES: Selection = { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy" };

let server: ApiServer;
const opened: (() => Promise<void>)[] = [];

beforeEach(async () => {
  server = await startServer("crd.projectcalico.org/v1");
});
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
  await server.stop();
});

function open(more: Partial<KubernetesOptions> = {}): Datastore {
  const datastore = new KubernetesDatastore(optionsFor(server, more));
  opened.push(() => datastore.close());
  return datastore;
}

function mirror(datastore: Datastore, selection: Selection): Mirror {
  const made = new Mirror(datastore, [selection]);
  opened.unshift(() => made.stop());
  return made;
}

function storePod(name: string, spec: JsonObject = {}): void {
  server.storage.write(`/pods/prod/${name}`, { metadata: { name, namespace: "prod" }, spec });
}

function storePolicy(objectName: string, annotations: JsonObject): void {
  server.storage.write(`crd.projectcalico.org/globalnetworkpolicies/${objectName}`, {
    kind: "GlobalNetworkPolicy",
    metadata: {
      name: objectName,
      annotations,
      uid: "30316465-6365-4463-ad63-3564622d3638",
      creationTimestamp: "2026-08-01T00:00:00Z",
      generation: 1,
    },
    spec: { tier: "default" },
  });
}

describe("Kubernetes' own objects", () => {
  test("are listed and watched as what they are, and not written", async () => {
    const datastore = open();
    storePod("a");
    const { items, revision } = await datastore.list(PODS);
    expect(items.map(({ resource }) => resource)).toEqual([
      { kind: "Pod", apiVersion: "v1", metadata: { name: "a", namespace: "prod" }, spec: {} },
    ]);
    storePod("b");
    expect(await watchFor(datastore, PODS, revision, 1)).toMatchObject([{ stored: { key: { name: "b" } } }]);
    expect(await problem(datastore.create(items[0]!.resource))).toEqual({
      kind: "invalid",
      reason: "Pod is Kubernetes' own, and only read here: write it with kubectl",
    });
    expect(await problem(datastore.delete(items[0]!.key))).toMatchObject({ kind: "invalid" });
  });

  test("a kind that Calico only makes from others is refused with what it is made from", async () => {
    const asked = open().list({ apiVersion: "projectcalico.org/v3", kind: "WorkloadEndpoint" });
    await expect(asked).rejects.toThrow(
      "the Kubernetes datastore holds no WorkloadEndpoint: it follows from Pod of Kubernetes",
    );
  });
});

describe("what a server refuses", () => {
  test("for want of a right: verb, resource, and how to grant it", async () => {
    server.tokens.set("t", "system:serviceaccount:tools:compiler");
    server.forbidden.add("list networksets").add("watch pods");
    const datastore = open({ token: "t" });
    const refused = await problem(datastore.list(NETWORK_SETS));
    expect(refused).toEqual({
      kind: "unauthorized",
      reason:
        'networksets.crd.projectcalico.org is forbidden: User "system:serviceaccount:tools:compiler" cannot list resource "networksets" in API group "crd.projectcalico.org" at the cluster scope. ' +
        "To allow it: kubectl create clusterrole calicoctl-list-networksets --verb=list --resource=networksets.crd.projectcalico.org && " +
        "kubectl create clusterrolebinding calicoctl-list-networksets --clusterrole=calicoctl-list-networksets --serviceaccount=tools:compiler",
    });
    const { revision } = await datastore.list(PODS);
    expect(await problem(watchFor(datastore, PODS, revision, 1))).toMatchObject({ kind: "unauthorized" });
  });

  test("by admission: what the webhook says", async () => {
    server.admission = (object) => (object.includes("0.0.0.0/0") ? "no set of everything" : undefined);
    const datastore = open();
    expect(await problem(datastore.create(networkSet("prod", "all", ["0.0.0.0/0"])))).toEqual({
      kind: "invalid",
      reason: 'admission webhook "policy.example.com" denied the request: no set of everything',
    });
    await datastore.create(networkSet("prod", "some"));
  });

  test("a name that Kubernetes does not take, a namespace or a kind that is not there", async () => {
    const datastore = open();
    expect(await problem(datastore.create(networkSet("prod", "Upper")))).toMatchObject({
      kind: "invalid",
      reason: expect.stringContaining("RFC 1123"),
    });
    expect(await problem(datastore.create(networkSet("nowhere", "a")))).toEqual({
      kind: "invalid",
      reason: "the namespace nowhere does not exist: create it first",
    });
    const bare = new ApiServer([]);
    bare.addNamespace("prod");
    await bare.start();
    opened.push(() => bare.stop());
    const without = new KubernetesDatastore(optionsFor(bare));
    expect(await problem(without.create(networkSet("prod", "a")))).toEqual({
      kind: "invalid",
      reason:
        "the server has no networksets.crd.projectcalico.org: install it with calicoctl datastore crds | kubectl apply -f -",
    });
  });

  test("too many requests are repeated, for a while", async () => {
    const datastore = open();
    server.busy = 3;
    await datastore.create(networkSet("prod", "a"));
    server.busy = 1000;
    expect(await problem(datastore.get(setKey("prod", "a")))).toMatchObject({ kind: "unreachable" });
  });
});

describe("credentials", () => {
  test("a token that is not accepted is said; one that has been renewed in the kubeconfig is taken", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    const kubeconfig = join(directory, "config");
    try {
      server.tokens.set("second", "admin");
      writeFileSync(kubeconfig, kubeconfigFor(server.url, { token: "first" }));
      const datastore = new KubernetesDatastore({ kubeconfig });
      expect(await problem(datastore.list(NETWORK_SETS))).toEqual({
        kind: "unauthorized",
        reason: expect.stringContaining("Unauthorized"),
      });
      writeFileSync(kubeconfig, kubeconfigFor(server.url, { token: "second" }));
      expect((await datastore.list(NETWORK_SETS)).items).toEqual([]);
      // It expires while a synchronisation goes on, and is renewed.
      const view = mirror(datastore, NETWORK_SETS);
      await view.inSync();
      server.tokens.clear();
      server.tokens.set("third", "admin");
      await server.stop();
      await server.start();
      await view.until(({ report }) => report?.trouble?.problem.kind === "unauthorized");
      writeFileSync(kubeconfig, kubeconfigFor(server.url, { token: "third" }));
      await datastore.create(networkSet("prod", "a"));
      await view.until(({ versions, report }) => versions.has("prod/a") && report?.trouble === undefined);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test("a server that takes connections and says nothing is unreachable, for a watch, too", async () => {
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const sockets = new Set<Socket>();
    silent.on("connection", (socket) => sockets.add(socket));
    try {
      const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
      const datastore = new KubernetesDatastore({
        endpoint,
        timeout: 100,
        crdGroup: "crd.projectcalico.org/v1",
      });
      const reason = "no answer within 100 ms";
      expect(await problem(datastore.list(NETWORK_SETS))).toEqual({ kind: "unreachable", reason });
      expect(await problem(watchFor(datastore, NETWORK_SETS, "5", 1))).toEqual({
        kind: "unreachable",
        reason,
      });
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  test("a server that is not there, and a kubeconfig that is none", async () => {
    const { url } = server;
    await server.stop();
    const datastore = new KubernetesDatastore({ endpoint: url });
    expect(await problem(datastore.list(NETWORK_SETS))).toMatchObject({
      kind: "unreachable",
      reason: expect.stringContaining("ECONNREFUSED"),
    });
    expect(() => new KubernetesDatastore({ kubeconfig: "/nowhere/config" })).toThrow(/\/nowhere\/config/);
    expect(() => new KubernetesDatastore(optionsFor(server, { context: "other" }))).toThrow(
      "the kubeconfig has no context other",
    );
  });
});

describe("watches", () => {
  test("go on after the server has ended one in order, and miss nothing", async () => {
    const datastore = open();
    const view = mirror(datastore, NETWORK_SETS);
    await view.inSync();
    await expect.poll(() => server.watches).toBe(1);
    server.endWatches();
    await expect.poll(() => server.watches).toBe(0);
    await datastore.create(networkSet("prod", "a"));
    await view.until(({ versions }) => versions.has("prod/a"));
    expect(view.statuses).toEqual(["wait", "resync", "in-sync"]);
    expect(view.report?.trouble).toBeUndefined();
  });

  test("bookmarks carry a quiet one over a compaction", async () => {
    server.bookmarkEvery = 20;
    const datastore = open();
    const { revision } = await datastore.list(NETWORK_SETS);
    const over = new AbortController();
    let last = revision;
    for (let i = 0; i < 5; i++) storePod(`p${i}`);
    for await (const event of datastore.watch(NETWORK_SETS, revision, over.signal)) {
      last = event.revision;
      if (event.kind === "bookmark" && Number(last) === server.storage.revision) over.abort();
    }
    server.storage.compact();
    expect(await problem(watchFor(datastore, NETWORK_SETS, revision, 1))).toMatchObject({ kind: "gone" });
    const seen = watchFor(datastore, NETWORK_SETS, last, 1);
    await datastore.create(networkSet("prod", "a"));
    expect(await seen).toMatchObject([{ kind: "upsert" }]);
  });

  test("a revision that the server has not reached is gone: it was another server's", async () => {
    expect(await problem(watchFor(open(), NETWORK_SETS, "999999", 1))).toEqual({
      kind: "gone",
      revision: "999999",
    });
  });

  test("leave nothing behind: no connection, no listener", async () => {
    const datastore = open();
    const { revision } = await datastore.list(NETWORK_SETS);
    const outer = new AbortController();
    for (let i = 0; i < 50; i++)
      for await (const event of datastore.watch(NETWORK_SETS, revision, outer.signal)) {
        expect(event.kind).toBe("bookmark");
        break;
      }
    expect(getEventListeners(outer.signal, "abort")).toHaveLength(0);
    await expect.poll(() => server.watches).toBe(0);
  });

  test("a kind that the server does not have is in sync with nothing, and looked for again", async () => {
    const bare = new ApiServer([]);
    await bare.start();
    opened.push(() => bare.stop());
    const datastore = new KubernetesDatastore(optionsFor(bare, { lookAgain: 50 }));
    opened.unshift(() => datastore.close());
    const view = mirror(datastore, NETWORK_SETS);
    await view.inSync();
    expect(view.versions.size).toBe(0);
    const before = bare.requests;
    await delay(200);
    expect(bare.requests).toBeGreaterThan(before);
    expect(view.statuses.at(-1)).toBe("in-sync");
  });
});

test("a server that dies in the middle of an answer is unreachable, and a synchronisation lists again", async () => {
  for (let i = 0; i < 200; i++) storePod(`p${i}`);
  const datastore = open();
  await datastore.list(PODS);
  server.broken = 1;
  expect(await problem(datastore.list(PODS))).toMatchObject({ kind: "unreachable" });
  server.broken = 2;
  const view = mirror(datastore, PODS);
  await view.inSync();
  expect(view.versions.size).toBe(200);
});

test("a list as a whole whose pages expire comes in one piece", async () => {
  for (let i = 0; i < 1100; i++)
    server.storage.write(`crd.projectcalico.org/networksets/prod/s${i}`, {
      kind: "NetworkSet",
      metadata: { name: `s${i}`, namespace: "prod" },
      spec: { nets: [] },
    });
  const datastore = open();
  server.afterPages = () => {
    storePod("other");
    server.storage.compact();
  };
  const page = await datastore.list(NETWORK_SETS);
  expect(page.items).toHaveLength(1100);
  expect(new Set(page.items.map(({ key }) => key.name)).size).toBe(1100);
});

describe("the group of the custom resources", () => {
  test("is v3 where the server has only that, and what is asked for", async () => {
    const native = await startServer("projectcalico.org/v3");
    opened.push(() => native.stop());
    await new KubernetesDatastore(optionsFor(native)).create(pool("p", "10.0.0.0/16"));
    expect(native.storage.read("projectcalico.org/ippools/p")?.object).toMatchObject({
      apiVersion: "projectcalico.org/v3",
      metadata: { name: "p" },
    });
    const asked = new KubernetesDatastore(optionsFor(native, { crdGroup: "crd.projectcalico.org/v1" }));
    expect((await asked.list({ apiVersion: "projectcalico.org/v3", kind: "IPPool" })).items).toEqual([]);
  });

  test("is v1 on a server with both, where the other is Calico's API server", async () => {
    const both = new ApiServer([
      { group: "crd.projectcalico.org", version: "v1", plural: "ippools", kind: "IPPool", namespaced: false },
      { group: "projectcalico.org", version: "v3", plural: "ippools", kind: "IPPool", namespaced: false },
    ]);
    await both.start();
    opened.push(() => both.stop());
    await new KubernetesDatastore(optionsFor(both)).create(pool("p", "10.0.0.0/16"));
    expect(both.storage.read("crd.projectcalico.org/ippools/p")).toBeDefined();
  });
});

describe("policies of before 3.32, stored as default.<name>", () => {
  const key = { ...POLICIES, namespace: "", name: "web" };
  const HELD = { "projectcalico.org/metadata": '{"name":"web"}' };

  test("are found, updated and deleted where they are", async () => {
    storePolicy("default.web", HELD);
    const datastore = open();
    const { resource, resourceVersion } = await datastore.get(key);
    expect((await datastore.list(POLICIES)).items.map(({ key: { name } }) => name)).toEqual(["web"]);
    expect(await problem(datastore.create(resource))).toMatchObject({ kind: "already-exists" });
    await datastore.update({ ...resource, spec: { tier: "default", order: 1 } }, resourceVersion);
    const path = "crd.projectcalico.org/globalnetworkpolicies/default.web";
    expect(server.storage.read(path)?.object).toMatchObject({ spec: { order: 1 } });
    await datastore.delete(key);
    expect(server.storage.read(path)).toBeUndefined();
  });

  test("do not count beside the new one", async () => {
    storePolicy("default.web", HELD);
    storePolicy("web", HELD);
    const datastore = open();
    const { items } = await listAll(datastore, POLICIES, 1);
    expect(items).toHaveLength(1);
    expect(items[0]?.resourceVersion).toBe((await datastore.get(key)).resourceVersion);
    const { revision } = await datastore.list(POLICIES);
    server.storage.write("crd.projectcalico.org/globalnetworkpolicies/default.web", undefined);
    storePolicy("web", { "projectcalico.org/metadata": '{"name":"web","labels":{"a":"b"}}' });
    // The end of the old one is not that of the policy.
    expect((await watchFor(datastore, POLICIES, revision, 1)).map(({ kind }) => kind)).toEqual(["upsert"]);
  });
});
