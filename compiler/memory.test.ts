import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { MadeFrom } from "./backends/iptables/shared-parts.ts";
import { Engine } from "./engine/engine.ts";
import type { ModelObject } from "./ir/cluster-model.ts";
import type { NodeIr } from "./ir/node-ir.ts";
import * as make from "./ir/testing/objects.ts";

const TIMES = 20;
/** What a node shows now, what it showed last, and what its view compares the next with. */
const RECENT = 3;

/**
 * How many of the parts that were made of objects which came and went one after the other are still in memory.
 *
 * @param objects those of the round
 * @param part made of them
 */
async function kept(
  engine: Engine,
  objects: (round: number) => readonly ModelObject[],
  part: (ir: NodeIr) => object | undefined,
): Promise<number> {
  const parts: WeakRef<object>[] = [];
  for (let round = 0; round < TIMES; round++) {
    const current = objects(round);
    engine.update(current.map(make.add));
    const made = part(engine.nodeIr("n1"));
    if (made !== undefined) parts.push(new WeakRef(made));
    engine.update(current.map(make.remove));
    engine.nodeIr("n1");
  }
  expect(parts).toHaveLength(TIMES);
  return stillThere(parts);
}

async function stillThere(values: readonly WeakRef<object>[]): Promise<number> {
  // What a weak reference has shown stays until the running code gives way.
  await new Promise(setImmediate);
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return values.filter((value) => value.deref() !== undefined).length;
}

test("settings of the past are let go", async () => {
  const engine = new Engine();
  const configs = (round: number) => [make.felixConfig("default", { vxlanPort: 5000 + round })];
  expect(await kept(engine, configs, ({ settings }) => settings)).toBeLessThanOrEqual(RECENT);
  expect(engine.nodeIr("n1").settings.vxlanPort).toBe(4789);
});

test("programs of profiles that nobody names any more are let go, also of those that never were", async () => {
  const engine = new Engine();
  const objects = (round: number) => [
    make.pod("n1", `space${round}/p`, { profiles: [`kns.space${round}`] }),
    ...(round % 2 === 0 ? [make.profile(`kns.space${round}`)] : []),
  ];
  expect(await kept(engine, objects, ({ profiles }) => profiles[0])).toBeLessThanOrEqual(RECENT);
  expect(engine.nodeIr("n1").profiles).toEqual([]);
});

test("what was made of one source in very many variants is let go in the end", async () => {
  const source = {};
  const made = new MadeFrom<object, object>();
  const values = Array.from(
    { length: 20_000 },
    (_, i) => new WeakRef(made.get(source, `variant ${i}`, () => ({}))),
  );
  expect(await stillThere(values)).toBeLessThan(5000);
  expect(made.get(source, "variant 19999", () => ({}))).toBe(values.at(-1)?.deref());
});
