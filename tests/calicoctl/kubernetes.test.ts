import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { MANAGED_KINDS } from "../../cli/resources/kinds.ts";
import { readKey } from "../../runtime/datastore/etcd/keys.ts";
import { decodeValue } from "../../runtime/datastore/etcd/values.ts";
import { CORPUS } from "../datastore/corpus/corpus.ts";
import type { ApiServer } from "../datastore/kubernetes/api-server/server.ts";
import { kubeconfigFor, startServer } from "../datastore/kubernetes/harness.ts";
import { networkSet, pool, Store } from "./store.ts";

/** Kinds that Calico makes from Kubernetes' own objects there. */
const DERIVED = ["Node", "Profile", "WorkloadEndpoint"];

describe.each(["crd.projectcalico.org/v1", "projectcalico.org/v3"] as const)("%s", (group) => {
  let server: ApiServer;
  let store: Store;
  beforeEach(async () => {
    server = await startServer(group);
    store = await Store.open({});
    vi.stubEnv("K8S_CURRENT_CONTEXT", undefined);
    vi.stubEnv("KUBECONFIG", await store.file("kubeconfig", kubeconfigFor(server.url)));
  });
  afterEach(async () => {
    await store.close();
    await server.stop();
  });

  test("resources are written, shown, changed and deleted", async () => {
    const file = await store.file("both.yaml", pool("p1", "10.1.0.0/16") + networkSet("s1", "prod"));
    expect(await calicoctl("apply", "-f", file)).toEqual({
      code: 0,
      stdout: "Successfully applied 2 resource(s)\n",
      stderr: "",
    });
    expect((await calicoctl("get", "networksets", "-A")).stdout).toBe(
      "NAMESPACE   NAME   \nprod        s1     \n\n",
    );
    expect((await calicoctl("patch", "pool", "p1", "-p", "spec: {disabled: true}")).code).toBe(0);
    expect((await calicoctl("label", "pool", "p1", "a=b")).code).toBe(0);
    const shown = JSON.parse((await calicoctl("get", "pool", "p1", "-o", "json")).stdout);
    expect(shown).toMatchObject({
      metadata: { name: "p1", labels: { a: "b" } },
      spec: { cidr: "10.1.0.0/16", disabled: true },
    });
    expect((await calicoctl("diff", "-f", file)).stdout).toMatch(/^-.*disabled: true$/m);
    expect((await calicoctl("delete", "pool", "p1")).code).toBe(0);
    expect((await calicoctl("get", "pool", "p1")).stderr).toMatch(/^resource does not exist: IPPool\(p1\)/);
  });

  test("get and apply have no effect on any kind that is kept there", async () => {
    const values = CORPUS.map(
      ([key, value]) => [key, value.replace(/,"communities":\[[^\]]*\]/, "")] as const,
    );
    const valid = values.map(
      ([key, value]) => [key, value.replace('"tcp","port":22', '"TCP","port":22')] as const,
    );
    const kept = MANAGED_KINDS.filter(({ kind }) => !DERIVED.includes(kind) && kind !== "ClusterInformation");
    const all = valid.flatMap(([etcdKey, value]) => {
      const key = readKey(etcdKey);
      if (key === undefined || key.name.startsWith("knp.")) return [];
      if (!kept.some(({ kind }) => kind === key.kind)) return [];
      const decoded = decodeValue(etcdKey, key, Buffer.from(value));
      return "reason" in decoded ? [] : [decoded.resource];
    });
    const file = await store.file("all.json", JSON.stringify(all));
    expect(await calicoctl("apply", "-f", file)).toMatchObject({ code: 0, stderr: "" });
    const before = server.storage.revision;
    for (const { kind, namespaced } of kept) {
      const got = await calicoctl("get", kind, ...(namespaced ? ["-A"] : []), "-o", "yaml");
      expect({ code: got.code, stderr: got.stderr }).toEqual({ code: 0, stderr: "" });
      const again = await store.file("again.yaml", got.stdout);
      expect(await calicoctl("apply", "-f", again)).toMatchObject({ code: 0, stderr: "" });
    }
    expect(server.storage.revision).toBe(before);
  });

  test("what it holds is compiled", async () => {
    await calicoctl("apply", "-f", await store.file("pool.yaml", pool("p1", "10.1.0.0/16")));
    const out = await store.file("placeholder", "");
    const { code, stdout } = await calicoctl(
      "compile",
      "--datastore",
      "--out-dir",
      `${out}-dir`,
      "-o",
      "json",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/"IPPool"/);
  });

  test("--context chooses within the kubeconfig", async () => {
    expect((await calicoctl("get", "pool", "--context", "x")).code).toBe(0);
    expect(await calicoctl("get", "pool", "--context", "y")).toEqual({
      code: 1,
      stdout: "",
      stderr: "the kubeconfig has no context y\n",
    });
  });

  test("what Calico makes from Kubernetes' objects is named", async () => {
    expect(await calicoctl("get", "profiles")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "the Kubernetes datastore holds no Profile: it follows from Namespace and ServiceAccount of Kubernetes\n",
    });
  });
});
