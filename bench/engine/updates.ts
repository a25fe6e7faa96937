import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import type { Engine } from "../../compiler/engine/engine.ts";
import type { ModelUpdate, WorkloadEndpoint } from "../../compiler/ir/cluster-model.ts";
import { OWN_NODE } from "./cluster.ts";
import { median, timed, updatesOf } from "./stages.ts";

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
        engine.update(updatesOf([document]));
        engine.nodeIr(OWN_NODE);
      })[1];
    }),
  );
}

/** What a stream of changes costs the thread that it runs on. */
export interface MixedLoad {
  readonly perSecond: number;
  /** How late other work gets its turn: the 99th percentile of the event loop's delay; milliseconds. */
  readonly delay: number;
}

/** Nine label flips for each edited policy, looked at from the node after every hundred; other work goes in between. */
export async function mixedLoad(engine: Engine, texts: readonly string[]): Promise<MixedLoad> {
  const pods = endpointsOf(engine).slice(0, 9000);
  const policies = texts.slice(0, 1000).flatMap((text, i) => {
    const document: unknown = JSON.parse(text.replace('"ports":[8080]', `"ports":[${10_000 + i}]`));
    return updatesOf([document]);
  });
  const changes = pods.flatMap((endpoint, i) => {
    const policy = i % 9 === 0 ? policies[i / 9] : undefined;
    return [relabelled(endpoint, `app-${(i * 7) % 2000}`), ...(policy === undefined ? [] : [policy])];
  });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  let milliseconds = 0;
  for (let i = 0; i < changes.length; i += 100) {
    milliseconds += timed(() => {
      engine.update(changes.slice(i, i + 100));
      engine.nodeIr(OWN_NODE);
    })[1];
    await setImmediate();
  }
  delays.disable();
  return { perSecond: changes.length / (milliseconds / 1000), delay: delays.percentile(99) / 1e6 };
}

function endpointsOf(engine: Engine): readonly WorkloadEndpoint[] {
  return [...engine.model.all("workload-endpoint").values()];
}

function relabelled(endpoint: WorkloadEndpoint, app: string): ModelUpdate {
  const { kind, key, labels } = endpoint;
  return { kind, key, value: { ...endpoint, labels: { ...labels, app } } };
}
