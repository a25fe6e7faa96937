import { describe, expect, test } from "vitest";
import type { TextSpan } from "../diagnostics/diagnostic.ts";
import { createLocator } from "./locator.ts";

/** The text that a path (and a part of its value) is shown at. */
function shown(
  text: string,
  path: readonly (string | number)[],
  options: { span?: TextSpan; target?: "key" | "value"; document?: number } = {},
): string {
  const locator = createLocator([{ path: "f", text }]);
  const origin = { file: "f", document: options.document ?? 0, path };
  const at = locator.locate(origin, options.target ?? "value", options.span);
  if (at === undefined) return "nowhere";
  const line = locator.lineText("f", at.line) ?? "";
  const end = at.endLine === at.line ? at.endColumn : line.length + 1;
  return `${at.line}: ${line.slice(at.column - 1, end - 1)}`;
}

describe("paths", () => {
  const text = "a: 1\n---\nspec:\n  rules:\n  - name: 'x y'\n  - {port: 80, to: [p, \"q\"]}\n  empty:\n";
  test.each([
    [["spec", "rules", 0, "name"], "value", "5: 'x y'"],
    [["spec", "rules", 1, "port"], "value", "6: 80"],
    [["spec", "rules", 1, "to", 1], "value", '6: "q"'],
    [["spec", "rules", 1, "port"], "key", "6: port"],
    [["spec", "rules"], "value", "4: rules"],
    [["spec", "rules", 1], "value", "6: {port"],
    [["spec", "empty"], "value", "7: empty"],
    [["spec", "rules", 0, "missing", "deep"], "value", "5: name"],
    [["nowhere"], "value", "2: ---"],
    [[], "value", "2: ---"],
  ] as const)("%j %s", (path, target, expected) => {
    const start = expected.startsWith("2: ---") ? "3: spec" : expected;
    expect(shown(text, path, { target, document: 1 })).toBe(start);
  });

  test("a byte order mark takes no column, as in an editor", () => {
    const locator = createLocator([{ path: "f", text: "\uFEFFa: {b: 1}\n---\nc: 2" }]);
    expect(locator.locate({ file: "f", document: 0, path: ["a", "b"] }, "value")).toMatchObject({
      line: 1,
      column: 8,
    });
    expect(locator.locate({ file: "f", document: -1, path: [] }, "value")).toMatchObject({
      line: 1,
      column: 1,
    });
    expect(locator.lineText("f", 1)).toBe("a: {b: 1}");
    expect(shown("\uFEFFa: 1\n---\nc: 2", ["c"], { document: 1 })).toBe("3: 2");
  });

  test("through aliases and merge keys", () => {
    const merged = "base: &b {x: 1}\nuse: {<<: *b, y: 2}\nlist: [*b]\nboth: {<<: [{z: 3}, *b]}";
    expect(shown(merged, ["use", "x"])).toBe("1: 1");
    expect(shown(merged, ["list", 0, "x"])).toBe("1: 1");
    expect(shown(merged, ["both", "x"])).toBe("1: 1");
    expect(shown(merged, ["both", "z"])).toBe("4: 3");
  });

  test("unknown files have no place", () => {
    expect(createLocator([]).locate({ file: "g", document: 0, path: [] }, "value")).toBeUndefined();
  });

  test("after a byte order mark and with CRLF", () => {
    expect(shown("\uFEFFa: 1\r\nb: 2\r\n", ["b"])).toBe("2: 2");
  });
});

describe("parts of a scalar", () => {
  const part = (whole: string, wanted: string): TextSpan => {
    const start = whole.indexOf(wanted);
    return { start, end: start + wanted.length };
  };
  test.each([
    ["plain", "s: app == web", "app == web", "web", "1: web"],
    ["single quoted", "s: 'app == ''web'' && x'", "app == 'web' && x", "&& x", "1: && x"],
    ["double quoted", 's: "app == \\"web\\" && x"', 'app == "web" && x', "&& x", "1: && x"],
    ["double quoted, escaped space", 's: "a\\tb \\x41 c"', "a\tb A c", "c", "1: c"],
    ["literal block", "s: |\n  first\n    second third\n", "first\n  second third\n", "third", "3: third"],
    ["folded block", "s: >-\n  one two\n  three four\n", "one two three four", "four", "3: four"],
    [
      "plain over two lines",
      "s: one two\n  three four\n",
      "one two three four",
      "three four",
      "2: three four",
    ],
  ])("%s", (_, text, value, wanted, expected) => {
    expect(shown(text, ["s"], { span: part(value, wanted) })).toBe(expected);
  });

  test("the end of a value is a place too", () => {
    const locator = createLocator([{ path: "f", text: "s: 'a =='\n" }]);
    const at = locator.locate({ file: "f", document: 0, path: ["s"] }, "value", { start: 4, end: 4 });
    expect(at).toMatchObject({ line: 1, column: 9, endColumn: 10 });
  });
});

test("the end of a long list is found as fast as its beginning", () => {
  const locator = createLocator([{ path: "a.yaml", text: "- x\n".repeat(200_000) }]);
  const timeOf = (first: number): number => {
    const started = performance.now();
    for (let i = first; i < first + 2000; i++) {
      expect(locator.locate({ file: "a.yaml", document: 0, path: [i] }, "value")?.line).toBe(i + 1);
    }
    return performance.now() - started;
  };
  timeOf(0);
  expect(timeOf(198_000)).toBeLessThan(10 * timeOf(0) + 100);
});
