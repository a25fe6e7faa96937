import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES, DEFAULT_OWNERSHIP } from "../../compiler/index.ts";
import { fixtureSteps } from "../../tests/fixtures.ts";
import { ownershipOf, refuseUnclaimed } from "./claimed.ts";
import { readBundle } from "./state.ts";

const bundles = fixtureSteps().flatMap(({ name, files }) =>
  compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" }).nodes.flatMap(
    ({ node, artifacts, ir }) =>
      artifacts === undefined ? [] : [{ name, node, artifacts, ownership: ir.routing.ownership }],
  ),
);

describe("what a bundle may hold for its host to be read back", () => {
  test.each(bundles)("is what its manifest says: $name, $node", ({ artifacts, ownership }) => {
    expect(ownershipOf(artifacts)).toEqual(ownership);
    refuseUnclaimed(readBundle(artifacts).routing, ownership);
  });

  test.each([
    ["a pod's interface with another prefix", "dev eni1 proto 3 ", /a route with protocol 3 on eni1/],
    ["another table", "dev cali1 proto 3 table 77 ", /a route with protocol 3 on cali1 in table 77/],
  ])("%s is refused", (_, rest, message) => {
    const artifacts = [{ path: "ip.batch", text: `route replace 10.65.0.2/32 scope link ${rest.trim()}\n` }];
    expect(() => refuseUnclaimed(readBundle(artifacts).routing, DEFAULT_OWNERSHIP)).toThrow(message);
  });
});
