import { describe, expect, test } from "vitest";
import { collector } from "../network/testing/read.ts";
import {
  type LabelSelector,
  namespaceSelectorText,
  podSelectorText,
  validateLabelSelector,
} from "./label-selector.ts";

const SELECTOR: LabelSelector = {
  matchLabels: { tier: "fe", app: "web" },
  matchExpressions: [
    { key: "role", operator: "In", values: ["b", "a"] },
    { key: "zone", operator: "NotIn", values: ["x"] },
    { key: "canary", operator: "DoesNotExist" },
    { key: "owner", operator: "Exists" },
  ],
};
const TERMS =
  "app == 'web' && tier == 'fe' && role in { 'b', 'a' } && zone not in { 'x' } && ! has(canary) && has(owner)";
const POD = "projectcalico.org/orchestrator == 'k8s'";

describe("as Calico text", () => {
  test.each([
    ["absent", undefined, POD, ""],
    ["empty", {}, POD, "all()"],
    ["labels by key, then expressions as given", SELECTOR, `${POD} && ${TERMS}`, TERMS],
  ])("%s", (_, selector, pods, namespaces) => {
    expect(podSelectorText(selector)).toBe(pods);
    expect(namespaceSelectorText(selector)).toBe(namespaces);
  });
});

describe("checks", () => {
  const label = (path: string) => [`resource/invalid-label ${path}`];
  test.each<[string, LabelSelector, readonly string[]]>([
    ["a sound one", SELECTOR, []],
    [
      "a key that ends the text",
      { matchLabels: { "a') || all() || ('": "b" } },
      label("matchLabels.a') || all() || ('"),
    ],
    ["a value that ends its quotes", { matchLabels: { a: "b' || all()" } }, label("matchLabels.a")],
    [
      "a value in a list that ends its quotes",
      { matchExpressions: [{ key: "a", operator: "In", values: ["b", "c'"] }] },
      label("matchExpressions.0.values.1"),
    ],
    [
      "a key of an expression",
      { matchExpressions: [{ key: "", operator: "Exists" }] },
      label("matchExpressions.0.key"),
    ],
    [
      "In without values",
      { matchExpressions: [{ key: "a", operator: "In", values: [] }] },
      ["kubernetes/invalid-value matchExpressions.0.operator"],
    ],
    [
      "Exists with values",
      { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
      ["kubernetes/invalid-value matchExpressions.0.operator"],
    ],
  ])("%s", (_, selector, expected) => {
    const { report, findings } = collector();
    validateLabelSelector(selector, { file: "", document: 0, path: [] }, report);
    expect(findings).toEqual(expected);
  });
});
