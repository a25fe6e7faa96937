import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { fixtureSteps, ROOT } from "../fixtures.ts";

// Refresh with `npm run golden`, then review the difference like code.
const UPDATE = process.env.UPDATE_GOLDEN !== undefined;
const GOLDEN = join(ROOT, "golden");

/** Everything that a step compiles to, by path below `golden/<step>/`. */
function artifactsOf(step: ReturnType<typeof fixtureSteps>[number]): ReadonlyMap<string, string> {
  const compilation = compile(step.files, { features: DEFAULT_FEATURES, compilerVersion: "golden" });
  const files = new Map<string, string>();
  const findings = compilation.diagnostics.map(
    ({ severity, code, message, location }) =>
      `${severity} ${code} ${location === undefined ? "" : `${location.file}:${location.line}:${location.column} `}${message}`,
  );
  files.set("diagnostics.txt", findings.map((line) => `${line}\n`).join(""));
  for (const { node, artifacts } of compilation.nodes)
    for (const { path, text } of artifacts ?? []) files.set(`${node}/${path}`, text);
  return files;
}

function listFiles(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

const steps = fixtureSteps();

describe("golden files", () => {
  test.each(steps)("$name compiles to what was reviewed", (step) => {
    const directory = join(GOLDEN, step.name);
    const files = artifactsOf(step);
    if (UPDATE) {
      rmSync(directory, { recursive: true, force: true });
      for (const [path, text] of files) {
        mkdirSync(dirname(join(directory, path)), { recursive: true });
        writeFileSync(join(directory, path), text);
      }
    }
    expect([...files.keys()].sort()).toEqual(listFiles(directory));
    for (const [path, text] of files) expect(text, path).toBe(readFileSync(join(directory, path), "utf8"));
  });

  test("no golden directory without its fixture", () => {
    const cases = [...new Set(steps.map(({ name }) => name.split("/")[0]))].sort();
    expect(readdirSync(GOLDEN).sort()).toEqual(cases);
  });

  test("a one-rule policy edit is a diff of a few lines", () => {
    const [before, after] = ["quickstart/1", "quickstart/2"].map((name) =>
      artifactsOf(steps.find((step) => step.name === name)!),
    );
    const path = "node-1/iptables.restore";
    const perTable = changedLinesByTable(before!.get(path)!, after!.get(path)!);
    expect([...perTable.values()].some((lines) => lines > 0)).toBe(true);
    for (const [table, lines] of perTable) expect(lines, table).toBeLessThanOrEqual(6);
  });
});

/** Lines that only one of two versions has, counted per iptables table. */
function changedLinesByTable(before: string, after: string): ReadonlyMap<string, number> {
  const tables = (text: string) =>
    new Map(text.split(/^(?=\*)/m).map((part) => [part.split("\n", 1)[0]!, part]));
  const [old, fresh] = [tables(before), tables(after)];
  return new Map(
    [...new Set([...old.keys(), ...fresh.keys()])].map((table) => {
      const a = (old.get(table) ?? "").split("\n");
      const b = (fresh.get(table) ?? "").split("\n");
      const only = (x: readonly string[], y: readonly string[]) =>
        x.filter((line) => !y.includes(line)).length;
      return [table, only(a, b) + only(b, a)];
    }),
  );
}
