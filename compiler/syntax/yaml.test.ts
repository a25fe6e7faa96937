import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DiagnosticBag } from "../diagnostics/bag.ts";
import { createLocator } from "./locator.ts";
import { parseDocuments } from "./yaml.ts";

function read(text: string) {
  const files = [{ path: "a.yaml", text }];
  const bag = new DiagnosticBag();
  const documents = parseDocuments(files, bag.report);
  const diagnostics = bag.diagnostics(createLocator(files));
  return {
    values: documents.map((d) => d.value),
    documents,
    diagnostics,
    findings: diagnostics.map((d) => `${d.code} ${d.location?.line}:${d.location?.column}`),
  };
}

describe("values", () => {
  test("what looks like a string stays one", () => {
    expect(read("a: 5663:12\nb: yEs\nd: 2001-12-14\ne: 2001-12-14T21:59:43Z").values).toEqual([
      { a: "5663:12", b: "yEs", d: "2001-12-14", e: "2001-12-14T21:59:43Z" },
    ]);
  });

  test("the booleans of YAML 1.1 are some, as values and as keys", () => {
    expect(read("a: [yes, On, y, 'on', \"no\", no, OFF, n]\ny: key").values).toEqual([
      { a: [true, true, true, "on", "no", false, false, false], true: "key" },
    ]);
  });

  test("numbers, booleans and nulls of the core schema", () => {
    expect(read("[1, 0x1F, -1.5, true, False, ~, null]").values).toEqual([
      [1, 31, -1.5, true, false, null, null],
    ]);
  });

  test("byte order mark, CRLF, comments and empty documents", () => {
    const { documents } = read("\uFEFF# head\r\n---\r\na: 1\r\n---\r\n---\r\n# nothing\r\n---\r\nb: 2\r\n");
    expect(documents.map((d) => [d.index, d.value])).toEqual([
      [1, { a: 1 }],
      [4, { b: 2 }],
    ]);
  });

  test("anchors and merge keys", () => {
    expect(read("a: &x {b: 1}\nc: {<<: *x, d: 2}").values).toEqual([{ a: { b: 1 }, c: { b: 1, d: 2 } }]);
  });

  test("a prototype-polluting key is an own property like any other", () => {
    const [value] = read("__proto__: {polluted: true}\nconstructor: {prototype: {polluted: true}}").values;
    expect(Object.keys(value as object)).toEqual(["__proto__", "constructor"]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test("JSON, with tabs", () => {
    expect(read('{\n\t"a": ["\\u00e9", 1e3]\n}\n').values).toEqual([{ a: ["é", 1000] }]);
  });

  test("large JSON takes the fast path and gives the same", () => {
    const value = { kind: "List", apiVersion: "v1", items: [{ kind: "A", data: "x".repeat(2 ** 20) }] };
    expect(read(JSON.stringify(value)).documents).toMatchObject([
      { path: ["items", 0], value: { kind: "A" } },
    ]);
  });

  test("lists are taken apart, with the kind of a typed list", () => {
    const { documents } = read(
      "apiVersion: v1\nkind: PodList\nitems: [{metadata: {name: a}}, {apiVersion: x, kind: Z}]",
    );
    expect(documents.map(({ path, value }) => [path, value])).toEqual([
      [["items", 0], { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }],
      [["items", 1], { apiVersion: "x", kind: "Z" }],
    ]);
  });

  test("lists in lists are taken apart, however deep; one without items, as Go writes it, holds nothing", () => {
    const nested = (depth: number): string =>
      depth === 0 ? "{a: 1}" : `{apiVersion: v1, kind: List, items: [${nested(depth - 1)}]}`;
    expect(read(nested(20)).values).toEqual([{ a: 1 }]);
    expect(read("{apiVersion: v1, kind: List, items: null}").documents).toEqual([]);
  });
});

describe("mistakes", () => {
  test.each([
    ["a:\n\t- b", ["syntax/yaml 2:1"]],
    ["a: [1, 2", ["syntax/yaml 1:9"]],
    ["a: 'x", ["syntax/yaml 1:6"]],
    ["a: b: c", ["syntax/yaml 1:5"]],
    ["a: *nope", ["syntax/yaml 1:5"]],
    ["a: !foo x", ["syntax/yaml 1:4"]],
    ["? [a, b]\n: y", ["syntax/yaml 1:1"]],
    ["a: 1\nb: {c: 1, c: 2}\na: 2", ["syntax/duplicate-key 2:11", "syntax/duplicate-key 3:1"]],
    ["---\na: [\n---\nb: 1\n---\nc: 'x\n", ["syntax/yaml 3:1", "syntax/yaml 7:1"]],
    ["a: &a [*a]", ["syntax/alias 1:8"]],
    ["[".repeat(20_000), ["syntax/nesting 1:100"]],
  ])("%j", (text, findings) => {
    expect(read(text).findings).toEqual(findings);
  });

  test("large JSON hides no repeated key", () => {
    const text = `{"a": "${"x".repeat(2 ** 20)}", "b": {"c": 1, "c\\u0000": 2, "c": 3}}`;
    expect(read(text).findings).toEqual(["syntax/duplicate-key 1:1048616"]);
    expect(read(text.replace('"c": 3', '"d": 3')).findings).toEqual([]);
  });

  test("what to do about JSON objects one after the other is said", () => {
    expect(read('{"a": 1}\n{"b": 2}').diagnostics[0]?.hint).toBe('Put a line "---" between two documents.');
  });

  test("a broken document does not hide the others", () => {
    expect(read("a: 1\n---\nb: [\n---\nc: 3").values).toEqual([{ a: 1 }, { c: 3 }]);
  });

  test("a billion laughs are refused at once", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    expect(read(lines.join("\n")).findings).toEqual(["syntax/alias 6:10"]);
  });

  test("aliases cannot nest deeper than brackets may", () => {
    const deep = `&d ${"[".repeat(90)}${"]".repeat(90)}`;
    expect(read(`a: ${deep}\nb: [[[[[[[[[[*d]]]]]]]]]]`).findings).toEqual(["syntax/nesting 2:14"]);
  });

  test("the first of two equal keys is related", () => {
    expect(read("a: 1\na: 2").diagnostics[0]?.related).toMatchObject([{ location: { line: 1, column: 1 } }]);
  });
});

test("reading and locating never throw", () => {
  const fragments = fc.constantFrom(
    "a: ",
    "- ",
    "\n",
    "  ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "'",
    '"',
    "[",
    "]",
    "{",
    "}",
    ",",
    ": ",
    "&a ",
    "*a",
    "|\n",
    ">-\n",
    "<<: ",
    "!!str ",
    "\t",
    "# c",
    "\r\n",
    "\uFEFF",
    "\u0000",
    "é",
    "? ",
    "kind: List\nitems:\n",
    "x",
  );
  const text = fc.array(fragments, { maxLength: 40 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(text, (text) => {
      const files = [{ path: "a.yaml", text }];
      const locator = createLocator(files);
      const bag = new DiagnosticBag();
      for (const document of parseDocuments(files, bag.report)) {
        const origin = { file: document.file, document: document.index, path: [...document.path, "a", 0] };
        expect(locator.locate(origin, "value", { start: 1, end: 3 })?.line).toBeGreaterThan(0);
      }
      bag.diagnostics(locator);
    }),
    { seed: 7, numRuns: 2000 },
  );
});
