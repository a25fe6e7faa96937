import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../diagnostic.ts";
import { renderGitHub, renderJUnit, renderSarif } from "./machine.ts";
import { renderText } from "./text.ts";

const finding: Diagnostic = {
  code: "selector/invalid",
  severity: "error",
  message: "The selector does not parse: a lone '='.",
  hint: "Write '=='.",
  resource: { kind: "NetworkPolicy", namespace: "shop", name: "api" },
  location: { file: "api.yaml", line: 2, column: 15, endLine: 2, endColumn: 16 },
  related: [],
};
const lines = (_: string, line: number) => ["spec:", "  selector: app = 'web'"][line - 1];

describe("text", () => {
  test("shows the line and marks the place", () => {
    expect(renderText([finding], lines)).toBe(
      [
        "error[selector/invalid]: The selector does not parse: a lone '='.",
        " --> api.yaml:2:15",
        "  |",
        "2 |   selector: app = 'web'",
        "  |               ^",
        "  = in NetworkPolicy shop/api",
        "  = hint: Write '=='.",
        "",
      ].join("\n"),
    );
  });

  test("a finding without a place has no frame", () => {
    const { location: _, ...bare } = finding;
    expect(renderText([bare], lines)).not.toContain("-->");
  });

  test("of more than fifty of one code the number is told, and no other code is hidden", () => {
    const bare = { severity: "error", message: "m", related: [] } as const;
    const many = Array.from({ length: 53 }, (_, i) => ({ ...bare, code: "a/b", message: `m${i}` }));
    const text = renderText([...many, { ...bare, code: "c/d" }], lines);
    expect(text.split("\n\n")).toHaveLength(52);
    expect(text).toContain("m49");
    expect(text).not.toContain("m50");
    expect(text.split("\n\n").slice(-2)).toEqual(["error[c/d]: m", "error[a/b]: and 3 more\n"]);
    expect(renderText(many.slice(0, 50), lines)).not.toContain("more");
  });

  test("a long line is cut around the mistake, and nothing steers the terminal", () => {
    const far = {
      ...finding,
      message: "\u001b[2J",
      location: { ...finding.location!, column: 5000, endColumn: 5003 },
    };
    const text = renderText([far], () => `${"x".repeat(4999)}???${"y".repeat(4999)}`);
    expect(text).toContain("???");
    expect(text).not.toContain("\u001b");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(140);
  });

  test("nor does the name of a file, and no text turns the direction of the others", () => {
    const file = "a\u001b[31m\n.yaml";
    const named = { ...finding, location: { ...finding.location!, file }, message: "a\u202eb\u2028c" };
    const text = renderText([named], () => "x: \u2066y");
    expect(text).toContain(" --> a [31m .yaml:2:15\n");
    expect(text).toContain("a b c\n");
    expect(text).toContain("x:  y\n");
  });
});

test("GitHub commands escape what would end the message or the property", () => {
  const text = renderGitHub([
    { ...finding, message: "100%\nof", location: { ...finding.location!, file: "a,b:c.yaml" } },
  ]);
  expect(text).toBe(
    "::error file=a%2Cb%3Ac.yaml,line=2,col=15,endLine=2,endColumn=16,title=selector/invalid::100%25%0Aof Write '=='.\n",
  );
});

test("SARIF names its rules and points into the file", () => {
  const log = JSON.parse(renderSarif([finding], "1.2.3"));
  expect(log.runs[0].tool.driver.rules).toEqual([
    { id: "selector/invalid", shortDescription: { text: "Invalid selector" } },
  ]);
  expect(log.runs[0].results[0].locations[0].physicalLocation.region.startColumn).toBe(15);
});

test("JUnit escapes markup and counts errors as failures", () => {
  const xml = renderJUnit([
    { ...finding, message: '<a & "b">' },
    { ...finding, severity: "warning" },
  ]);
  expect(xml).toContain('tests="2" failures="1"');
  expect(xml).toContain("&lt;a &amp; &quot;b&quot;&gt;");
});
