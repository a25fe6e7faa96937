import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { program } from "../../cli/main.ts";

/** The words of every command that can be run, less those that only this program itself calls. */
function commands(parent: Command, words: readonly string[] = []): readonly (readonly string[])[] {
  const own = parent.createHelp().visibleCommands(parent);
  const children = own.filter((command) => command.name() !== "help");
  return children.length === 0
    ? [words]
    : children.flatMap((command) => commands(command, [...words, command.name()]));
}

const all = commands(program());

test("there are commands", () => {
  expect(all.length).toBeGreaterThan(20);
});

test.each(all.map((words) => [words.join(" "), words] as const))(
  "%s --help has an example",
  async (name, words) => {
    const { code, stdout } = await calicoctl(...words, "--help");
    expect(code).toBe(0);
    const [, example = ""] = stdout.split("\nExamples:\n");
    expect(example).toMatch(new RegExp(`^ {2}# .+\\n {2}.*\\bcalicoctl ${name}\\b`, "m"));
  },
);

test("docs/calicoctl.md has every command", () => {
  const text = readFileSync("docs/calicoctl.md", "utf8");
  expect(all.map((words) => words.join(" ")).filter((name) => !text.includes(`\`${name}`))).toEqual([]);
});

test("an option that is none", async () => {
  const { code, stderr } = await calicoctl("get", "--unknown-flag");
  expect(code).toBe(1);
  expect(stderr).toMatch(/unknown option '--unknown-flag'/);
});
