import { describe, expect, test } from "vitest";
import { type HostState, readBundle } from "../../runtime/apply/state.ts";
import { rebase } from "../../runtime/plan/rebase.ts";
import { planCases } from "./plans.ts";

const cases = planCases().map(({ name, from, to }) => ({
  name,
  node: to.node,
  before: readBundle(from.artifacts),
  after: readBundle(to.artifacts),
}));

function caseOf(name: string): (typeof cases)[number] {
  const found = cases.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no case ${name}`);
  return found;
}

describe("a plan between two bundles of a fixture", () => {
  test.each(cases)(
    "$name: gives the second from the first, and is refused on the second",
    ({ node, before, after }) => {
      expect(rebase({ before, after, live: before }, node)).toEqual({
        kind: "ready",
        state: after,
        whole: true,
      });
      expect(rebase({ before, after, live: after }, node)).toEqual({ kind: "applied already" });
    },
  );

  test("that takes a tunnel away is refused where another node has come to it", () => {
    const { node, before, after } = caseOf("tunnels go");
    const [entry] = before.routing.fdb;
    if (entry === undefined) throw new Error("the tunnel leads nowhere");
    const fdb = [...before.routing.fdb, { ...entry, mac: "66:00:00:00:00:01" }];
    const live: HostState = { ...before, routing: { ...before.routing, fdb } };
    expect(rebase({ before, after, live }, node)).toEqual({
      kind: "violated",
      violations: [
        {
          object: `fdb ${entry.dev} 66:00:00:00:00:01`,
          reason: `needs the device ${entry.dev}, which the plan removes`,
        },
      ],
    });
  });

  test("that changes limits leaves the others alone, and needs its own as they were", () => {
    const { node, before, after } = caseOf("limits change");
    const [first, ...rest] = before.shaping.shapers;
    if (first === undefined) throw new Error("nothing is limited");
    const further = { ...first, interfaceName: "califfffffffff1" };
    const more: HostState = { ...before, shaping: { shapers: [...before.shaping.shapers, further] } };
    const found = rebase({ before, after, live: more }, node);
    expect(found).toMatchObject({ kind: "ready", whole: false });
    if (found.kind === "ready")
      expect(found.state.shaping.shapers).toEqual([...after.shaping.shapers, further]);
    const less: HostState = { ...before, shaping: { shapers: rest } };
    expect(rebase({ before, after, live: less }, node)).toEqual({
      kind: "violated",
      violations: [{ object: `limit ${first.interfaceName} ${first.direction}`, reason: "is gone" }],
    });
  });
});
