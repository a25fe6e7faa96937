import fc from "fast-check";
import { expect, test } from "vitest";
import { SortedMap } from "./sorted-map.ts";

test("holds what a map holds, in the order of the keys, through any changes", () => {
  const key = fc.constantFrom("a", "b", "c", "d", "aa");
  const change = fc.record({ key, value: fc.option(fc.nat(), { nil: undefined }), look: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const sorted = new SortedMap<number>();
      const plain = new Map<string, number>();
      for (const { key: k, value, look } of changes) {
        if (value === undefined) {
          expect(sorted.delete(k)).toBe(plain.delete(k));
        } else {
          sorted.set(k, value);
          plain.set(k, value);
        }
        const expected = [...plain].sort(([a], [b]) => (a < b ? -1 : 1));
        if (look) expect([...sorted]).toEqual(expected);
        expect(sorted.size).toBe(plain.size);
      }
      const expected = [...plain].sort(([a], [b]) => (a < b ? -1 : 1));
      expect([...sorted.keys()]).toEqual(expected.map(([k]) => k));
      expect([...sorted.values()]).toEqual(expected.map(([, v]) => v));
      const visited: [string, number][] = [];
      sorted.forEach((value, k) => {
        visited.push([k, value]);
      });
      expect(visited).toEqual(expected);
    }),
  );
});
