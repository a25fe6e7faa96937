import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { printIptables } from "../../compiler/backends/iptables/print.ts";
import { everythingIr } from "../../compiler/backends/iptables/sample.ts";
import { emit } from "../../compiler/backends/iptables/testing.ts";
import type { Ip } from "../../compiler/net/cidr.ts";
import { compareIp } from "../../compiler/net/ip.ts";
import { membershipOf } from "../../compiler/semantics/simulator/membership.ts";
import { readDataplanes } from "../../compiler/semantics/simulator/read.ts";
import { simulate } from "../../compiler/semantics/simulator/run.ts";
import type { TextFile } from "../../compiler/semantics/simulator/words.ts";
import { ROOT } from "../fixtures.ts";
import { SCENARIOS, type Scenario } from "../kernel/scenarios.ts";
import { addressOf, compileScenario, packetOf } from "./scenario-packets.ts";

function ownAddresses({ hostAddresses }: Scenario): readonly Ip[] {
  return ["127.0.0.1", "::1", ...hostAddresses].map((address) => addressOf(address.split("/")[0]!));
}

describe.each(SCENARIOS)("the emitted text gives the kernel's verdicts: $fixture on $node", (scenario) => {
  const { model, compiled } = compileScenario(scenario);
  const dataplanes = readDataplanes(compiled.artifacts!);
  const own = ownAddresses(scenario);

  test.each(scenario.verdicts)("$says", (verdict) => {
    const packet = packetOf(model, scenario, verdict);
    const dataplane = dataplanes[packet.source.version];
    const { allowed, visits } = simulate(dataplane, packet, {
      isLocalAddress: (ip) => own.some((address) => compareIp(address, ip) === 0),
      isMember: membershipOf(dataplane.sets),
    });
    const trace = visits.flatMap(({ hook, table, steps }) =>
      steps.map(({ rule }) => `${table} ${hook} ${rule.line}: ${rule.text}`),
    );
    expect({ allowed, trace }).toMatchObject({ allowed: verdict.allowed });
  });
});

/** How many lines of the text begin so. */
function countLines(text: string, start: RegExp): number {
  return text.split("\n").filter((line) => start.test(line)).length;
}

/** Reads all of it, each rule, member and route once. */
function expectComplete(files: readonly TextFile[]): void {
  const dataplanes = Object.values(readDataplanes(files));
  const texts = (...paths: readonly string[]) =>
    files
      .filter(({ path }) => paths.includes(path))
      .map(({ text }) => text)
      .join("\n");
  const tables = dataplanes.flatMap((dataplane) => Object.values(dataplane.tables));
  const rules = tables.flatMap((table) => [...table.values()]).flat();
  const sets = dataplanes.flatMap((dataplane) => [...dataplane.sets.values()]);
  const members = sets.flatMap(({ nets, triples }): readonly unknown[] => [...nets, ...triples]);
  const routes = dataplanes.flatMap((dataplane) => dataplane.routes);
  const read = { rules: rules.length, sets: sets.length, members: members.length, routes: routes.length };
  const batches = texts("ip.batch", "ip6.batch");
  expect(read).toEqual({
    rules: countLines(texts("iptables.restore", "ip6tables.restore"), /^-[AI] /),
    sets: countLines(texts("ipset.restore"), /^create /),
    members: countLines(texts("ipset.restore"), /^add /),
    routes: countLines(batches, /^route /) - countLines(batches, /^route .* table /),
  });
  expect(rules.length).toBeGreaterThan(0);
}

describe("the readers know all that the compiler writes", () => {
  const manifests = globSync("golden/**/manifest.json", { cwd: ROOT });

  test.each(manifests.map(dirname))("%s", (directory) => {
    const paths = globSync("**/*.*", { cwd: join(ROOT, directory) });
    expectComplete(paths.map((path) => ({ path, text: readFileSync(join(ROOT, directory, path), "utf8") })));
  });

  test("every form of a rule at once", () => {
    expectComplete(printIptables(emit(everythingIr()).state, "node"));
  });
});
