import { beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_FEATURES } from "../../dataplane/features.ts";
import { Engine } from "../../engine/engine.ts";
import type { Policy } from "../../ir/cluster-model.ts";
import * as make from "../../ir/testing/objects.ts";
import type { Artifact } from "../backend.ts";
import { createIptablesPrinter, type PrintCounters } from "./index.ts";

const APPS = 10;
const PODS = 40;
/** Of IPv4 and of IPv6. */
const VERSIONS = 2;

function pod(i: number, node: string, app = `app${i % APPS}`) {
  return make.pod(node, `shop/pod${i}`, {
    labels: { app },
    interfaceName: `cali${i}`,
    profiles: ["kns.shop"],
    addresses: [make.cidr(`10.0.0.${i}`)],
  });
}

/** Applications admit each other in a ring. */
function policy(i: number, next = i + 1): Policy {
  return make.policy(`p${i}`, {
    selector: make.selector(`app == 'app${i}'`),
    ingress: [make.rule({ source: make.entity({ selector: make.selector(`app == 'app${next % APPS}'`) }) })],
  });
}

describe("the work of the printer", () => {
  let engine: Engine;
  let print: (node: string) => readonly Artifact[];
  const counters: PrintCounters = { chainsPrinted: 0, setsPrinted: 0 };

  function cost(node: string, ...objects: Parameters<typeof make.add>[0][]): PrintCounters {
    engine.update(objects.map(make.add));
    counters.chainsPrinted = 0;
    counters.setsPrinted = 0;
    print(node);
    return { ...counters };
  }

  /** What every look costs: the chains that are not of endpoints, policies or profiles. */
  let usual: number;

  beforeEach(() => {
    const printer = createIptablesPrinter(counters);
    print = (node) => printer(engine.nodeIr(node), { features: DEFAULT_FEATURES, report: () => {} });
    engine = new Engine();
    engine.update([
      make.add(make.node("n1")),
      make.add(make.node("n2")),
      make.add(make.profile("kns.shop")),
      ...Array.from({ length: PODS }, (_, i) => make.add(pod(i, "n1"))),
      make.add(pod(PODS, "n2")),
      ...Array.from({ length: APPS }, (_, i) => make.add(policy(i))),
    ]);
    print("n1");
    usual = cost("n1").chainsPrinted;
  });

  test("a look without a change prints only what every node has", () => {
    expect(usual).toBeLessThan(70);
    expect(cost("n1")).toEqual({ chainsPrinted: usual, setsPrinted: 0 });
  });

  test("a pod elsewhere is one set of each IP version", () => {
    expect(cost("n1", pod(200, "n2", "app1"))).toEqual({ chainsPrinted: usual, setsPrinted: VERSIONS });
  });

  test("a policy that admits others is its two chains, where the set is there already", () => {
    expect(cost("n1", policy(0, 5))).toEqual({ chainsPrinted: usual + 2 * VERSIONS, setsPrinted: 0 });
  });

  test("a pod that comes is its two chains, its sets, and where it stands among the others", () => {
    const { chainsPrinted, setsPrinted } = cost("n1", pod(100, "n1", "app1"));
    expect(chainsPrinted - usual).toBeLessThanOrEqual(4 * VERSIONS);
    expect(setsPrinted).toBe(VERSIONS);
  });

  test("another node with the same policies prints its own chains only, and so does the first one again", () => {
    const own = 2 * VERSIONS;
    expect(cost("n2").chainsPrinted).toBeLessThanOrEqual(usual + own);
    expect(cost("n1").chainsPrinted).toBe(usual + 2 * PODS * VERSIONS);
  });

  test("what is kept is what would be printed anew", () => {
    engine.update([policy(3, 7), pod(4, "n1", "app8"), pod(100, "n1", "app1")].map(make.add));
    const kept = print("n1");
    const fresh = createIptablesPrinter()(engine.nodeIr("n1"), {
      features: DEFAULT_FEATURES,
      report: () => {},
    });
    expect(kept).toEqual(fresh);
  });
});
