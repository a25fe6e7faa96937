import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DiagnosticBag } from "../diagnostics/bag.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { ModelObject, ModelUpdate } from "../ir/cluster-model.ts";
import type { NodeIr } from "../ir/node-ir.ts";
import * as make from "../ir/testing/objects.ts";
import { sameData } from "./cell.ts";
import { Engine } from "./engine.ts";
import { history } from "./testing/cluster.ts";

/** `ENGINE_SEED` and `ENGINE_RUNS` are for long runs; without them the same few sequences are tried each time. */
const SEED = Number(process.env.ENGINE_SEED ?? 20260);
const RUNS = Number(process.env.ENGINE_RUNS ?? 300);
const LIMIT_MS = 60_000 + 500 * RUNS;
const NODES = ["n1", "n2", "n3", "nowhere"];

/** The objects that are left, in an order of their own. */
function finalState(updates: Iterable<ModelUpdate>): readonly ModelObject[] {
  const objects = new Map<string, ModelObject>();
  for (const { kind, key, value } of updates) {
    if (value === undefined) objects.delete(`${kind} ${key}`);
    else objects.set(`${kind} ${key}`, value);
  }
  return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
}

function fresh(objects: readonly ModelObject[]): Engine {
  const engine = new Engine();
  engine.update(objects.map(make.add));
  return engine;
}

function findings(engine: Engine): readonly Diagnostic[] {
  const bag = new DiagnosticBag();
  engine.diagnostics(bag.report);
  return bag.diagnostics({ locate: () => undefined, lineText: () => undefined });
}

describe("Engine", () => {
  test(
    "depends on the current objects only, at every step and on every node",
    () => {
      fc.assert(
        fc.property(history(12), fc.nat(15), (batches, askedMask) => {
          const engine = new Engine();
          const applied: ModelUpdate[] = [];
          for (const batch of batches) {
            engine.update(batch);
            applied.push(...batch);
            const expected = fresh(finalState(applied));
            // Some nodes are asked at every step, the others only at the end.
            for (const [i, node] of NODES.entries())
              if ((askedMask >> i) & 1) expect(engine.nodeIr(node)).toEqual(expected.nodeIr(node));
          }
          const expected = fresh(finalState(applied).toReversed());
          expect(engine.nodeNames()).toEqual(expected.nodeNames());
          expect(findings(engine)).toEqual(findings(expected));
          for (const node of NODES) expect(engine.nodeIr(node)).toEqual(expected.nodeIr(node));
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
    LIMIT_MS,
  );

  test(
    "keeps the identity of every part that stays equal",
    () => {
      fc.assert(
        fc.property(history(8), (batches) => {
          const engine = new Engine();
          let before: NodeIr | undefined;
          for (const batch of batches) {
            engine.update(batch);
            // A node that goes takes its view with it.
            if (batch.some(({ kind, key, value }) => kind === "node" && key === "n1" && value === undefined))
              before = undefined;
            const after = engine.nodeIr("n1");
            if (before !== undefined) expectIdentity(before, after);
            before = after;
          }
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
    LIMIT_MS,
  );

  test(
    "ends where it began after objects come and go",
    () => {
      fc.assert(
        fc.property(history(4), history(4), (first, second) => {
          const engine = new Engine();
          engine.update(first.flat());
          const before = NODES.map((node) => engine.nodeIr(node));
          const kept = new Map(
            finalState(first.flat()).map((object) => [`${object.kind} ${object.key}`, object]),
          );
          for (const batch of second) {
            engine.update(batch);
            for (const node of NODES) engine.nodeIr(node);
          }
          engine.update(
            second.flat().map(({ kind, key }) => ({ kind, key, value: kept.get(`${kind} ${key}`) })),
          );
          expect(NODES.map((node) => engine.nodeIr(node))).toEqual(before);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    },
    LIMIT_MS,
  );
});

function expectIdentity(before: NodeIr, after: NodeIr): void {
  if (sameData(before, after)) expect(after).toBe(before);
  for (const part of Object.keys(before) as (keyof NodeIr)[])
    if (sameData(before[part], after[part])) expect(after[part], part).toBe(before[part]);
  const earlier = new Map(before.ipSets.map((set) => [set.id, set]));
  for (const set of after.ipSets) {
    const old = earlier.get(set.id);
    if (old !== undefined && sameData(old, set)) expect(set).toBe(old);
  }
  const workloads = new Map(before.workloads.map((workload) => [workload.key, workload]));
  for (const workload of after.workloads) {
    const old = workloads.get(workload.key);
    if (old !== undefined && sameData(old, workload)) expect(workload).toBe(old);
  }
}
