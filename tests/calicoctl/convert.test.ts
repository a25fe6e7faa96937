import { afterEach, beforeEach, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { Store } from "./store.ts";

let store: Store;
beforeEach(async () => {
  store = await Store.open();
});
afterEach(() => store.close());

/** As `kubectl get -o json` shows it. */
const stored = (kind: string, name: string, spec: object, annotation?: object) => ({
  apiVersion: "crd.projectcalico.org/v1",
  kind,
  metadata: {
    name,
    uid: "0-1",
    resourceVersion: "77",
    creationTimestamp: "2026-08-01T00:00:00Z",
    generation: 3,
    annotations: {
      "kubectl.kubernetes.io/last-applied-configuration": "{}",
      ...(annotation === undefined ? {} : { "projectcalico.org/metadata": JSON.stringify(annotation) }),
    },
  },
  spec,
});

async function converted(...items: readonly object[]) {
  const list = { apiVersion: "v1", kind: "List", items };
  const file = await store.file("stored.json", JSON.stringify(list));
  const { code, stdout, stderr } = await calicoctl("convert", "-f", file, "-o", "json");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout);
}

test("metadata come from the annotation, and nothing of the cluster stays", async () => {
  const pool = stored(
    "IPPool",
    "p1",
    { cidr: "10.0.0.0/16" },
    { labels: { a: "b" }, annotations: { c: "d" } },
  );
  expect(await converted(pool)).toEqual({
    apiVersion: "projectcalico.org/v3",
    kind: "IPPool",
    metadata: { name: "p1", labels: { a: "b" }, annotations: { c: "d" } },
    spec: { cidr: "10.0.0.0/16" },
  });
});

// The sheet of resources, "Policy name recovery on read".
test.each([
  ["default.a", undefined, "default.a"],
  ["default.a", {}, "a"],
  ["default.a", { name: "a.b" }, "a.b"],
])("a policy stored as %s with %o is %s", async (name, annotation, expected) => {
  const policy = stored("GlobalNetworkPolicy", name, { selector: "all()" }, annotation);
  expect((await converted(policy)).metadata).toEqual({ name: expected });
});

test("kinds with another name, and several as an array that apply takes", async () => {
  const both = await converted(
    stored("IPAMConfig", "default", { strictAffinity: true, autoAllocateBlocks: true }, {}),
    stored("IPPool", "p1", { cidr: "10.0.0.0/16" }, {}),
  );
  expect(both.map(({ kind }: { kind: string }) => kind)).toEqual(["IPAMConfiguration", "IPPool"]);
  const file = await store.file("converted.json", JSON.stringify(both));
  expect((await calicoctl("apply", "-f", file)).stdout).toBe("Successfully applied 2 resource(s)\n");
});

test("what is not converted", async () => {
  const refusal = async (text: string) => {
    const { code, stdout, stderr } = await calicoctl("convert", "-f", await store.file("x.yaml", text));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    return stderr;
  };
  const knp = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\n";
  expect(await refusal(knp)).toBe(
    "a NetworkPolicy of networking.k8s.io/v1 is not converted: Calico reads it from Kubernetes itself\n",
  );
  const pool = JSON.stringify(stored("IPPool", "p1", { cidr: "10.0.0.0/33" }, {}));
  expect(await refusal(pool)).toMatch(/^IPPool p1: /);
  const broken = pool.replace('"projectcalico.org/metadata":"{}"', '"projectcalico.org/metadata":"{"');
  expect(await refusal(broken)).toBe(
    "the annotation projectcalico.org/metadata of p1 is not a JSON object\n",
  );
});
