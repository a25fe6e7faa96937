import { expect, test } from "vitest";
import { TouchedKeys } from "./touched-keys.ts";

test("a stream of changes to a few objects that nobody looks at is a few keys", () => {
  const touched = new TouchedKeys();
  for (let i = 0; i < 2_500_000; i++) touched.add(`pod-${i % 10}`);
  const taken = touched.take();
  expect(taken.length).toBeLessThan(1_000_000);
  expect(new Set(taken)).toEqual(new Set(Array.from({ length: 10 }, (_, i) => `pod-${i}`)));
  expect(touched.take()).toEqual([]);
});

test("however many objects change, each is there", () => {
  const touched = new TouchedKeys();
  for (let i = 0; i < 1_500_000; i++) touched.add(`pod-${i}`);
  expect(touched.take()).toHaveLength(1_500_000);
});
