import { describe, expect, test } from "vitest";
import { parseDocuments } from "../syntax/yaml.ts";
import { canonicalJson } from "./canonical.ts";
import { decodeDocuments } from "./decode.ts";
import { digestResources, digestSources, sourcesOf } from "./digest.ts";
import { collector } from "./network/testing/read.ts";

function read(...texts: readonly string[]) {
  const { report, findings } = collector();
  const files = texts.map((text, i) => ({ path: `${i}.yaml`, text }));
  const resources = decodeDocuments(parseDocuments(files, report), report);
  expect(findings).toEqual([]);
  return resources;
}

function digests(...texts: readonly string[]) {
  return digestResources(read(...texts));
}

const POLICY = `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: web, labels: {a: b, c: d}}, spec: {podSelector: {}, ingress: []}}`;
const POLICY_2 = POLICY.replace("name: web", "name: db");
const POD = `{apiVersion: v1, kind: Pod, metadata: {name: web, uid: "1"}, spec: {nodeName: n1}, status: {podIP: 10.0.0.1}}`;
const BASE = digests(POLICY, POLICY_2, POD);

test("are SHA-256 in hex, and differ by source", () => {
  expect(BASE.policyDigest).toMatch(/^[0-9a-f]{64}$/);
  expect(BASE.inventoryDigest).toMatch(/^[0-9a-f]{64}$/);
  expect(BASE.policyDigest).not.toBe(BASE.inventoryDigest);
});

describe("do not depend on", () => {
  test.each([
    ["the order of documents", [POD, POLICY_2, POLICY]],
    ["the split over files", [[POD, POLICY_2, POLICY].join("\n---\n")]],
    [
      "the order of keys and the formatting",
      [
        `spec:\n  ingress: []\n  podSelector: {}\nkind: NetworkPolicy\nmetadata:\n  labels: { c: d, a: b }\n  name: "web"\napiVersion: networking.k8s.io/v1`,
        POLICY_2,
        POD,
      ],
    ],
    ["what the defaults say", [POLICY.replace("name: web", "name: web, namespace: default"), POLICY_2, POD]],
    ["bookkeeping", [POLICY.replace("name: web", 'name: web, resourceVersion: "7"'), POLICY_2, POD]],
    [
      "the label that Calico's client writes",
      [POLICY.replace("a: b", "a: b, projectcalico.org/tier: default"), POLICY_2, POD],
    ],
    [
      "the uid and age of what people write",
      [POLICY.replace("name: web", 'name: web, uid: "7"'), POLICY_2, POD],
    ],
  ])("%s", (_, texts) => {
    expect(digests(...texts)).toEqual(BASE);
  });
});

describe("each changes with its own source only", () => {
  test.each([
    ["a policy's rules", POLICY.replace("ingress: []", "ingress: [{}]")],
    ["a policy's labels", POLICY.replace("a: b", "a: x")],
    ["a policy's name", POLICY.replace("name: web", "name: other")],
    ["a policy's namespace", POLICY.replace("name: web", "name: web, namespace: other")],
  ])("%s", (_, policy) => {
    const changed = digests(policy, POLICY_2, POD);
    expect(changed.policyDigest).not.toBe(BASE.policyDigest);
    expect(changed.inventoryDigest).toBe(BASE.inventoryDigest);
  });

  test.each([
    ["a pod's address", POD.replace("10.0.0.1", "10.0.0.2")],
    ["a pod made again", POD.replace('uid: "1"', 'uid: "2"')],
    ["a pod's end", POD.replace('uid: "1"', 'uid: "1", deletionTimestamp: "2025-01-01T00:00:00Z"')],
  ])("%s", (_, pod) => {
    const changed = digests(POLICY, POLICY_2, pod);
    expect(changed.inventoryDigest).not.toBe(BASE.inventoryDigest);
    expect(changed.policyDigest).toBe(BASE.policyDigest);
  });
});

test("the order of lists counts", () => {
  expect(canonicalJson({ b: [2, 1], a: null })).toBe('{"a":null,"b":[2,1]}');
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
});

test("texts are escaped, so that no two values are written alike", () => {
  expect(canonicalJson({ 'a":"b","c': "d" })).not.toBe(canonicalJson({ a: "b", c: "d" }));
});

describe("the sources", () => {
  const sources = sourcesOf(read(POLICY, POLICY_2, POD));

  test("are lists of one resource a line", () => {
    expect(sources.inventory.split("\n")).toEqual([
      '{"apiVersion":"v1","kind":"List","items":[',
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"default","uid":"1"},"spec":{"nodeName":"n1"},"status":{"podIP":"10.0.0.1"}}',
      "]}",
      "",
    ]);
    expect(sources.policy.split("\n")).toHaveLength(5);
  });

  test("have the digests of the resources, and are read again as they are", () => {
    expect(digestSources(sources)).toEqual(BASE);
    expect(sourcesOf(read(sources.policy, sources.inventory))).toEqual(sources);
    const none = sourcesOf([]);
    expect(sourcesOf(read(none.policy, none.inventory))).toEqual(none);
    expect(digestSources(none)).toEqual(digestResources([]));
  });

  test("hold nothing that the compiler does not read", () => {
    const canary = "c4n4ry";
    const pod = POD.replace(
      "nodeName: n1",
      `nodeName: n1, containers: [{name: c, env: [{name: PASSWORD, value: ${canary}}]}]`,
    ).replace(
      'uid: "1"',
      `uid: "1", annotations: {vault.example.org/token: ${canary}, kubectl.kubernetes.io/last-applied-configuration: ${canary}, cni.projectcalico.org/podIP: 10.0.0.1/32}`,
    );
    const policy = POLICY.replace(
      "name: web",
      `name: web, annotations: {kubectl.kubernetes.io/last-applied-configuration: ${canary}}`,
    );
    const found = sourcesOf(read(policy, pod));
    expect(JSON.stringify(found)).not.toContain(canary);
    expect(found.inventory).toContain('"cni.projectcalico.org/podIP":"10.0.0.1/32"');
    expect(found.inventory).toContain('"containers":[{}]');
  });
});
