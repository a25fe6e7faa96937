import fc from "fast-check";
import { expect, test } from "vitest";
import { compareBytewise } from "./bytewise.ts";

test("orders as the UTF-8 bytes do", () => {
  const unit = fc.constantFrom("a", "b", "", "é", "\ud7ff", "\ue000", "\uffff", "😀", "\u{10ffff}");
  const text = fc.string({ unit, maxLength: 5 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareBytewise(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 1000, seed: 15 },
  );
});
