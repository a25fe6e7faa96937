import { PRINTERS } from "../../compiler/backends/index.ts";
import { DEFAULT_FEATURES } from "../../compiler/dataplane/features.ts";
import { Engine } from "../../compiler/engine/engine.ts";
import type { ModelObject, ModelUpdate } from "../../compiler/ir/cluster-model.ts";
import { builtinObjects } from "../../compiler/resources/builtin.ts";
import { decodeDocuments } from "../../compiler/resources/decode.ts";
import { lowerResources } from "../../compiler/resources/lower.ts";
import { OWN_NODE } from "./cluster.ts";

export const report = () => undefined;

/** Milliseconds. */
export function timed<T>(work: () => T): readonly [result: T, milliseconds: number] {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

export function median(runs: readonly number[]): number {
  return runs.toSorted((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0;
}

export function lower(documents: readonly unknown[]): readonly ModelUpdate[] {
  const located = documents.map((value, index) => ({ file: "bench.json", index, path: [], value }));
  const objects: readonly ModelObject[] = [
    ...builtinObjects(),
    ...lowerResources(decodeDocuments(located, report), { report, interfacePrefix: "cali" }),
  ];
  return objects.map((value) => ({ kind: value.kind, key: value.key, value }));
}

/** Bytes of all artifacts of a node. */
export function printNode(engine: Engine, node: string): number {
  const context = { features: DEFAULT_FEATURES, report };
  const ir = engine.nodeIr(node);
  return PRINTERS.flatMap((print) => print(ir, context)).reduce((sum, { text }) => sum + text.length, 0);
}

/** One compile from decoded objects to the artifacts of one node; times in milliseconds, memory in bytes. */
export interface Scratch {
  readonly engine: Engine;
  readonly updates: readonly ModelUpdate[];
  readonly parse: number;
  readonly decode: number;
  readonly analyse: number;
  readonly emit: number;
  /** `decode` + `analyse` + `emit`. */
  readonly whole: number;
  readonly artifactBytes: number;
  /** What is held when all is done, without the parsed input. */
  readonly heap: number | undefined;
}

export function scratch(texts: readonly string[]): Scratch {
  const [documents, parse] = timed(() => texts.map((text) => JSON.parse(text) as unknown));
  const before = heapInUse();
  const [updates, decode] = timed(() => lower(documents));
  const engine = new Engine();
  const [, analyse] = timed(() => {
    engine.update(updates);
    engine.nodeIr(OWN_NODE);
  });
  const [artifactBytes, emit] = timed(() => printNode(engine, OWN_NODE));
  const after = heapInUse();
  const heap = before === undefined || after === undefined ? undefined : after - before;
  return {
    engine,
    updates,
    parse,
    decode,
    analyse,
    emit,
    whole: decode + analyse + emit,
    artifactBytes,
    heap,
  };
}

/** Needs `--expose-gc`. */
function heapInUse(): number | undefined {
  if (globalThis.gc === undefined) return undefined;
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
