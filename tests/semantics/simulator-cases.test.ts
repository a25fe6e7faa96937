import { describe, expect, test } from "vitest";
import { type Compilation, compile, DEFAULT_FEATURES, type SourceFile } from "../../compiler/index.ts";
import { Host, isOwnAddress } from "../../compiler/semantics/evaluator/host.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { membershipOf } from "../../compiler/semantics/simulator/membership.ts";
import { readDataplanes } from "../../compiler/semantics/simulator/read.ts";
import { simulate } from "../../compiler/semantics/simulator/run.ts";
import { REVISIONS } from "../kernel/cases/index.ts";
import { NODE as CASES_NODE } from "../kernel/cases/inventory.ts";
import { parseVerdicts } from "../kernel/cases/notation.ts";
import { filesOf, observed, situationsOf } from "../kernel/truth-tables/case.ts";
import { CASES } from "../kernel/truth-tables/cases/index.ts";
import { NODE as TABLES_NODE } from "../kernel/truth-tables/cluster.ts";
import { describeDifference } from "../kernel/truth-tables/table.ts";

/** Compiles for the node; the function says whether the emitted files let a packet through. */
function prepare(files: readonly SourceFile[], node: string): [Compilation, (packet: Packet) => boolean] {
  const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test", nodes: [node] });
  const { ir, artifacts } = compilation.nodes[0]!;
  const dataplanes = readDataplanes(artifacts!);
  const host = new Host(compilation.model, ir.settings, node);
  const isLocalAddress = (ip: Packet["source"]) => isOwnAddress(host, ip);
  const hosts = {
    4: { isLocalAddress, isMember: membershipOf(dataplanes[4].sets) },
    6: { isLocalAddress, isMember: membershipOf(dataplanes[6].sets) },
  };
  return [
    compilation,
    (packet) => simulate(dataplanes[packet.source.version], packet, hosts[packet.source.version]).allowed,
  ];
}

describe("the emitted text gives the verdicts of the truth tables", () => {
  for (const example of CASES)
    test(example.name, () => {
      const [, isAllowed] = prepare(filesOf(example), TABLES_NODE);
      for (const situation of situationsOf(example)) {
        const table = observed(situation, situation.packets.map(isAllowed));
        const difference = describeDifference(situation.expected, table);
        if (difference !== undefined) expect.fail(`IPv${situation.version}\n${difference}`);
      }
    });
});

test.each(REVISIONS)("the emitted text gives the verdicts of the sheets: $title", ({ resources, cases }) => {
  const [{ model }, isAllowed] = prepare(resources, CASES_NODE);
  const lines = cases.flatMap(({ verdicts }) => parseVerdicts({ model, node: CASES_NODE }, verdicts));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.map(({ packet, says }) => ({ says, allowed: isAllowed(packet) }))).toEqual(
    lines.map(({ says, allowed }) => ({ says, allowed })),
  );
});
