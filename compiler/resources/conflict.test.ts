import { expect, test } from "vitest";
import { parseDocuments } from "../syntax/yaml.ts";
import { decodeDocuments } from "./decode.ts";
import { collector, lowerAll, lowerContext, readYaml } from "./network/testing/read.ts";

test.each([
  [
    "a node of Calico's and of Kubernetes'",
    "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n---\napiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n1}",
    "Node n1 and Node n1 describe the same object",
  ],
  [
    "a namespace and the profile that it makes",
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: projectcalico.org/v3\nkind: Profile\nmetadata: {name: kns.shop}\nspec: {}",
    "Profile kns.shop and Namespace shop describe the same object",
  ],
])("two resources cannot mean one object: %s", (_, text, message) => {
  const { findings, messages, objects } = readYaml(text);
  expect(findings).toEqual(["resource/conflict metadata.name"]);
  expect(messages[0]).toContain(message);
  expect(objects).toHaveLength(1);
});

test("no name of a file makes its resources give way as built-in ones do", () => {
  const { report, findings } = collector();
  const files = [
    { path: "<built-in>", text: "apiVersion: v1\nkind: Node\nmetadata: {name: n1}" },
    { path: "b.yaml", text: "apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n1}" },
  ];
  lowerAll(decodeDocuments(parseDocuments(files, report), report), lowerContext(report));
  expect(findings).toEqual(["resource/conflict metadata.name"]);
});

test("a Kubernetes policy is none of Calico's, whatever its name", () => {
  const { findings, objects } = readYaml(
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}}\n---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {}",
  );
  expect(findings).toEqual([]);
  expect(objects.map(({ key }) => key)).toEqual(["knp/default/a", "np/default/a"]);
});
