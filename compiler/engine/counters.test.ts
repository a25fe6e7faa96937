import { describe, expect, test } from "vitest";
import type { Policy } from "../ir/cluster-model.ts";
import * as make from "../ir/testing/objects.ts";
import type { Counters } from "./counters.ts";
import { Engine } from "./engine.ts";

const APPS = 50;
const POLICIES = 200;

/** A cluster in which every pod of an application admits the next application. */
function cluster(): Engine {
  const engine = new Engine();
  engine.update([
    make.add(make.node("n1")),
    make.add(make.node("n2")),
    make.add(make.profile("kns.shop", { labelsToApply: { "pcns.env": "prod" } })),
    ...Array.from({ length: 1000 }, (_, i) => make.add(pod(i, i % 2 === 0 ? "n1" : "n2"))),
    ...Array.from({ length: POLICIES }, (_, i) => make.add(policy(i))),
  ]);
  engine.nodeIr("n1");
  return engine;
}

function pod(i: number, node: string, app = `app${i % APPS}`) {
  return make.pod(node, `shop/pod${i}`, {
    labels: { app, "statefulset.kubernetes.io/pod-name": `pod${i}` },
    profiles: ["kns.shop"],
    addresses: [make.cidr(`10.0.${i >> 8}.${i & 255}`)],
  });
}

function policy(i: number, next = i + 1): Policy {
  return make.policy(`p${i}`, {
    selector: make.selector(`app == 'app${i % APPS}'`),
    ingress: [make.rule({ source: make.entity({ selector: make.selector(`app == 'app${next % APPS}'`) }) })],
  });
}

/** What a change, and a look at `n1` after it, cost. */
function cost(engine: Engine, ...objects: Parameters<typeof make.add>[0][]): Counters {
  const before = engine.counters;
  engine.update(objects.map(make.add));
  engine.nodeIr("n1");
  const after = engine.counters;
  const difference = (name: keyof Counters): [keyof Counters, number] => [name, after[name] - before[name]];
  return Object.fromEntries(
    (Object.keys(after) as (keyof Counters)[]).map(difference),
  ) as unknown as Counters;
}

describe("the work of the engine", () => {
  test("from scratch: each class is compared with what can match it, not with every selector", () => {
    const { itemsProjected, classesEvaluated, selectorsMatched } = cluster().counters;
    expect(itemsProjected).toBe(1000);
    // Unique labels make no class of their own. Each class is looked at for policies and for sets.
    expect(classesEvaluated).toBeLessThanOrEqual(2 * APPS);
    expect(selectorsMatched).toBeLessThanOrEqual(POLICIES + 2 * APPS);
  });

  test("a pod of a known class joins its sets and compares nothing", () => {
    expect(cost(cluster(), pod(2000, "n2", "app1"))).toEqual({
      itemsProjected: 1,
      classesEvaluated: 0,
      selectorsMatched: 0,
      // Both the policies of app0 and their like use the one set `app == 'app1'`.
      setsTouched: 1,
      membersChanged: 1,
      programsLowered: 0,
      listsResolved: 0,
      nodesRebuilt: 1,
    });
  });

  test("a pod of a class of its own is compared with the selectors that its labels lead to", () => {
    const engine = cluster();
    const work = cost(engine, make.pod("n2", "shop/new", { labels: { app: "app1" }, profiles: [] }));
    expect(work).toMatchObject({
      itemsProjected: 1,
      classesEvaluated: 1,
      selectorsMatched: 1,
      setsTouched: 1,
    });
  });

  test("a pod that comes again with the same labels and addresses touches no set", () => {
    expect(cost(cluster(), pod(1, "n2"))).toMatchObject({
      itemsProjected: 1,
      selectorsMatched: 0,
      setsTouched: 0,
      membersChanged: 0,
    });
  });

  test("a policy whose rules change is lowered again, and nothing else is", () => {
    const work = cost(cluster(), policy(0, 5));
    expect(work).toMatchObject({
      itemsProjected: 0,
      classesEvaluated: 0,
      selectorsMatched: 0,
      setsTouched: 0,
      programsLowered: 1,
      listsResolved: 0,
    });
  });

  test("a policy that selects others looks at the classes it leads to", () => {
    const moved = make.policy("p0", { selector: make.selector("app == 'app7'") });
    const work = cost(cluster(), moved);
    expect(work.itemsProjected).toBe(0);
    expect(work.selectorsMatched).toBeLessThanOrEqual(APPS);
    // The class that it leaves, if local, and the one that it comes to.
    expect(work.listsResolved).toBeLessThanOrEqual(2);
    expect(work.programsLowered).toBeLessThanOrEqual(1);
  });

  test("a selector about a value that nobody asked about projects only the pods that have it", () => {
    const unique = make.policy("unique", {
      selector: make.selector("statefulset.kubernetes.io/pod-name == 'pod4'"),
    });
    const engine = cluster();
    // The first such selector makes the label known, which every pod has.
    expect(cost(engine, unique).itemsProjected).toBe(1000);
    const other = make.policy("other", {
      selector: make.selector("statefulset.kubernetes.io/pod-name == 'pod6'"),
    });
    expect(cost(engine, other).itemsProjected).toBe(1);
    expect(engine.nodeIr("n1").policies.map(({ id }) => id)).toContain("gnp/other");
  });

  test("labels of a namespace concern the classes in it, not its pods one by one", () => {
    const work = cost(cluster(), make.profile("kns.shop", { labelsToApply: { "pcns.env": "test" } }));
    expect(work.itemsProjected).toBe(0);
    expect(work.membersChanged).toBe(0);
    expect(work.classesEvaluated).toBeLessThanOrEqual(2 * APPS);
  });

  test("a look without a change costs nothing", () => {
    const work = cost(cluster());
    expect(Object.values(work).every((n) => n === 0)).toBe(true);
  });

  test("sets that no node looks at any more are not kept up to date", () => {
    const engine = cluster();
    engine.nodeIr("n2");
    engine.update(Array.from({ length: POLICIES }, (_, i) => make.remove(policy(i))));
    engine.nodeIr("n1");
    engine.nodeIr("n2");
    expect(cost(engine, pod(2000, "n2", "app1"))).toMatchObject({ membersChanged: 0, setsTouched: 0 });
  });
});
