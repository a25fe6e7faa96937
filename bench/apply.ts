// What applying costs, as multiples of the stock tools alone in the same run: a first bundle, and the change of one
// policy on a host with many rules. Everything happens in network namespaces. Needs root.
//   npm run bench:apply -- [--sets 2000] [--variants nft,legacy] [--rounds N] [--json]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { iptablesBackend } from "../compiler/index.ts";
import { apply } from "../runtime/apply/apply.ts";
import { chooseSetNames } from "../runtime/apply/set-versions.ts";
import { readBundle } from "../runtime/apply/state.ts";
import { tableInputs } from "../runtime/apply/table-steps.ts";
import type { ApplyTarget } from "../runtime/apply/target.ts";
import { LinuxHost } from "../runtime/host/linux-host.ts";
import { runTool } from "../runtime/host/run.ts";
import { workloadDevices } from "../tests/apply/hosts.ts";
import { Namespace } from "../tests/kernel/namespace.ts";
import { missingForKernelTests } from "../tests/kernel/requirements.ts";
import { MeteredHost } from "./apply/metered-host.ts";

const { values } = parseArgs({
  options: {
    sets: { type: "string", default: "2000" },
    variants: { type: "string", default: "nft,legacy" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean" },
  },
});
const missing = missingForKernelTests([
  ...["ip", "bridge", "tc", "ipset", "nft", "sysctl", "setpriv", "flock"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);
if (missing !== undefined) throw new Error(`this benchmark ${missing}`);

type Variant = "nft" | "legacy";

/** The host that is applied to, and one beside it that the stock tools alone bring to the same state. */
interface Pair {
  readonly ours: Namespace;
  readonly bare: Namespace;
}

/** Ratios; milliseconds where the name says so. */
interface Figures {
  readonly variant: Variant;
  readonly rules: number;
  readonly sets: number;
  readonly first: number;
  readonly change: number;
  readonly write: number;
  readonly changeMs: number;
  readonly savesMs: number;
  readonly deltaMs: number;
}

/** In a process of its own: `apply` runs in one that has not compiled, and starting tools takes longer in a large one. */
async function bundle(variant: Variant, extra: number): Promise<ApplyTarget> {
  const program = fileURLToPath(new URL("./apply/compile-node.ts", import.meta.url));
  const words = [program, variant, values.sets, String(extra)];
  const { code, stdout, stderr } = await runTool(process.execPath, words, { timeout: 120_000 });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as ApplyTarget;
}

async function clocked(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

function textOf(target: ApplyTarget, path: string): string {
  return target.artifacts.find((artifact) => artifact.path === path)?.text ?? "";
}

/** Each file by its tool, one after the other, as an administrator would. */
async function load(space: Namespace, variant: Variant, target: ApplyTarget): Promise<void> {
  await space.run("ipset", ["restore"], textOf(target, "ipset.restore"));
  for (const family of ["iptables", "ip6tables"])
    await space.run(
      `${family}-${variant}-restore`,
      ["--noflush", "--wait"],
      textOf(target, `${family}.restore`),
    );
  await space.run("nft", ["-f", "-"], textOf(target, "arp.nft"));
  await space.run("ip", ["-batch", "-"], textOf(target, "ip.batch"));
  await space.run("sysctl", ["-q", "-e", "-p", "-"], textOf(target, "sysctl.conf"));
}

async function save(space: Namespace, variant: Variant): Promise<void> {
  await space.run(`iptables-${variant}-save`, []);
  await space.run(`ip6tables-${variant}-save`, []);
}

/** Brings the bare host from one bundle to the other with the same inputs that we give to the tools. */
function deltas(variant: Variant, from: ApplyTarget, to: ApplyTarget): (space: Namespace) => Promise<void> {
  const [live, wanted] = [readBundle(from.artifacts).iptables, readBundle(to.artifacts).iptables];
  const target = chooseSetNames(live, wanted, "policy");
  const inputs = tableInputs(iptablesBackend.diff(live, target), target);
  return async (space) => {
    for (const { place, input } of inputs)
      await space.run(
        `${place.version === 4 ? "iptables" : "ip6tables"}-${variant}-restore`,
        ["--noflush", "--wait"],
        input,
      );
  };
}

async function measure(variant: Variant, pair: Pair, directory: string): Promise<Figures> {
  const [small, large] = [await bundle(variant, 0), await bundle(variant, 1)];
  for (const space of [pair.ours, pair.bare]) {
    const devices = ["eth0", ...workloadDevices([...small.artifacts, ...large.artifacts])];
    for (const [index, name] of devices.entries()) {
      await space.run("ip", ["link", "add", name, "type", "veth", "peer", "name", `peer${index}`]);
      await space.run("ip", ["link", "set", name, "up"]);
    }
    await space.run("ip", ["addr", "add", "172.16.1.10/24", "dev", "eth0"]);
  }
  const host = new MeteredHost(
    new LinuxHost({
      iptablesVariant: variant,
      netns: pair.ours.name,
      stateDirectory: join(directory, variant),
    }),
  );
  const options = { bird: { config: join(directory, `${variant}-bird.conf`) } };
  const bareFirst = await clocked(() => load(pair.bare, variant, small));
  const ourFirst = await clocked(() => apply(host, withoutBird(small), options));

  const forth = deltas(variant, small, large);
  const back = deltas(variant, large, small);
  const rounds: { saves: number; delta: number; change: number; write: number }[] = [];
  for (let round = 0; round < Number(values.rounds) * 2; round++) {
    const target = withoutBird(round % 2 === 0 ? large : small);
    const saves = await clocked(() => save(pair.bare, variant));
    const delta = await clocked(() => (round % 2 === 0 ? forth : back)(pair.bare));
    host.reset();
    const change = await clocked(() => apply(host, target, options));
    rounds.push({ saves, delta, change, write: host.written });
  }
  // The first change is code that runs for the first time.
  const seen = rounds.slice(2);
  return {
    variant,
    rules: ["iptables.restore", "ip6tables.restore"].reduce(
      (sum, path) => sum + (textOf(small, path).match(/^-[AI] /gm)?.length ?? 0),
      0,
    ),
    sets: textOf(small, "ipset.restore").match(/^create /gm)?.length ?? 0,
    first: ourFirst / bareFirst,
    change: median(seen.map(({ change, saves, delta }) => change / (saves + delta))),
    write: median(seen.map(({ write, delta }) => write / delta)),
    changeMs: median(seen.map(({ change }) => change)),
    savesMs: median(seen.map(({ saves }) => saves)),
    deltaMs: median(seen.map(({ delta }) => delta)),
  };
}

/** BIRD does not run in these namespaces. */
function withoutBird(target: ApplyTarget): ApplyTarget {
  return { ...target, artifacts: target.artifacts.filter(({ path }) => path !== "bird.conf") };
}

const figures: Figures[] = [];
for (const variant of values.variants.split(",") as Variant[]) {
  const directory = await mkdtemp(join(tmpdir(), "bench-apply-"));
  const spaces: Namespace[] = [];
  try {
    for (const role of ["ours", "bare"]) spaces.push(await Namespace.create(role));
    const [ours, bare] = spaces as [Namespace, Namespace];
    figures.push(await measure(variant, { ours, bare }, directory));
  } finally {
    for (const space of spaces) await space.close();
    await rm(directory, { recursive: true, force: true });
  }
}
const digits = (value: number): string => value.toFixed(2);
console.log(
  "| variant | rules | sets | first apply | change | its write part | change ms | saves ms | delta ms |",
);
console.log("| --- | --: | --: | --: | --: | --: | --: | --: | --: |");
for (const f of figures)
  console.log(
    `| ${f.variant} | ${f.rules} | ${f.sets} | ${digits(f.first)} | ${digits(f.change)} | ${digits(f.write)} | ${Math.round(f.changeMs)} | ${Math.round(f.savesMs)} | ${Math.round(f.deltaMs)} |`,
  );
if (values.json) console.log(JSON.stringify(figures));
