// How much a whole `calicoctl compile` of the quickstart costs, as a multiple of starting Node.js at all, and what of it
// a command costs that does nothing. Target: at most 4. Interleaved runs, medians, one JSON object last with `--json`.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const RUNS = 31;
const TARGET = 4;

function timed(args: readonly string[]): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  if (status !== 0) throw new Error(`${args.join(" ")} failed: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

const outDir = mkdtempSync(join(tmpdir(), "calico-bench-"));
try {
  const compile = [
    "dist/calicoctl.js",
    "compile",
    "-f",
    "fixtures/quickstart/common",
    "fixtures/quickstart/1",
    "--out-dir",
    outDir,
  ];
  // The first run fills the compile cache, as an installed CLI has it.
  timed(compile);
  const nothing = ["dist/calicoctl.js", "-v"];
  const bare: number[] = [];
  const short: number[] = [];
  const whole: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    bare.push(timed(["-e", "0"]));
    short.push(timed(nothing));
    whole.push(timed(compile));
  }
  const ratio = median(whole) / median(bare);
  console.log(`node -e 0          ${median(bare).toFixed(0)} ms (median of ${RUNS})`);
  console.log(`calicoctl -v       ${median(short).toFixed(0)} ms`);
  console.log(`calicoctl compile  ${median(whole).toFixed(0)} ms`);
  console.log(`ratio              ${ratio.toFixed(2)} (target: at most ${TARGET})`);
  if (process.argv.includes("--json")) console.log(JSON.stringify({ compile_over_node_start: ratio }));
} finally {
  rmSync(outDir, { recursive: true, force: true });
}
