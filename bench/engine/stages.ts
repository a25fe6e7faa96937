import type { Printer } from "../../compiler/backends/backend.ts";
import { createPrinters } from "../../compiler/backends/index.ts";
import { DEFAULT_FEATURES } from "../../compiler/dataplane/features.ts";
import { Engine } from "../../compiler/engine/engine.ts";
import { asUpdate, type ModelUpdate } from "../../compiler/ir/cluster-model.ts";
import { PASSES } from "../../compiler/passes/index.ts";
import { builtinObjects } from "../../compiler/resources/builtin.ts";
import { decodeEach } from "../../compiler/resources/decode.ts";
import { EndpointProfiles } from "../../compiler/resources/endpoint-profiles.ts";
import type { LowerContext } from "../../compiler/resources/kind.ts";
import { lowerInto, lowerResource } from "../../compiler/resources/lower.ts";
import { SelectorFolder } from "../../compiler/syntax/selector/folder.ts";
import type { LocatedDocument } from "../../compiler/syntax/source.ts";
import { OWN_NODE } from "./cluster.ts";

export const report = () => undefined;

/**
 * CPU time of the process: on a quiet machine the time that the work takes and what the collector's threads do
 * beside it; on a busy one other programs weigh little. Milliseconds.
 */
export function timed<T>(work: () => T): readonly [result: T, milliseconds: number] {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return [result, (user + system) / 1000];
}

export function median(runs: readonly number[]): number {
  return runs.toSorted((a, b) => a - b)[Math.floor(runs.length / 2)] ?? 0;
}

/** Parsed documents into an empty engine; each resource is made when the engine takes it. */
export function load(engine: Engine, documents: readonly unknown[]): void {
  const context = lowerContext();
  engine.update(builtinObjects().map(asUpdate));
  lowerInto(engine, decodeEach(locate(documents), report, context.selectors), context);
}

/** Parsed documents as changes for an engine that may hold others, or earlier states of these. */
export function updatesOf(documents: readonly unknown[]): readonly ModelUpdate[] {
  const context = lowerContext();
  return Array.from(decodeEach(locate(documents), report, context.selectors)).flatMap((resource) =>
    lowerResource(resource, context).map(asUpdate),
  );
}

/** Milliseconds of decoding alone, which `load` does as it goes. */
function decodeTime(documents: readonly unknown[]): number {
  return timed(() => {
    for (const _ of decodeEach(locate(documents), report, new SelectorFolder()));
  })[1];
}

function lowerContext(): LowerContext {
  const [selectors, profiles] = [new SelectorFolder(), new EndpointProfiles()];
  return { report, interfacePrefix: "cali", selectors, profiles };
}

function* locate(documents: readonly unknown[]): Generator<LocatedDocument, void> {
  const path: readonly string[] = [];
  let index = 0;
  for (const value of documents) yield { file: "bench.json", index: index++, path, value };
}

/** Bytes of all artifacts of a node. `printers`: one list for all nodes of a compile. */
export function printNode(engine: Engine, node: string, printers: readonly Printer[]): number {
  const context = { features: DEFAULT_FEATURES, report };
  const ir = PASSES.reduce((before, pass) => pass.run(before), engine.nodeIr(node));
  return printers.flatMap((print) => print(ir, context)).reduce((sum, { text }) => sum + text.length, 0);
}

/** One compile from parsed documents to the artifacts of one node; times in milliseconds, memory in bytes. */
export interface Scratch {
  readonly engine: Engine;
  readonly printers: readonly Printer[];
  readonly times: ScratchTimes;
}

export interface ScratchTimes {
  readonly parse: number;
  /** Part of `read`, taken by itself: documents to resources. */
  readonly decode: number;
  /** Decoding, lowering, and the engine's taking note of every object. */
  readonly read: number;
  /** The IR of the node. */
  readonly analyse: number;
  readonly emit: number;
  /** `read` + `analyse` + `emit`. */
  readonly whole: number;
  readonly artifactBytes: number;
  /** What is held when all is done, without the parsed input. */
  readonly heap: number | undefined;
}

export function scratch(texts: readonly string[]): Scratch {
  const [documents, parse] = timed(() => texts.map((text) => JSON.parse(text) as unknown));
  const before = heapInUse();
  const engine = new Engine();
  const printers = createPrinters();
  const [, read] = timed(() => load(engine, documents));
  const [, analyse] = timed(() => engine.nodeIr(OWN_NODE));
  const [artifactBytes, emit] = timed(() => printNode(engine, OWN_NODE, printers));
  const after = heapInUse();
  const heap = before === undefined || after === undefined ? undefined : after - before;
  // Last, as whoever looks at the documents first pays for their hashes.
  const decode = decodeTime(documents);
  const whole = read + analyse + emit;
  return { engine, printers, times: { parse, decode, read, analyse, emit, whole, artifactBytes, heap } };
}

/** Needs `--expose-gc`. */
function heapInUse(): number | undefined {
  if (globalThis.gc === undefined) return undefined;
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
