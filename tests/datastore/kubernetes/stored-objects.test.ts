import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../runtime/datastore/json.ts";
import { KubernetesDatastore } from "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts";
import type { Selection } from "../../../runtime/datastore/resource.ts";
import { listAll, problem, watchFor } from "../consume.ts";
import { pool } from "../samples.ts";
import { ApiServer } from "./api-server/server.ts";
import { withServer } from "./fixture.ts";
import { optionsFor, startServer } from "./harness.ts";

const fixture = withServer();

const POLICIES: Selection = { apiVersion: "projectcalico.org/v3", kind: "GlobalNetworkPolicy" };

function storePolicy(objectName: string, annotations: JsonObject): void {
  fixture.server.storage.write(`crd.projectcalico.org/globalnetworkpolicies/${objectName}`, {
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

describe("the group of the custom resources", () => {
  test("is v3 where the server has only that, and what is asked for", async () => {
    const native = await startServer("projectcalico.org/v3");
    fixture.afterwards(() => native.stop());
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
    fixture.afterwards(() => both.stop());
    await new KubernetesDatastore(optionsFor(both)).create(pool("p", "10.0.0.0/16"));
    expect(both.storage.read("crd.projectcalico.org/ippools/p")).toBeDefined();
  });
});

describe("policies of before 3.32, stored as default.<name>", () => {
  const key = { ...POLICIES, namespace: "", name: "web" };
  const HELD = { "projectcalico.org/metadata": '{"name":"web"}' };

  test("are found, updated and deleted where they are", async () => {
    storePolicy("default.web", HELD);
    const datastore = fixture.open();
    const { resource, resourceVersion } = await datastore.get(key);
    expect((await datastore.list(POLICIES)).items.map(({ key: { name } }) => name)).toEqual(["web"]);
    expect(await problem(datastore.create(resource))).toMatchObject({ kind: "already-exists" });
    await datastore.update({ ...resource, spec: { tier: "default", order: 1 } }, resourceVersion);
    const path = "crd.projectcalico.org/globalnetworkpolicies/default.web";
    expect(fixture.server.storage.read(path)?.object).toMatchObject({ spec: { order: 1 } });
    await datastore.delete(key);
    expect(fixture.server.storage.read(path)).toBeUndefined();
  });

  test("do not count beside the new one", async () => {
    storePolicy("default.web", HELD);
    storePolicy("web", HELD);
    const datastore = fixture.open();
    const { items } = await listAll(datastore, POLICIES, 1);
    expect(items).toHaveLength(1);
    expect(items[0]?.resourceVersion).toBe((await datastore.get(key)).resourceVersion);
    const { revision } = await datastore.list(POLICIES);
    fixture.server.storage.write("crd.projectcalico.org/globalnetworkpolicies/default.web", undefined);
    storePolicy("web", { "projectcalico.org/metadata": '{"name":"web","labels":{"a":"b"}}' });
    // The end of the old one is not that of the policy.
    expect((await watchFor(datastore, POLICIES, revision, 1)).map(({ kind }) => kind)).toEqual(["upsert"]);
  });
});
