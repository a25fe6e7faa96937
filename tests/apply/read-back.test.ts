import { expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import type { Host } from "../../runtime/host/host.ts";
import type { ToolResult } from "../../runtime/host/run.ts";
import { distance, machineAt } from "./fake-machine.ts";
import { compileTarget, edit, fixtureFiles } from "./plans.ts";

const files = fixtureFiles("quickstart/1");
/** One rule gets another port. */
const plan = {
  name: "a port changes",
  from: compileTarget(files, "node-1"),
  to: compileTarget(edit(files, "[9000]", "[9001]"), "node-1"),
};

/** What was called to change rules, to list some and to read all, in order; `answer` alters what a listing says. */
async function callsOf(answer: (result: ToolResult) => ToolResult): Promise<readonly string[]> {
  const machine = await machineAt(plan);
  const host = machine.host();
  const calls: string[] = [];
  const watched: Host = {
    iptablesVariant: "nft",
    stateDirectory: host.stateDirectory,
    run: async (tool, args, options) => {
      const lists = /^-S /m.test(options?.input ?? "");
      if (/^ip6?tables/.test(tool)) calls.push(lists ? "list" : tool.endsWith("-save") ? "save" : "commit");
      const result = await host.run(tool, args, options);
      return lists ? answer(result) : result;
    },
    readFile: (path) => host.readFile(path),
    writeFile: (path, text) => host.writeFile(path, text),
    removeFile: (path) => host.removeFile(path),
    lock: (path) => host.lock(path),
    bootId: () => host.bootId(),
  };
  await apply(watched, plan.to);
  expect(await distance(machine, plan.to)).toEqual([]);
  return calls;
}

const BEFORE = ["save", "save", "commit", "commit", "list", "list"];

test("a change of few chains is read back by listing them", async () => {
  expect(await callsOf((result) => result)).toEqual(BEFORE);
});

test.each<[string, (result: ToolResult) => ToolResult]>([
  ["fails", () => ({ code: 1, stdout: "", stderr: "no" })],
  ["is empty", (result) => ({ ...result, stdout: "" })],
  ["ends after half of its lines", (result) => ({ ...result, stdout: half(result.stdout) })],
  ["lacks its last rule", (result) => ({ ...result, stdout: withoutARule(result.stdout) })],
  ["is nonsense", (result) => ({ ...result, stdout: `nonsense\n${result.stdout}` })],
])(
  "a listing that %s proves nothing, and nothing is written for it: all rules are read",
  async (_, answer) => {
    expect(await callsOf(answer)).toEqual([...BEFORE, "save", "save"]);
  },
);

function half(text: string): string {
  const lines = text.split("\n");
  return `${lines.slice(0, lines.length >> 1).join("\n")}\n`;
}

function withoutARule(text: string): string {
  const lines = text.split("\n");
  return lines
    .toSpliced(
      lines.findLastIndex((line) => line.startsWith("-A cali-")),
      1,
    )
    .join("\n");
}
