import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, differingFields, parseJson, printJson } from "../../runtime/datastore/json.ts";

test("integers of any size come back as they were", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (number) => {
      expect(printJson(parseJson(`{"a":[${number}]}`))).toBe(`{"a":[${number}]}`);
    }),
  );
});

test("every JSON value is read and printed as JavaScript would, but for Go's escapes and order", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = printJson(parseJson(JSON.stringify(value)));
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text).not.toMatch(/[<>&\u2028\u2029]/);
    }),
  );
});

test("keys that look like numbers are sorted as Go sorts them", () => {
  expect(printJson(parseJson('{"9":1,"10":2,"a":3}'))).toBe('{"10":2,"9":1,"a":3}');
  expect(printJson(parseJson('{"b":1,"a":2}'))).toBe('{"b":1,"a":2}');
  expect(canonicalJson(parseJson('{"b":1,"a":{"d":1,"c":2}}'))).toBe('{"a":{"c":2,"d":1},"b":1}');
});

test("__proto__ is a key like any other", () => {
  expect(printJson(parseJson('{"__proto__":{"a":12345678901234567890}}'))).toBe(
    '{"__proto__":{"a":12345678901234567890}}',
  );
});

test("differences are named by their paths", () => {
  const one = parseJson('{"spec":{"order":1,"nets":["a","b"],"rules":[{"action":"Allow"}]},"kind":"X"}');
  const other = parseJson('{"kind":"X","spec":{"nets":["a"],"rules":[{"action":"Deny"}],"new":{}}}');
  expect(differingFields(one, other)).toEqual([
    "spec.nets",
    "spec.new",
    "spec.order",
    "spec.rules[0].action",
  ]);
  expect(differingFields(one, one)).toEqual([]);
});
