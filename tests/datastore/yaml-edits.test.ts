import { globSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { dump } from "js-yaml";
import { describe, expect, test } from "vitest";
import { parseFile } from "../../runtime/datastore/file/documents.ts";
import { withReplaced } from "../../runtime/datastore/file/edits.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../../runtime/datastore/json.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";

const FILE = "x.yaml";

const HEAD =
  "apiVersion: projectcalico.org/v3\nkind: NetworkSet\nmetadata: { name: db, namespace: prod } # who\n";

/** The text after `change` of what it holds, which it then does hold. */
function edited(text: string, change: (spec: JsonObject) => Json): string {
  const found = parseFile(FILE, text).found[0]!;
  const wanted = { ...found.resource, spec: change(found.resource.spec as JsonObject) } as Resource;
  const result = withReplaced(text, found, wanted);
  const again = parseFile(FILE, result);
  expect(again.corrupt).toEqual([]);
  expect(canonicalJson(again.found[0]!.resource)).toBe(canonicalJson(wanted));
  return result;
}

describe("a document with comments", () => {
  const text = `${HEAD}spec:
    # The nets
    nets:
      - 10.0.0.0/8   # ten
      # the second
      - "11.0.0.0/8" # eleven

      - 12.0.0.0/8
    ingress:
    - action: Allow # yes
      # from
      source: {nets: [1.1.1.1/32]} # one
    - action: Deny
      text: |
        line

    empty:
    # ordered
    order: 5
# tail
`;
  const changes: readonly (readonly [
    string,
    (spec: JsonObject) => Json,
    readonly (readonly [string, string])[],
  ])[] = [
    ["a number", (spec) => ({ ...spec, order: 6 }), [["order: 5", "order: 6"]]],
    [
      "a quoted item",
      ({ nets, ...spec }) => ({ ...spec, nets: (nets as Json[]).with(1, "9.0.0.0/8") }),
      [[`"11.0.0.0/8" #`, `"9.0.0.0/8" #`]],
    ],
    [
      "items that come first and last",
      ({ nets, ...spec }) => ({ ...spec, nets: ["9.0.0.0/8", ...(nets as Json[]), "13.0.0.0/8"] }),
      [
        ["      - 10.", "      - 9.0.0.0/8\n      - 10."],
        ["      - 12.0.0.0/8\n", "      - 12.0.0.0/8\n      - 13.0.0.0/8\n"],
      ],
    ],
    [
      "an item that goes, with the comment that speaks of it",
      ({ nets, ...spec }) => ({ ...spec, nets: (nets as Json[]).toSpliced(1, 1) }),
      [[`      # the second\n      - "11.0.0.0/8" # eleven\n`, ""]],
    ],
    [
      "fields between braces",
      ({ ingress, ...spec }) => {
        const [first, ...others] = ingress as JsonObject[];
        return {
          ...spec,
          ingress: [{ ...first, source: { nets: ["1.1.1.1/32", "::/0"], ports: [80] } }, ...others],
        };
      },
      [["{nets: [1.1.1.1/32]}", "{nets: [1.1.1.1/32, ::/0], ports: [80]}"]],
    ],
    [
      "a block of text",
      ({ ingress, ...spec }) => ({
        ...spec,
        ingress: (ingress as Json[]).with(1, { action: "Deny", text: "a\nb\n" }),
      }),
      [["        line\n", "        a\n        b\n"]],
    ],
    [
      "a field that was empty, one that goes, and one that comes",
      ({ order: _, ...spec }) => ({ ...spec, empty: { a: ["b"] }, egress: [] }),
      [
        ["    empty:\n", "    empty:\n      a:\n        - b\n"],
        ["    # ordered\n    order: 5\n", "    egress: []\n"],
      ],
    ],
  ];

  test.each(changes)("keeps them: %s", (_, change, replacements) => {
    const wanted = replacements.reduce((result, [from, to]) => result.replace(from, to), text);
    expect(wanted).not.toBe(text);
    expect(edited(text, change)).toBe(wanted);
    const dos = (lines: string): string => lines.replaceAll("\n", "\r\n");
    expect(edited(dos(text), change)).toBe(dos(wanted));
  });

  test("holds what was meant also where aliases and merges tie its parts together", () => {
    const tied = `${HEAD}spec: # all\n  base: &b {x: 1, y: [2]} # base\n  same: *b\n  more: {<<: *b, z: 3}\n`;
    const alias = edited(tied, (spec) => ({ ...spec, same: { x: 9 } }));
    expect(alias).toBe(tied.replace("*b\n", "\n    x: 9\n").replace("same: \n", "same:\n"));
    edited(tied, (spec) => ({ ...spec, base: { x: 7 } }));
    edited(tied, (spec) => ({ ...spec, more: { y: [2], z: 3 } }));
    edited(tied, (spec) => ({ ...spec, more: { x: 1, y: [2], z: 4 } }));
  });
});

const word = fc.constantFrom("a", "web", "10.0.0.0/8", "app == 'x'", "yes", "80", "# no comment", "a: b", "");
const scalar = fc.oneof(word, fc.integer(), fc.boolean());
const value = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom("nets", "ports", "source", "x y", "1"), tie("value"), { maxKeys: 4 }),
  ) as fc.Arbitrary<Json>,
})).value;
const spec = fc.dictionary(fc.constantFrom("a", "b", "c", "d"), value, { minKeys: 1 });

/** The value as people may have written it: each line, where it has room, with a comment of its own. */
const written = fc
  .record({
    spec,
    style: fc.record({
      indent: fc.constantFrom(2, 3, 4),
      seqNoIndent: fc.boolean(),
      seqInlineFirst: fc.boolean(),
      flowLevel: fc.constantFrom(-1, 2, 3, 5),
      quoteStyle: fc.constantFrom("single" as const, "double" as const),
      flowBracketPadding: fc.boolean(),
    }),
    separate: fc.boolean(),
  })
  .map(({ spec, style, separate }) => {
    const lines = dump({ spec }, { ...style, lineWidth: -1, noRefs: true })
      .trimEnd()
      .split("\n");
    return HEAD + lines.map((line, i) => `${line} # ${i}\n${separate ? `# between ${i}\n` : ""}`).join("");
  });

test("an update that changes nothing leaves every byte", () => {
  fc.assert(
    fc.property(written, (text) => {
      expect(edited(text, (spec) => spec)).toBe(text);
    }),
  );
});

test("a changed scalar changes its line only, which keeps its comment", () => {
  fc.assert(
    fc.property(written, scalar, fc.nat(), (text, fresh, pick) => {
      const found = parseFile(FILE, text).found[0]!;
      const places = scalarsOf(found.resource.spec as Json);
      fc.pre(places.length > 0);
      const result = edited(text, (spec) => withScalar(spec, places[pick % places.length]!, fresh));
      const [before, after] = [text.split("\n"), result.split("\n")];
      expect(after).toHaveLength(before.length);
      const different = before.flatMap((line, i) => (line === after[i] ? [] : [i]));
      expect(different.length).toBeLessThanOrEqual(1);
      for (const i of different) expect(commentOf(after[i]!)).toBe(commentOf(before[i]!));
    }),
  );
});

test("any value can take the place of any other", () => {
  fc.assert(
    fc.property(written, spec, (text, other) => {
      edited(text, () => other);
    }),
  );
});

test("in the files of every fixture a changed scalar changes its line only", () => {
  let changes = 0;
  for (const file of globSync("fixtures/**/*.yaml")) {
    const text = readFileSync(file, "utf8");
    for (const found of parseFile(FILE, text).found) {
      const { spec = null } = found.resource;
      const places = scalarsOf(spec).filter(({ length }) => length > 0);
      const place = places[changes % places.length];
      if (place === undefined) continue;
      const changed = withScalar(spec, place, "changed");
      const lines = withReplaced(text, found, { ...found.resource, spec: changed } as Resource).split("\n");
      const before = text.split("\n");
      expect(lines, file).toHaveLength(before.length);
      expect(
        before.filter((line, i) => line !== lines[i]),
        file,
      ).toHaveLength(1);
      changes++;
    }
  }
  expect(changes).toBeGreaterThan(100);
});

function commentOf(line: string): string | undefined {
  return / # \d+$/.exec(line)?.[0];
}

type Path = readonly (string | number)[];

function scalarsOf(value: Json, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) return value.flatMap((item: Json, i) => scalarsOf(item, [...path, i]));
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, child]) => scalarsOf(child, [...path, key]));
  return [path];
}

function withScalar(value: Json, [step, ...rest]: Path, scalar: Json): Json {
  if (step === undefined) return scalar;
  if (Array.isArray(value)) return value.with(Number(step), withScalar(value[Number(step)], rest, scalar));
  return { ...(value as JsonObject), [step]: withScalar((value as JsonObject)[step]!, rest, scalar) };
}
