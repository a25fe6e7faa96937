import { describe, expect, test } from "vitest";
import type { ModelObject } from "../ir/cluster-model.ts";
import * as make from "../ir/testing/objects.ts";
import type { Counters } from "./counters.ts";
import { Engine } from "./engine.ts";

const APPS = 5;

/** `spaces` namespaces of five applications each; all are alike, so that a cluster only differs in their number. */
function cluster(spaces: number): Engine {
  const engine = new Engine();
  const objects: ModelObject[] = [make.node("n1"), make.node("n2")];
  for (let space = 0; space < spaces; space++) {
    objects.push(profile(space, "prod"), networkSet(space, ["192.0.2.1/32"]));
    for (let app = 0; app < APPS; app++) {
      objects.push(policy(space, app), pod(space, app, "n1"), pod(space, app, "n2"));
    }
  }
  engine.update(objects.map(make.add));
  engine.nodeIr("n1");
  return engine;
}

const nameOf = (space: number, app: number): string => `app${space}-${app % APPS}`;

function pod(space: number, app: number, node: string, is = app) {
  return make.pod(node, `ns${space}/pod${app}-${node}`, {
    labels: { app: nameOf(space, is) },
    profiles: [`kns.ns${space}`],
    addresses: [make.cidr(`10.${node === "n1" ? 1 : 2}.${space}.${app}`)],
  });
}

function profile(space: number, env: string) {
  return make.profile(`kns.ns${space}`, { labelsToApply: { "pcns.env": env } });
}

function policy(space: number, app: number, from = app + 1) {
  return make.policy(`p${space}-${app}`, {
    selector: make.selector(`app == '${nameOf(space, app)}'`),
    ingress: [
      make.rule({
        source: make.entity({
          selector: make.selector(`app == '${nameOf(space, from)}' || list == 'l${space}'`),
        }),
      }),
    ],
  });
}

function networkSet(space: number, nets: readonly string[]) {
  return make.networkSet(`set${space}`, {
    labels: { list: `l${space}` },
    nets: nets.map((net) => make.cidr(net)),
  });
}

function cost(engine: Engine, object: ModelObject): Counters {
  const before = { ...engine.counters };
  engine.update([make.add(object)]);
  engine.nodeIr("n1");
  const after = engine.counters;
  const names = Object.keys(after) as (keyof Counters)[];
  return Object.fromEntries(names.map((name) => [name, after[name] - before[name]])) as unknown as Counters;
}

describe("what a change costs is the same in a cluster of eight times the size", () => {
  test.each<readonly [string, ModelObject, keyof Counters]>([
    ["a pod becomes another application", pod(1, 2, "n2", 3), "itemsProjected"],
    ["a local pod becomes another application", pod(1, 2, "n1", 3), "membersChanged"],
    ["a policy admits another application", policy(1, 2, 0), "programsLowered"],
    ["a namespace gets another label", profile(1, "test"), "classesEvaluated"],
    ["a network set gets an entry", networkSet(1, ["192.0.2.1/32", "192.0.2.2/32"]), "setsTouched"],
    ["a node comes", make.node("n3"), "nodesRebuilt"],
  ])("%s", (_, change, counter) => {
    const small = cost(cluster(8), change);
    // Not nothing: a change that the engine did not notice would be equally cheap.
    expect(small[counter]).toBeGreaterThan(0);
    expect(cost(cluster(64), change)).toEqual(small);
  });
});
