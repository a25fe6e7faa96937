import { describe, expect, test } from "vitest";
import { fixtureSteps } from "../../../tests/fixtures.ts";
import type { Artifact } from "../../backends/backend.ts";
import { compile } from "../../compile.ts";
import { DEFAULT_FEATURES } from "../../dataplane/features.ts";
import { hooksOf } from "../../semantics/symbolic/hooks.ts";
import type { SourceFile } from "../../syntax/source.ts";
import { momentsOf, ordersOf } from "./moments.ts";
import { findTableOrder } from "./table-order.ts";

const never = (): boolean => false;

/** Rules of our chains, by table, hooked into the kernel's chain of that name. */
function text(
  tables: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
): readonly Artifact[] {
  const lines = Object.entries(tables).flatMap(([table, chains]) => [
    `*${table}`,
    ...Object.keys(chains).map((chain) => `:cali-${chain} - -`),
    ...Object.keys(chains).map((chain) => `-I ${chain} -m comment --comment "cali:hook" -j cali-${chain}`),
    ...Object.entries(chains).flatMap(([chain, rules]) => rules.map((rule) => `-A cali-${chain} ${rule}`)),
    "COMMIT",
  ]);
  return [{ path: "iptables.restore", text: `${lines.join("\n")}\n` }];
}

describe("what a packet can meet while tables are committed", () => {
  test("each step's table old or new, and never a later commit without the earlier ones", () => {
    const steps = hooksOf({ version: 4, kind: "to-host", connection: "new", translation: { kind: "none" } });
    const seen = (order: Parameters<typeof momentsOf>[1]) => {
      const at = (table: string, moment: readonly boolean[]) =>
        moment.filter((_, i) => {
          const step = steps[i];
          return step !== undefined && step !== "translate" && step.table === table;
        });
      return new Set(momentsOf(steps, order).map((moment) => `${at("raw", moment)}/${at("filter", moment)}`));
    };
    // What comes later on the way is committed first: a packet that meets the new raw meets the new filter.
    expect(seen(["filter", "raw"])).toEqual(new Set(["false/false", "false/true", "true/true"]));
    // The other way round a slow packet can also meet the old raw and the new filter.
    expect(seen(["raw", "filter"])).toEqual(
      new Set(["false/false", "true/false", "false/true", "true/true"]),
    );
    // Two hooks of one table: a slow packet meets the old first and the new second.
    const mangle = momentsOf(steps, ["mangle"]).map((moment) =>
      moment.filter((_, i) => {
        const step = steps[i];
        return step !== undefined && step !== "translate" && step.table === "mangle";
      }),
    );
    expect(mangle).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ]);
  });

  test("orders: all, the reverse way of packets first", () => {
    expect(ordersOf(["raw", "filter"])).toEqual([
      ["filter", "raw"],
      ["raw", "filter"],
    ]);
    expect(ordersOf(["raw", "mangle", "filter"])).toHaveLength(6);
  });
});

describe("orders of commits", () => {
  const mark = (bit: string) =>
    text({
      raw: { PREROUTING: [`-j MARK --set-xmark ${bit}/0x30000`] },
      filter: { INPUT: [`-m mark --mark ${bit}/0x30000 -j ACCEPT`, "-j DROP"] },
    });

  test("none, where both tables must speak of the same bit", () => {
    expect(findTableOrder(mark("0x10000"), mark("0x20000"), 4, ["raw", "filter"], never)).toEqual({
      kind: "none",
    });
  });

  test("the one in which what is asked for is there before it is asked", () => {
    const before = text({ raw: { PREROUTING: [] }, filter: { INPUT: ["-p tcp -j ACCEPT", "-j DROP"] } });
    const after = text({
      raw: { PREROUTING: ["-p udp -j MARK --set-xmark 0x10000/0x10000"] },
      filter: { INPUT: ["-p tcp -j ACCEPT", "-m mark --mark 0x10000/0x10000 -j ACCEPT", "-j DROP"] },
    });
    expect(findTableOrder(before, after, 4, ["raw", "filter"], never)).toMatchObject({ kind: "proven" });
  });

  test("a drop that moves from one table to the other: the new place first, and only so", () => {
    const drop = "-p tcp -m multiport --dports 25 -j DROP";
    const early = text({ raw: { PREROUTING: [drop] }, filter: { INPUT: ["-j ACCEPT"] } });
    const late = text({ raw: { PREROUTING: [] }, filter: { INPUT: [drop, "-j ACCEPT"] } });
    expect(findTableOrder(early, late, 4, ["raw", "filter"], never)).toEqual({
      kind: "proven",
      order: ["filter", "raw"],
      of: "every-packet",
    });
    // The other way round a packet that is past raw already may come to filter when the drop is gone from there.
    expect(findTableOrder(late, early, 4, ["raw", "filter"], never)).toEqual({
      kind: "proven",
      order: ["raw", "filter"],
      of: "each-moment",
    });
  });

  test("not known: too long, or a rule without a known meaning", () => {
    expect(findTableOrder(mark("0x10000"), mark("0x20000"), 4, ["raw", "filter"], () => true)).toEqual({
      kind: "unknown",
      reason: "the proof took too long",
    });
    const foreign = text({ raw: { PREROUTING: ["-m bpf --bytecode 4 -j DROP"] } });
    expect(findTableOrder(foreign, mark("0x20000"), 4, ["raw"], never)).toMatchObject({ kind: "unknown" });
  });

  test("untracked policy that comes to a host with endpoints of its own", () => {
    const untracked = `
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: no-tracking }
spec: { selector: all(), doNotTrack: true, applyOnForward: true, ingress: [{ action: Deny, protocol: TCP, destination: { ports: [25] } }] }
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: as-ever }
spec: { selector: all(), applyOnForward: true, ingress: [{ action: Deny, protocol: TCP, destination: { ports: [26] } }, { action: Allow }] }
`;
    const metal = fixtureSteps().find(({ name }) => name === "bare-metal")?.files ?? [];
    const bundle = (files: readonly SourceFile[]) =>
      compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test", nodes: ["db-1"] }).nodes[0]
        ?.artifacts ?? [];
    const [before, after] = [bundle(metal), bundle([...metal, { path: "more.yaml", text: untracked }])];
    for (const version of [4, 6] as const) {
      expect(findTableOrder(before, after, version, ["raw", "filter"], never)).toMatchObject({
        kind: "proven",
      });
      expect(findTableOrder(after, before, version, ["raw", "filter"], never)).toMatchObject({
        kind: "proven",
      });
    }
  });
});
