import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { mapAtOnce } from "./at-once.ts";

const items = Array.from({ length: 40 }, (_, i) => i);

test("results come in the order of the items, whoever ends first, and not all run at a time", async () => {
  let running = 0;
  let most = 0;
  const results = await mapAtOnce(16, items, async (i) => {
    most = Math.max(most, ++running);
    await delay((40 - i) % 7);
    running--;
    return i * 2;
  });
  expect(results).toEqual(items.map((i) => i * 2));
  expect(most).toBe(16);
  expect(await mapAtOnce(16, [], async () => 1)).toEqual([]);
});

test("after a failure nothing is begun, and what had begun has ended", async () => {
  const ended: number[] = [];
  const failing = mapAtOnce(16, items, async (i) => {
    await delay(i === 3 ? 1 : 20);
    if (i === 3) throw new Error("the third");
    ended.push(i);
  });
  await expect(failing).rejects.toThrow("the third");
  expect(ended).toEqual(items.slice(0, 16).filter((i) => i !== 3));
});
