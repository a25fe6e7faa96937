import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { fixtureSteps } from "../../tests/fixtures.ts";
import { refuseUnclaimed } from "./claimed.ts";
import { readBundle } from "./state.ts";

const bundles = fixtureSteps().flatMap(({ name, files }) =>
  compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" }).nodes.flatMap(
    ({ node, artifacts }) => (artifacts === undefined ? [] : [{ name, node, artifacts }]),
  ),
);

describe("what a bundle may hold for its host to be read back", () => {
  test.each(bundles)("names and protocols of $name, $node are the default ones", ({ artifacts }) => {
    refuseUnclaimed(readBundle(artifacts).routing);
  });

  test.each([
    ["a pod's interface with another prefix", "dev eni1 proto 3 ", /a route with protocol 3 on eni1/],
    ["another protocol", "dev cali1 proto 99 ", /a route with protocol 99 on cali1/],
    ["another table", "dev cali1 proto 3 table 77 ", /a route in table 77/],
  ])("%s is refused", (_, rest, message) => {
    const artifacts = [{ path: "ip.batch", text: `route replace 10.65.0.2/32 scope link ${rest.trim()}\n` }];
    expect(() => refuseUnclaimed(readBundle(artifacts).routing)).toThrow(message);
  });
});
