import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import { problem, watchFor } from "../consume.ts";
import { NETWORK_SETS, networkSet, setKey } from "../samples.ts";
import { ApiServer } from "./api-server/server.ts";
import { PODS, withServer } from "./fixture.ts";
import { kubeconfigFor, optionsFor } from "./harness.ts";

const fixture = withServer();

describe("Kubernetes' own objects", () => {
  test("are listed and watched as what they are, and not written", async () => {
    const datastore = fixture.open();
    fixture.storePod("a");
    const { items, revision } = await datastore.list(PODS);
    expect(items.map(({ resource }) => resource)).toEqual([
      { kind: "Pod", apiVersion: "v1", metadata: { name: "a", namespace: "prod" }, spec: {} },
    ]);
    fixture.storePod("b");
    expect(await watchFor(datastore, PODS, revision, 1)).toMatchObject([{ stored: { key: { name: "b" } } }]);
    expect(await problem(datastore.create(items[0]!.resource))).toEqual({
      kind: "invalid",
      reason: "Pod is Kubernetes' own, and only read here: write it with kubectl",
    });
    expect(await problem(datastore.delete(items[0]!.key))).toMatchObject({ kind: "invalid" });
  });

  test("a kind that Calico only makes from others is refused with what it is made from", async () => {
    const asked = fixture.open().list({ apiVersion: "projectcalico.org/v3", kind: "WorkloadEndpoint" });
    await expect(asked).rejects.toThrow(
      "the Kubernetes datastore holds no WorkloadEndpoint: it follows from Pod of Kubernetes",
    );
  });
});

describe("what a server refuses", () => {
  test("for want of a right: verb, resource, and how to grant it", async () => {
    fixture.server.tokens.set("t", "system:serviceaccount:tools:compiler");
    fixture.server.forbidden.add("list networksets").add("watch pods");
    const datastore = fixture.open({ token: "t" });
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
    fixture.server.admission = (object) =>
      object.includes("0.0.0.0/0") ? "no set of everything" : undefined;
    const datastore = fixture.open();
    expect(await problem(datastore.create(networkSet("prod", "all", ["0.0.0.0/0"])))).toEqual({
      kind: "invalid",
      reason: 'admission webhook "policy.example.com" denied the request: no set of everything',
    });
    await datastore.create(networkSet("prod", "some"));
  });

  test("a name that Kubernetes does not take, a namespace or a kind that is not there", async () => {
    const datastore = fixture.open();
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
    fixture.afterwards(() => bare.stop());
    const without = new KubernetesDatastore(optionsFor(bare));
    expect(await problem(without.create(networkSet("prod", "a")))).toEqual({
      kind: "invalid",
      reason:
        "the server has no networksets.crd.projectcalico.org: install it with calicoctl datastore crds | kubectl apply -f -",
    });
  });

  test("too many requests are repeated, for a while", async () => {
    const datastore = fixture.open();
    fixture.server.busy = 3;
    await datastore.create(networkSet("prod", "a"));
    fixture.server.busy = 1000;
    expect(await problem(datastore.get(setKey("prod", "a")))).toMatchObject({ kind: "unreachable" });
  });
});

describe("credentials", () => {
  test("a token that is not accepted is said; one that has been renewed in the kubeconfig is taken", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    const kubeconfig = join(directory, "config");
    try {
      fixture.server.tokens.set("second", "admin");
      writeFileSync(kubeconfig, kubeconfigFor(fixture.server.url, { token: "first" }));
      const datastore = new KubernetesDatastore({ kubeconfig });
      expect(await problem(datastore.list(NETWORK_SETS))).toEqual({
        kind: "unauthorized",
        reason: expect.stringContaining("Unauthorized"),
      });
      writeFileSync(kubeconfig, kubeconfigFor(fixture.server.url, { token: "second" }));
      expect((await datastore.list(NETWORK_SETS)).items).toEqual([]);
      // It expires while a synchronisation goes on, and is renewed.
      const view = fixture.mirror(datastore, NETWORK_SETS);
      await view.inSync();
      fixture.server.tokens.clear();
      fixture.server.tokens.set("third", "admin");
      await fixture.server.stop();
      await fixture.server.start();
      await view.until(({ report }) => report?.trouble?.problem.kind === "unauthorized");
      writeFileSync(kubeconfig, kubeconfigFor(fixture.server.url, { token: "third" }));
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
    const { url } = fixture.server;
    await fixture.server.stop();
    const datastore = new KubernetesDatastore({ endpoint: url });
    expect(await problem(datastore.list(NETWORK_SETS))).toMatchObject({
      kind: "unreachable",
      reason: expect.stringContaining("ECONNREFUSED"),
    });
    expect(() => new KubernetesDatastore({ kubeconfig: "/nowhere/config" })).toThrow(/\/nowhere\/config/);
    expect(() => new KubernetesDatastore(optionsFor(fixture.server, { context: "other" }))).toThrow(
      "the kubeconfig has no context other",
    );
  });
});
