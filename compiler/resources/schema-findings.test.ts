import { Type } from "@sinclair/typebox";
import { describe, expect, test } from "vitest";
import type { Report } from "../diagnostics/bag.ts";
import type { CodeSpec } from "../diagnostics/diagnostic.ts";
import { REGISTRY } from "../diagnostics/registry.ts";
import { reportSchemaErrors, type SchemaError } from "./schema-findings.ts";

const SCHEMA = Type.Object({
  spec: Type.Object({
    name: Type.String({ title: "a name of the club" }),
    count: Type.Integer(),
    flag: Type.Boolean(),
    list: Type.Array(Type.Object({ action: Type.String() })),
    map: Type.Record(Type.String(), Type.Object({ "a/b": Type.String() })),
  }),
});

/** What is told of errors as ajv gives them, each `[instancePath, keyword, params]`. */
function tell(spec: unknown, ...errors: readonly (readonly [string, string, SchemaError["params"]])[]) {
  const told: { readonly finding: string; readonly message: string; readonly hint: string | undefined }[] =
    [];
  const report: Report = (code, params, origin) => {
    const { message, hint } = REGISTRY[code] as CodeSpec<unknown>;
    const finding = `${code} ${origin?.path.join(" ") ?? ""}`.trim();
    told.push({ finding, message: message(params), hint: hint?.(params) });
  };
  reportSchemaErrors(
    errors.map(([instancePath, keyword, params]) => ({ instancePath, keyword, params })),
    { spec },
    SCHEMA,
    { origin: { file: "", document: 0, path: ["items", 3] }, report, unknownField: "resource/unknown-field" },
  );
  return told;
}

test.each([
  [Number.POSITIVE_INFINITY, "This must be a whole number, not Infinity."],
  [Number.NaN, "This must be a whole number, not NaN."],
  [0.5, "This must be a whole number, not 0.5."],
])("the number %s is called by its name", (count, message) => {
  expect(tell({ count }, ["/spec/count", "type", { type: "integer" }])[0]?.message).toBe(message);
});

describe("places", () => {
  test("indices and escaped keys", () => {
    const told = tell(
      { list: [{}, { action: 7 }], map: { "x~y/z": { "a/b": 1 } } },
      ["/spec/list/1/action", "type", { type: "string" }],
      ["/spec/map/x~0y~1z/a~1b", "type", { type: "string" }],
    );
    expect(told.map(({ finding }) => finding)).toEqual([
      "resource/type items 3 spec list 1 action",
      "resource/type items 3 spec map x~y/z a/b",
    ]);
  });

  test("of an unknown field is the field, and what is close is looked for among its neighbours", () => {
    const [told] = tell({ list: [{ acton: "a" }] }, [
      "/spec/list/0",
      "additionalProperties",
      { additionalProperty: "acton" },
    ]);
    expect(told?.finding).toBe("resource/unknown-field items 3 spec list 0 acton");
    expect(told?.hint).toContain("action");
  });

  test.each([
    ["/spec", "action", 'It is a field of entries of "list": indent it.'],
    ["", "count", 'It is a field of "spec": indent it.'],
    ["/spec/list/0", "flag", 'It is a field of "spec": indent it less.'],
    ["/spec/list/0", "spec", "It is a field of the resource: indent it less."],
    ["/spec/list/0", "nowhere", undefined],
  ])("below %j the field %s", (place, field, hint) => {
    const [told] = tell({ list: [{}] }, [place, "additionalProperties", { additionalProperty: field }]);
    expect(told?.hint).toBe(hint);
  });

  test("of a repetition is the second item", () => {
    const [told] = tell({ list: [1, 2, 1] }, ["/spec/list", "uniqueItems", { i: 2, j: 0 }]);
    expect(told?.finding).toBe("resource/repeated-item items 3 spec list 2");
  });

  test("of a missing field is what it is missing in", () => {
    const [told] = tell({}, ["/spec", "required", { missingProperty: "name" }]);
    expect(told?.finding).toBe("resource/missing-field items 3 spec");
    expect(told?.message).toContain("name");
  });
});

describe("hints about types", () => {
  test.each([
    ["name", "string", 7, "Put it in quotes."],
    ["name", "string", true, "Put it in quotes."],
    ["flag", "boolean", "true", "Remove the quotes."],
    ["flag", "boolean", "yes", "Write true or false."],
    ["count", "integer", "7", "Remove the quotes."],
    ["count", "integer", "seven", undefined],
    ["name", "string", [], undefined],
  ])("%s: a %s that is %j", (field, type, value, hint) => {
    const [told] = tell({ [field]: value }, [`/spec/${field}`, "type", { type }]);
    expect(told?.finding).toBe(`resource/type items 3 spec ${field}`);
    expect(told?.hint).toBe(hint);
  });
});

describe("words", () => {
  test.each([
    ["count", 7, "minimum", { limit: 8 }, "8 or more"],
    ["count", 7, "maximum", { limit: 6 }, "6 or less"],
    ["count", 7, "exclusiveMinimum", { limit: 7 }, "more than 7"],
    ["count", 7, "exclusiveMaximum", { limit: 7 }, "less than 7"],
    ["count", 7, "multipleOf", { multipleOf: 2 }, "a multiple of 2"],
    ["list", [], "minItems", { limit: 1 }, "at least 1 item"],
    ["list", [1], "maxItems", { limit: 0 }, "at most 0 items"],
    ["name", "", "minLength", { limit: 1 }, "at least 1 character"],
    ["name", "a", "pattern", { pattern: "^b$" }, "a name of the club"],
    ["name", "a", "enum", { allowedValues: ["b", "c"] }, "b"],
    ["name", "a", "enum", { allowedValues: ["", "b", "c"] }, "is not one of b, c."],
    ["name", "a", "const", { allowedValue: "b" }, "b"],
    ["count", "a", "type", { type: ["integer", "string"] }, "a whole number or a string"],
  ])("%s %j %s", (field, value, keyword, params, words) => {
    const [told] = tell({ [field]: value }, [`/spec/${field}`, keyword, params]);
    expect(`${told?.message} ${told?.hint ?? ""}`).toContain(words);
  });
});

test("a failed alternative is told once, not by branch", () => {
  const told = tell(
    { list: [{ action: 1 }] },
    ["/spec/list/0/action", "type", { type: "string" }],
    ["/spec/list/0", "required", { missingProperty: "x" }],
    ["/spec/list/0", "anyOf", {}],
    ["/spec/list", "maxItems", { limit: 0 }],
  );
  expect(told.map(({ finding }) => finding)).toEqual([
    "resource/form items 3 spec list 0",
    "resource/size items 3 spec list",
  ]);
});

test("beyond twenty findings only their number is told", () => {
  const list = Array.from({ length: 25 }, () => ({ action: 1 }));
  const told = tell(
    { list },
    ...list.map((_, i) => [`/spec/list/${i}/action`, "type", { type: "string" }] as const),
  );
  expect(told).toHaveLength(21);
  expect(told.at(-1)?.finding).toBe("resource/more-findings items 3");
  expect(told.at(-1)?.message).toContain("5");
});
