import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { formatCidr } from "../../compiler/net/cidr.ts";
import { speakersOf } from "../../compiler/rib.ts";
import { predictRibs } from "../../compiler/semantics/rib/predict.ts";
import type { Rib } from "../../compiler/semantics/rib/rib.ts";
import { runTool } from "../../runtime/host/run.ts";
import { surroundingsOf } from "../../runtime/lab/surroundings.ts";
import { compileLab } from "../../runtime/lab/up.ts";
import { measuredTable } from "../rib/read-birdc.ts";
import { predictedTable } from "../rib/text.ts";
import type { TestLab } from "./test-lab.ts";

/** Milliseconds: a neighbour is missed at once, its routes are kept for 3 s, the kernel is looked at every 2 s. */
const PATIENCE = 25_000;
const POLL = 500;

/** IPv4 tables, by speaker. */
type Tables = Readonly<Record<string, readonly string[]>>;

/**
 * Waits until every BIRD of the lab has the table that the model says without the speakers `absent`.
 * IPv4 only: next hops of IPv6 sessions have link-local addresses besides.
 */
export async function expectTables(lab: TestLab, absent: readonly string[]): Promise<void> {
  const all = await labSpeakers(lab);
  const { ribs, outcome } = predictRibs(all.filter(({ name }) => !absent.includes(name)));
  expect(outcome).toBe("one");
  const predicted = tablesOf(ribs);
  // What is the same with and without the absent would show nothing.
  if (absent.length > 0) expect(tablesOf(predictRibs(all).ribs)).not.toMatchObject(predicted);
  for (const end = Date.now() + PATIENCE; ; await sleep(POLL)) {
    const measured = await measure(lab, ribs);
    if (JSON.stringify(measured) === JSON.stringify(predicted)) return;
    if (Date.now() > end) expect(measured).toEqual(predicted);
  }
}

function tablesOf(ribs: readonly Rib[]): Tables {
  return Object.fromEntries(ribs.map((rib) => [rib.speaker, ofVersion4(predictedTable(rib))]));
}

async function labSpeakers(lab: TestLab) {
  const { sources, features, interfacePrefix, plan } = (await lab.files.read())!;
  const compilation = compileLab(sources, features, { interfacePrefix, compilerVersion: "test" });
  return speakersOf(compilation, surroundingsOf(plan)).filter(({ name }) => name !== "fabric");
}

async function measure(lab: TestLab, ribs: readonly Rib[]): Promise<Tables> {
  const { plan } = (await lab.files.read())!;
  const nodes = new Set(plan.nodes.map(({ name }) => name));
  const tables = await Promise.all(
    ribs.map(async ({ speaker, prefixes }) => {
      const undecided = new Set(prefixes.filter((one) => one.undecided).map(({ cidr }) => formatCidr(cidr)));
      const { socket } = nodes.has(speaker) ? lab.files.node(speaker) : lab.files.router(speaker);
      const { stdout } = await runTool("birdc", ["-s", socket, "show", "route", "all"]);
      return [speaker, ofVersion4(measuredTable(stdout, undecided))] as const;
    }),
  );
  return Object.fromEntries(tables);
}

function ofVersion4(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !line.split(" ", 1)[0]!.includes(":"));
}
