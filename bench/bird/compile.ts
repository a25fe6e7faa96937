import { birdBackend } from "../../compiler/backends/bird/index.ts";
import { DEFAULT_FEATURES } from "../../compiler/dataplane/features.ts";
import { Engine } from "../../compiler/engine/engine.ts";
import { load, report, timed } from "../engine/stages.ts";
import { type Document, OWN_NODE } from "./resources.ts";

/** Milliseconds of each stage, for one node's `bird.conf`. */
export interface Stages {
  readonly text: string;
  readonly parse: number;
  readonly decode: number;
  readonly engine: number;
  readonly print: number;
}

/** From text to `bird.conf`; `parse` is `JSON.parse` of every document, which the rest is measured against. */
export function compileBird(documents: readonly Document[]): Stages {
  const [values, parse] = timed(() => documents.map((document) => JSON.parse(document) as unknown));
  const state = new Engine();
  const [, decode] = timed(() => load(state, values));
  const [ir, engine] = timed(() => state.nodeIr(OWN_NODE));
  const [artifacts, print] = timed(() =>
    birdBackend.print(birdBackend.emit(ir, { features: DEFAULT_FEATURES, report }), OWN_NODE),
  );
  return { text: artifacts[0]!.text, parse, decode, engine, print };
}
