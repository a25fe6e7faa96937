import { describe, expect, test } from "vitest";
import { type Json, type JsonObject, parseJson } from "../../../runtime/datastore/json.ts";
import { type CrdGroup, servedKind } from "../../../runtime/datastore/kubernetes/served.ts";
import { mirrorUid } from "../../../runtime/datastore/kubernetes/uid.ts";
import { objectNamesOf, readObject, writeObject } from "../../../runtime/datastore/kubernetes/values.ts";
import { keyOf, type Resource } from "../../../runtime/datastore/resource.ts";

const V3 = "projectcalico.org/v3";
const CRD_V1: CrdGroup = "crd.projectcalico.org/v1";
const METADATA = "projectcalico.org/metadata";

function written(resource: Resource, group: CrdGroup, version?: string): Json {
  const served = servedKind(resource, group);
  const [name = ""] = objectNamesOf(served, keyOf(resource));
  return parseJson(writeObject(served, name, resource, version));
}

function read(kind: string, group: CrdGroup, object: Json) {
  return readObject(servedKind({ apiVersion: V3, kind }, group), object).value;
}

/** Source of the expected objects: the sheet "Kubernetes datastore" and "IPAM block JSON". */
describe("v1 custom resources", () => {
  test("hold the metadata of a policy in an annotation, its name included", () => {
    const policy: Resource = {
      apiVersion: V3,
      kind: "NetworkPolicy",
      metadata: {
        name: "allow-web",
        namespace: "prod",
        resourceVersion: "7",
        uid: "30316465-6365-4463-ad63-3564622d3638",
        creationTimestamp: "2026-08-01T00:00:00Z",
        labels: { "projectcalico.org/tier": "default", mine: "x" },
      },
      spec: { tier: "default" },
    };
    expect(written(policy, CRD_V1, "12")).toEqual({
      kind: "NetworkPolicy",
      apiVersion: CRD_V1,
      metadata: {
        name: "allow-web",
        namespace: "prod",
        resourceVersion: "12",
        labels: { "projectcalico.org/tier": "default" },
        annotations: {
          [METADATA]:
            '{"name":"allow-web","creationTimestamp":"2026-08-01T00:00:00Z","labels":{"mine":"x","projectcalico.org/tier":"default"}}',
        },
      },
      spec: { tier: "default" },
    });
  });

  test("hold no name of other kinds, and the finalizers and owners of all", () => {
    const pool: Resource = {
      apiVersion: V3,
      kind: "IPPool",
      metadata: {
        name: "p",
        creationTimestamp: "2026-08-01T00:00:00Z",
        ownerReferences: [
          { apiVersion: V3, kind: "Tier", name: "t", uid: "30316465-6365-4463-ad63-3564622d3638" },
        ],
      },
      spec: { cidr: "10.0.0.0/16" },
    };
    const object = written(pool, CRD_V1) as { readonly metadata: JsonObject };
    expect(object.metadata).toEqual({
      name: "p",
      annotations: {
        [METADATA]:
          '{"creationTimestamp":"2026-08-01T00:00:00Z","ownerReferences":[{"apiVersion":"crd.projectcalico.org/v1","kind":"Tier","name":"t","uid":"0c8c26a6-c6a6-44c6-adc6-ac2646b46c1c"}]}',
      },
    });
    expect(
      read("IPPool", CRD_V1, { ...object, metadata: { ...object.metadata, resourceVersion: "5" } }),
    ).toEqual({
      key: keyOf(pool),
      resourceVersion: "5",
      resource: pool,
    });
  });

  // As `ConvertK8sResourceToCalicoResource` of libcalico-go: they were written before UIDs were converted.
  test("of older writers name owners of projectcalico.org/v3 by the UIDs of v1", () => {
    const owner = { apiVersion: V3, kind: "Tier", name: "t", uid: "0c8c26a6-c6a6-44c6-adc6-ac2646b46c1c" };
    const { resource } = read("IPPool", CRD_V1, {
      metadata: {
        name: "p",
        resourceVersion: "5",
        annotations: { [METADATA]: JSON.stringify({ ownerReferences: [owner] }) },
      },
      spec: {},
    }) as { readonly resource: Resource };
    expect(resource.metadata.ownerReferences).toEqual([
      { ...owner, uid: "30316465-6365-4463-ad63-3564622d3638" },
    ]);
  });

  test("are read with native and held metadata as one, held wins", () => {
    const value = read("IPPool", CRD_V1, {
      metadata: {
        name: "p",
        resourceVersion: "9",
        uid: "0c8c26a6-c6a6-44c6-adc6-ac2646b46c1c",
        creationTimestamp: "2026-08-02T00:00:00Z",
        generation: 3,
        labels: { "projectcalico.org/a": "native", "projectcalico.org/b": "native" },
        annotations: {
          [METADATA]: '{"creationTimestamp":null,"labels":{"projectcalico.org/a":"held"}}',
          other: "x",
        },
      },
      spec: {},
    });
    expect(value).toMatchObject({
      resourceVersion: "9",
      resource: {
        metadata: {
          name: "p",
          uid: "30316465-6365-4463-ad63-3564622d3638",
          creationTimestamp: "2026-08-02T00:00:00Z",
          labels: { "projectcalico.org/a": "held", "projectcalico.org/b": "native" },
          annotations: { other: "x" },
        },
      },
    });
  });

  test.each([
    ["an annotation with a name", { [METADATA]: '{"name":"web"}' }, "default", "web"],
    ["one without a name", { [METADATA]: "{}" }, "default", "web"],
    ["one without a name in another tier", { [METADATA]: "{}" }, "security", "default.web"],
    ["none", {}, "default", "default.web"],
  ])("the name of a policy that is stored as default.web, with %s", (_, annotations, tier, name) => {
    const object = {
      kind: "GlobalNetworkPolicy",
      metadata: { name: "default.web", annotations },
      spec: { tier },
    };
    expect(read("GlobalNetworkPolicy", CRD_V1, object)).toMatchObject({ key: { name } });
  });

  test("what cannot be read is said with its place", () => {
    const object = { metadata: { name: "db", namespace: "prod", annotations: { [METADATA]: "[1]" } } };
    expect(read("NetworkSet", CRD_V1, object)).toEqual({
      place: "networksets.crd.projectcalico.org prod/db",
      key: { apiVersion: V3, kind: "NetworkSet", namespace: "prod", name: "db" },
      reason: `its annotation ${METADATA} is no JSON object`,
    });
  });
});

describe("objects of IPAM", () => {
  const affinity: Resource = {
    apiVersion: V3,
    kind: "BlockAffinity",
    metadata: { name: "n1-10-65-0-0-30" },
    spec: { state: "confirmed", node: "n1", type: "host", cidr: "10.65.0.0/30", deleted: false },
  };

  test.each([
    [CRD_V1, "false"],
    ["projectcalico.org/v3" as const, false],
  ])("an affinity of %s says deleted: %j", (group, deleted) => {
    const object = written(affinity, group);
    expect(object).toMatchObject({ spec: { deleted } });
    expect(read("BlockAffinity", group, object)).toMatchObject({
      resource: { spec: affinity.spec as object },
    });
  });

  test("a handle keeps the case of its ID, its object does not", () => {
    const handle: Resource = {
      apiVersion: V3,
      kind: "IPAMHandle",
      metadata: { name: "k8s-pod-network.ABC" },
      spec: { handleID: "k8s-pod-network.ABC", block: { "10.65.0.0/30": 1 }, deleted: false },
    };
    const object = written(handle, CRD_V1);
    expect(object).toMatchObject({
      metadata: { name: "k8s-pod-network.abc", annotations: { [METADATA]: "{}" } },
    });
    expect(read("IPAMHandle", CRD_V1, object)).toMatchObject({ key: { name: "k8s-pod-network.ABC" } });
  });

  test("a v1 block says strictAffinity, has its lists even where etcd has null, and counts exactly", () => {
    const block: Resource = {
      apiVersion: V3,
      kind: "IPAMBlock",
      metadata: { name: "10-65-0-0-30" },
      spec: { cidr: "10.65.0.0/30", attributes: null, sequenceNumber: 1785542400000000003n },
    };
    expect(written(block, CRD_V1)).toMatchObject({
      spec: { strictAffinity: false, attributes: [], unallocated: [], sequenceNumber: 1785542400000000003n },
    });
  });

  test("the configuration has another kind in v1", () => {
    const configuration: Resource = {
      apiVersion: V3,
      kind: "IPAMConfiguration",
      metadata: { name: "default" },
      spec: { strictAffinity: true },
    };
    expect(written(configuration, CRD_V1)).toMatchObject({ kind: "IPAMConfig", apiVersion: CRD_V1 });
    expect(written(configuration, "projectcalico.org/v3")).toMatchObject({
      kind: "IPAMConfiguration",
      apiVersion: V3,
    });
  });
});

test("a UID is mirrored byte by byte, and back", () => {
  const [outside, inside] = ["30316465-6365-4463-ad63-3564622d3638", "0c8c26a6-c6a6-44c6-adc6-ac2646b46c1c"];
  expect(mirrorUid(outside)).toBe(inside);
  expect(mirrorUid(inside)).toBe(outside);
});
