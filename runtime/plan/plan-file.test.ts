import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PlanFile, readPlanFile, writePlanFile } from "./plan-file.ts";

const PLAN: PlanFile = {
  format: 1,
  nodes: [
    {
      node: "node-1",
      variant: "nft",
      before: [{ path: "bird.conf", text: "old ü\n" }],
      after: [
        { path: "manifest.json", text: "{}" },
        { path: "bird.conf", text: "new\n" },
      ],
    },
  ],
  resources: { policy: '{"items":[]}', inventory: '{"items":[1]}' },
};

describe("a plan file", () => {
  let directory = "";
  let path = "";

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "plan-"));
    path = join(directory, "plan.json");
  });
  afterEach(() => rm(directory, { recursive: true }));

  test("is read as it was written, and is for its owner alone", async () => {
    await writePlanFile(path, PLAN);
    expect(await readPlanFile(path)).toEqual(PLAN);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  test("without resources", async () => {
    const { resources: _, ...plan } = PLAN;
    await writePlanFile(path, plan);
    expect(await readPlanFile(path)).toEqual(plan);
  });

  test("holds a host of 20,000 rules", async () => {
    const text = Array.from(
      { length: 20_000 },
      (_, i) => `-A cali-x -m comment --comment "cali:${i}" -j DROP\n`,
    );
    const large = { path: "iptables.restore", text: text.join("") };
    const plan: PlanFile = { ...PLAN, nodes: PLAN.nodes.map((node) => ({ ...node, before: [large] })) };
    await writePlanFile(path, plan);
    expect(await readPlanFile(path)).toEqual(plan);
  });

  test.each<readonly [string, (text: string) => string, RegExp]>([
    ["empty", () => "", /no JSON/],
    ["truncated", (text) => text.slice(0, -20), /only a part of one/],
    ["something else", () => "[]\n", /not a plan/],
    [
      "of another version",
      (text) => text.replace('"format":1', '"format":2'),
      /plan format 2; this version reads 1/,
    ],
    ["altered", (text) => text.replace("new", "old"), /digest does not match/],
    ["for another node by hand", (text) => text.replace("node-1", "node-2"), /digest does not match/],
    ["with other resources", (text) => text.replace("[1]", "[2]"), /not what was planned/],
    ["without its nodes", (text) => text.replace('"nodes"', '"knots"'), /parts of the plan are missing/],
    ["with null for a node", (text) => text.replace('"nodes":[', '"nodes":[null,'), /parts of the plan/],
    ["with a strange variant", (text) => text.replace('"nft"', '"bpf"'), /parts of the plan/],
  ])("that is %s", async (_, spoil, message) => {
    await writePlanFile(path, PLAN);
    const spoilt = spoil(await readFile(path, "utf8"));
    await writeFile(path, spoilt);
    await expect(readPlanFile(path)).rejects.toThrow(message);
  });

  test("that is a link, a directory, or not there", async () => {
    await writePlanFile(path, PLAN);
    const link = join(directory, "link");
    await symlink(path, link);
    await expect(readPlanFile(link)).rejects.toThrow(/a link; name the plan itself/);
    await expect(readPlanFile(directory)).rejects.toThrow(/not a plain file/);
    await expect(readPlanFile(join(directory, "none"))).rejects.toThrow(/cannot be read: ENOENT/);
  });
});
