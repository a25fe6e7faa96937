import fc from "fast-check";
import { expect, test } from "vitest";
import { countJsonEntries } from "./json-entries.ts";

/** What the parser of JSON itself visits in mappings. */
function visited(text: string): number {
  // The whole value stands in a mapping, too.
  let count = -1;
  JSON.parse(text, function (this: unknown, _key, value: unknown) {
    if (!Array.isArray(this)) count++;
    return value;
  });
  return count;
}

test("counts what a parser visits, however the text is laid out", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom("", "\t", "  "), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      expect(countJsonEntries(text)).toBe(visited(text));
    }),
  );
});

test.each([
  ['{"a": 1, "a": 2}', 2],
  ['{"a:\\"b:\\\\": ":", "{\\u003a": {"__proto__": {}}}', 3],
  ['[":", "\\\\", "\\\\\\""]', 0],
])("%s", (text, count) => {
  expect(countJsonEntries(text)).toBe(count);
});
