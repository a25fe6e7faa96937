import { describe, expect, test } from "vitest";
import { parseDocuments } from "../syntax/yaml.ts";
import { decodeDocuments } from "./decode.ts";
import { collector } from "./network/testing/read.ts";

/** What is read of a custom resource whose own metadata are these, and whose stored ones are this text. */
function read(kind: string, metadata: object, stored?: string, spec: object = {}) {
  const { report, findings } = collector();
  const annotations = {
    note: "own",
    ...(stored === undefined ? {} : { "projectcalico.org/metadata": stored }),
  };
  const document = {
    apiVersion: "crd.projectcalico.org/v1",
    kind,
    metadata: { annotations, ...metadata },
    spec,
  };
  const [resource] = decodeDocuments(
    parseDocuments([{ path: "x.json", text: JSON.stringify(document) }], report),
    report,
  );
  return { metadata: resource?.metadata, findings };
}

test("labels and annotations are both the stored ones and its own, and the stored ones win", () => {
  const own = { name: "s", labels: { "projectcalico.org/a": "own", b: "own" } };
  const stored = '{"labels":{"b":"stored","c":"stored"},"annotations":{"note":"stored"},"name":"other"}';
  const { metadata, findings } = read("GlobalNetworkSet", own, stored);
  expect(findings).toEqual([]);
  expect(metadata).toMatchObject({
    name: "s",
    labels: { "projectcalico.org/a": "own", b: "stored", c: "stored" },
    annotations: { note: "stored" },
  });
});

describe("the name of a policy", () => {
  test.each([
    ["is the stored one", '{"name":"web"}', {}, "web"],
    ["where none is stored, loses the default tier", "{}", {}, "web"],
    ["where none is stored, loses the default tier that is named, too", "{}", { tier: "default" }, "web"],
    ["where none is stored, keeps the dot in another tier", "{}", { tier: "default2" }, "default.web"],
    ["where nothing is stored, stays", undefined, {}, "default.web"],
  ])("%s", (_, stored, spec, name) => {
    const { metadata, findings } = read("GlobalNetworkPolicy", { name: "default.web" }, stored, spec);
    expect([metadata?.name, findings]).toEqual([name, []]);
  });
});

test.each(["", "no JSON", "[]", "null", "5"])("stored metadata that are none are an error: %j", (stored) => {
  expect(read("GlobalNetworkSet", { name: "s" }, stored).findings).toEqual([
    "resource/form metadata.annotations.projectcalico.org/metadata",
  ]);
});

test.each([
  ['{"labels":{"a":7}}', "resource/type metadata.labels.a"],
  ['{"labels":[]}', "resource/type metadata.labels"],
  ['{"labels":{"a b":"c"}}', "resource/invalid-label metadata.labels.a b"],
])("stored metadata are held to the rules of all: %s", (stored, finding) => {
  expect(read("GlobalNetworkSet", { name: "s" }, stored).findings).toEqual([finding]);
});

test("other resources carry the annotation as any other", () => {
  const text = `{apiVersion: projectcalico.org/v3, kind: GlobalNetworkSet, spec: {},
    metadata: {name: s, annotations: {projectcalico.org/metadata: '{"labels":{"a":"b"}}'}}}`;
  const { report, findings } = collector();
  const resources = decodeDocuments(parseDocuments([{ path: "x.yaml", text }], report), report);
  expect([resources[0]?.metadata.labels, findings]).toEqual([{}, []]);
});
