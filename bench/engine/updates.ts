import type { Engine } from "../../compiler/engine/engine.ts";
import type { ModelUpdate, WorkloadEndpoint } from "../../compiler/ir/cluster-model.ts";
import { OWN_NODE } from "./cluster.ts";
import { lower, median, timed } from "./stages.ts";

/** Milliseconds until the node has seen that the labels of one remote pod have flipped. */
export function podFlip(engine: Engine): number {
  engine.nodeIr(OWN_NODE);
  return median(
    endpointsOf(engine)
      .slice(-400)
      .map((endpoint, i) => {
        const flipped = relabelled(endpoint, `app-${i}`);
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
        engine.update(policiesOf([document]));
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
export function mixedLoad(engine: Engine, texts: readonly string[]): MixedLoad {
  const pods = endpointsOf(engine).slice(0, 9000);
  const policies = texts.slice(0, 1000).flatMap((text, i) => {
    const document: unknown = JSON.parse(text.replace('"ports":[8080]', `"ports":[${10_000 + i}]`));
    return policiesOf([document]);
  });
  const changes = pods.flatMap((endpoint, i) => {
    const policy = i % 9 === 0 ? policies[i / 9] : undefined;
    return [relabelled(endpoint, `app-${(i * 7) % 2000}`), ...(policy === undefined ? [] : [policy])];
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

function endpointsOf(engine: Engine): readonly WorkloadEndpoint[] {
  return [...engine.model.all("workload-endpoint").values()];
}

function policiesOf(documents: readonly unknown[]): readonly ModelUpdate[] {
  return [...lower(documents)].filter(({ kind }) => kind === "policy");
}

function relabelled(endpoint: WorkloadEndpoint, app: string): ModelUpdate {
  const { kind, key, labels } = endpoint;
  return { kind, key, value: { ...endpoint, labels: { ...labels, app } } };
}
