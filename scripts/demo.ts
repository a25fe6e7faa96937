// The newcomer's first look: compiles the quickstart, shows what every node gets, then makes one policy edit and
// shows what it changes in the files. Needs no root and touches nothing but `out/`.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createTwoFilesPatch } from "diff";

const FIXTURE = "fixtures/quickstart";

function compileStep(step: string): string {
  const outDir = `out/quickstart-${step}`;
  const inputs = ["-f", `${FIXTURE}/common`, `${FIXTURE}/${step}`];
  console.log(`\n$ npx calicoctl compile ${inputs.join(" ")} --out-dir ${outDir}\n`);
  const { status } = spawnSync("node", ["dist/calicoctl.js", "compile", ...inputs, "--out-dir", outDir], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
  return outDir;
}

function files(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !["manifest.json", "resources.json"].includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

function showDiff(oldName: string, newName: string): void {
  const before = readFileSync(oldName, "utf8");
  const after = readFileSync(newName, "utf8");
  if (before !== after)
    console.log(createTwoFilesPatch(oldName, newName, before, after, "", "", { context: 2 }));
}

console.log(`${readFileSync(`${FIXTURE}/README.md`, "utf8").trim()}`);
const before = compileStep("1");
console.log("\nOne edit: the monitoring network may scrape the backend.\n");
showDiff(`${FIXTURE}/1/policy.yaml`, `${FIXTURE}/2/policy.yaml`);
const after = compileStep("2");
console.log("\nWhat the edit changes on the hosts, all of it:\n");
for (const file of new Set([...files(before), ...files(after)]))
  showDiff(join(before, file), join(after, file));
