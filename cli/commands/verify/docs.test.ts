import { spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(".");
const BLOCK = /^```console\n(.*?)^```$/gms;
/** `UPDATE_GOLDEN=1` writes what the commands print into the documents. */
const UPDATE = process.env.UPDATE_GOLDEN === "1";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "calicoctl-docs-"));
  symlinkSync(join(ROOT, "fixtures"), join(directory, "fixtures"));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the commands of a block, the lines with `$`, and returns it with what they print. */
function run(block: string): string {
  const commands = block.split("\n").filter((line) => line.startsWith("$ "));
  const printed = commands.map((command) => {
    const npx = `npx() { shift; "${process.execPath}" "${join(ROOT, "cli/calicoctl.ts")}" "$@"; }`;
    const { stdout, error } = spawnSync("sh", ["-c", `${npx}; { ${command.slice(2)}; } 2>&1`], {
      cwd: directory,
      encoding: "utf8",
    });
    if (error !== undefined) throw error;
    return `${command}\n${stdout}`;
  });
  return printed.join("");
}

function withoutTimes(text: string): string {
  return text.replace(/\(\d+ ms\)/g, "(… ms)");
}

describe.each(["docs/verify.md", "docs/explain.md", "docs/plan.md", "README.md"])("%s", (path) => {
  test("shows what its commands print", () => {
    const text = readFileSync(path, "utf8");
    // What changes the host is tried in namespaces, by the tests of the lab.
    const ran = text.replace(BLOCK, (whole, block: string) =>
      block.startsWith("$ sudo ") ? whole : `\`\`\`console\n${run(block)}\`\`\``,
    );
    if (UPDATE) writeFileSync(path, ran);
    else expect(withoutTimes(text)).toBe(withoutTimes(ran));
    expect(text).toMatch(BLOCK);
  });
});

describe("docs/verify.md", () => {
  const rows = [...readFileSync("docs/verify.md", "utf8").matchAll(/^\| `(compiler\/[^`]+)` \| (\d+) \|/gm)];

  test.each(rows.map(([, path, lines]) => [path!, Number(lines)] as const))(
    "tells about how large %s is, which is trusted",
    (path, lines) => {
      const actual = linesBelow(path);
      expect({ path, lines, actual, isClose: Math.abs(actual - lines) <= actual / 4 }).toMatchObject({
        isClose: true,
      });
    },
  );
});

/** Lines of TypeScript without tests and what is generated. */
function linesBelow(path: string): number {
  if (statSync(path).isFile()) return readFileSync(path, "utf8").split("\n").length - 1;
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/\.test\.ts$|testing|generated/.test(file))
    .map((file) => linesBelow(join(path, file)))
    .reduce((sum, count) => sum + count, 0);
}
