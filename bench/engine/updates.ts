import type { Engine } from "../../compiler/engine/engine.ts";
import type { ModelObject, ModelUpdate } from "../../compiler/ir/cluster-model.ts";
import { OWN_NODE } from "./cluster.ts";
import { lower, median, timed } from "./stages.ts";

type Endpoint = Extract<ModelObject, { kind: "workload-endpoint" }>;

/** Milliseconds until the node has seen that the labels of one remote pod have flipped. */
export function podFlip(engine: Engine, updates: readonly ModelUpdate[]): number {
  engine.nodeIr(OWN_NODE);
  return median(
    updates
      .filter(({ kind }) => kind === "workload-endpoint")
      .slice(-400)
      .map((update, i) => {
        const flipped = relabelled(update, `app-${i}`);
        return timed(() => {
          engine.update([flipped]);
          engine.nodeIr(OWN_NODE);
        })[1];
      }),
  );
}

/** Milliseconds until the node has seen another port in one of its policies; `texts` are the policies' documents. */
export function policyEdit(engine: Engine, texts: readonly string[]): number {
  const edited = texts
    .slice(0, 200)
    .map((text) => JSON.parse(text.replace('"ports":[8080]', '"ports":[9090]')));
  return median(
    edited.map((document) => {
      return timed(() => {
        engine.update(lower([document]).filter(({ kind }) => kind === "policy"));
        engine.nodeIr(OWN_NODE);
      })[1];
    }),
  );
}

/** What a stream of changes costs the thread that it runs on. */
export interface MixedLoad {
  readonly perSecond: number;
  /** The longest of a hundred pieces of work, between which other work gets its turn; milliseconds. */
  readonly p99: number;
}

/** Nine label flips for each edited policy, looked at from the node after every hundred. */
export function mixedLoad(
  engine: Engine,
  updates: readonly ModelUpdate[],
  texts: readonly string[],
): MixedLoad {
  const pods = updates.filter(({ kind }) => kind === "workload-endpoint").slice(0, 9000);
  const policies = texts.slice(0, 1000).flatMap((text, i) => {
    const document: unknown = JSON.parse(text.replace('"ports":[8080]', `"ports":[${10_000 + i}]`));
    return lower([document]).filter(({ kind }) => kind === "policy");
  });
  const changes = pods.flatMap((update, i) => {
    const policy = i % 9 === 0 ? policies[i / 9] : undefined;
    return [relabelled(update, `app-${(i * 7) % 2000}`), ...(policy === undefined ? [] : [policy])];
  });
  const pieces: number[] = [];
  for (let i = 0; i < changes.length; i += 100)
    pieces.push(
      timed(() => {
        engine.update(changes.slice(i, i + 100));
        engine.nodeIr(OWN_NODE);
      })[1],
    );
  const milliseconds = pieces.reduce((sum, piece) => sum + piece, 0);
  return {
    perSecond: changes.length / (milliseconds / 1000),
    p99: pieces.sort((a, b) => a - b)[Math.floor(pieces.length * 0.99)] ?? 0,
  };
}

function relabelled(update: ModelUpdate, app: string): ModelUpdate {
  const value = update.value as Endpoint;
  return { kind: value.kind, key: value.key, value: { ...value, labels: { ...value.labels, app } } };
}
