import { expect, test } from "vitest";
import { fixtureSteps } from "../../tests/fixtures.ts";
import { iptablesBackend } from "../backends/iptables/index.ts";
import { compile } from "../compile.ts";
import { DEFAULT_FEATURES } from "../dataplane/features.ts";
import { chainHeadingKey, readHeadings, setHeadingKey } from "./headings.ts";

test.each(fixtureSteps())("the headings of $name are those that were written", ({ files }) => {
  const { nodes } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
  for (const { ir, artifacts = [] } of nodes) {
    const state = iptablesBackend.emit(ir, { features: DEFAULT_FEATURES, report: () => undefined });
    const expected = new Map([
      ...state.rulesets.flatMap(({ version, tables }) =>
        tables.flatMap(({ name: table, chains }) =>
          chains.map(({ name, heading }) => {
            const artifact = version === 4 ? "iptables.restore" : "ip6tables.restore";
            return [chainHeadingKey(artifact, table, name), heading.join("; ")] as const;
          }),
        ),
      ),
      ...state.ipSets.sets.map(({ name, heading }) => [setHeadingKey(name), heading.join("; ")] as const),
    ]);
    expect(readHeadings(artifacts)).toEqual(new Map([...expected].filter(([, words]) => words !== "")));
  }
});
