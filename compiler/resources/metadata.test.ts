import { describe, expect, test } from "vitest";
import { decodeMetadata } from "./metadata.ts";
import { collector } from "./network/testing/read.ts";
import { findKind } from "./registry.ts";

const KINDS = {
  calico: findKind("projectcalico.org/v3", "NetworkSet")!,
  calicoCluster: findKind("projectcalico.org/v3", "IPPool")!,
  kubernetes: findKind("v1", "Pod")!,
  kubernetesCluster: findKind("v1", "Namespace")!,
};

function decode(metadata: unknown, kind: keyof typeof KINDS = "calico") {
  const { report, findings } = collector();
  const decoded = decodeMetadata({ metadata }, KINDS[kind], { file: "", document: 0, path: [] }, report);
  return { decoded, findings };
}

test("everything that is read", () => {
  const metadata = {
    name: "a",
    namespace: "prod",
    labels: { app: "web" },
    annotations: { note: "anything goes" },
    uid: "u",
    creationTimestamp: "2025-01-01T00:00:00Z",
    deletionTimestamp: "2025-01-02T00:00:00Z",
  };
  const ignored = {
    resourceVersion: "1",
    generation: 2,
    managedFields: [],
    ownerReferences: [],
    finalizers: [],
  };
  expect(decode({ ...metadata, ...ignored })).toEqual({ decoded: metadata, findings: [] });
});

test("what is absent is empty", () => {
  expect(decode({ name: "a" }).decoded).toEqual({
    name: "a",
    namespace: "default",
    labels: {},
    annotations: {},
    uid: "",
    creationTimestamp: "",
    deletionTimestamp: "",
  });
});

describe("without a usable name or namespace there is no resource", () => {
  test.each([
    ["no metadata", undefined, "resource/missing-name metadata"],
    ["no mapping", "a", "resource/type metadata"],
    ["no name", {}, "resource/missing-name metadata"],
    ["a name that is no text", { name: true }, "resource/type metadata.name"],
    ["upper case", { name: "Web" }, "resource/invalid-name metadata.name"],
    ["a slash", { name: "a/b" }, "resource/invalid-name metadata.name"],
    ["a line break at the end", { name: "a\n" }, "resource/invalid-name metadata.name"],
    ["254 characters", { name: "a".repeat(254) }, "resource/invalid-name metadata.name"],
    ["a dot in the namespace", { name: "a", namespace: "b.c" }, "resource/invalid-name metadata.namespace"],
    [
      "a long namespace",
      { name: "a", namespace: "b".repeat(64) },
      "resource/invalid-name metadata.namespace",
    ],
  ])("%s", (_, metadata, finding) => {
    expect(decode(metadata)).toEqual({ decoded: undefined, findings: [finding] });
  });
});

describe("what is wrong but not fatal is told and left out", () => {
  test.each([
    ["a label's key", { labels: { "a b": "c", ok: "d" } }, "resource/invalid-label metadata.labels.a b"],
    ["a label's value", { labels: { a: "b c", ok: "d" } }, "resource/invalid-label metadata.labels.a"],
    ["a label that is no text", { labels: { a: true, ok: "d" } }, "resource/type metadata.labels.a"],
  ])("%s", (_, parts, finding) => {
    const { decoded, findings } = decode({ name: "a", ...parts });
    expect(decoded?.labels).toEqual({ ok: "d" });
    expect(findings).toEqual([finding]);
  });

  test.each([
    ["labels", { labels: [] }, "resource/type metadata.labels"],
    ["annotations", { annotations: "a" }, "resource/type metadata.annotations"],
    ["uid", { uid: 7 }, "resource/type metadata.uid"],
    [
      "an annotation's key",
      { annotations: { "a/b/c": "" } },
      "resource/invalid-annotation metadata.annotations.a/b/c",
    ],
  ])("%s", (_, parts, finding) => {
    expect(decode({ name: "a", ...parts }).findings).toEqual([finding]);
  });
});

test("keys of annotations may have capitals", () => {
  expect(decode({ name: "a", annotations: { "Example.COM/Note": "x" } }).findings).toEqual([]);
});

test("annotations have 256 KiB together, keys included", () => {
  const annotations = { a: "x".repeat(131_071), b: "x".repeat(131_071) };
  expect(decode({ name: "a", annotations }).findings).toEqual([]);
  expect(decode({ name: "a", annotations: { ...annotations, c: "" } }).findings).toEqual([
    "resource/annotations-too-large metadata.annotations",
  ]);
});

describe("Calico's kinds and Kubernetes' differ", () => {
  test("an unknown field is an error of one, a warning of the other", () => {
    const metadata = { name: "a", lables: {} };
    expect(decode(metadata).findings).toEqual(["resource/unknown-field metadata.lables"]);
    expect(decode(metadata, "kubernetes").findings).toEqual(["kubernetes/unknown-field metadata.lables"]);
  });

  test("a namespace on a cluster-scoped kind", () => {
    const metadata = { name: "a", namespace: "b" };
    expect(decode(metadata, "calicoCluster").findings).toEqual([
      "resource/unexpected-namespace metadata.namespace",
    ]);
    const { decoded, findings } = decode(metadata, "kubernetesCluster");
    expect({ namespace: decoded?.namespace, findings }).toEqual({ namespace: "", findings: [] });
  });

  test("the beginning of a name suffices for Kubernetes, which completes it", () => {
    expect(decode({ generateName: "job-" }, "kubernetes").decoded?.name).toBe("job");
    expect(decode({ generateName: "job-" }).findings).toEqual(["resource/missing-name metadata"]);
  });
});
