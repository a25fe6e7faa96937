// What applying and planning cost, as multiples of the stock tools alone in the same run: a first bundle, and the change
// of one policy on a host with many rules. Everything happens in network namespaces. Needs root.
//   npm run bench:apply -- [--sets 2000] [--variants nft,legacy] [--rounds N] [--json]
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { iptablesBackend } from "../compiler/index.ts";
import { apply } from "../runtime/apply/apply.ts";
import { chooseSetNames } from "../runtime/apply/set-versions.ts";
import { readBundle } from "../runtime/apply/state.ts";
import { tableInputs } from "../runtime/apply/table-steps.ts";
import type { ApplyTarget } from "../runtime/apply/target.ts";
import { LinuxHost } from "../runtime/host/linux-host.ts";
import { workloadDevices } from "../tests/apply/hosts.ts";
import { Namespace } from "../tests/kernel/namespace.ts";
import { missingForKernelTests } from "../tests/kernel/requirements.ts";
import { Calicoctl } from "./apply/calicoctl.ts";
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
  ...["ip", "bridge", "tc", "ipset", "nft", "sysctl", "setpriv", "flock", "bird", "birdc"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);
if (missing !== undefined) throw new Error(`this benchmark ${missing}`);

type Variant = "nft" | "legacy";

/** Three hosts with the same devices. */
interface Hosts {
  /** Changed by `apply` in this process. */
  readonly ours: Namespace;
  /** Changed, and planned for, by `calicoctl` in processes of its own. */
  readonly commanded: Namespace;
  /** Brought to the same states by the stock tools alone. */
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
  readonly plan: number;
  readonly command: number;
  readonly changeMs: number;
  readonly planMs: number;
  readonly savesMs: number;
  readonly deltaMs: number;
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

async function measure(variant: Variant, hosts: Hosts, directory: string): Promise<Figures> {
  const { ours, commanded, bare } = hosts;
  const calicoctl = new Calicoctl(variant, join(directory, "calicoctl"));
  const sets = Number(values.sets);
  const [small, large] = [
    await calicoctl.compile("small", sets, 0),
    await calicoctl.compile("large", sets, 1),
  ];
  for (const space of [ours, commanded, bare]) {
    const devices = ["eth0", ...workloadDevices([...small.target.artifacts, ...large.target.artifacts])];
    for (const [index, name] of devices.entries()) {
      await space.run("ip", ["link", "add", name, "type", "veth", "peer", "name", `peer${index}`]);
      await space.run("ip", ["link", "set", name, "up"]);
    }
    await space.run("ip", ["addr", "add", "172.16.1.10/24", "dev", "eth0"]);
  }
  const host = new MeteredHost(
    new LinuxHost({
      iptablesVariant: variant,
      netns: ours.name,
      stateDirectory: join(directory, "ours"),
    }),
  );
  const options = { bird: { config: join(directory, "bird.conf") } };
  const bareFirst = await clocked(() => load(bare, variant, small.target));
  const ourFirst = await clocked(() => apply(host, small.target, options));
  await calicoctl.apply(commanded.name, small);

  const forth = deltas(variant, small.target, large.target);
  const back = deltas(variant, large.target, small.target);
  const rounds: Record<"saves" | "delta" | "change" | "write" | "plan" | "command", number>[] = [];
  for (let round = 0; round < Number(values.rounds) * 2; round++) {
    const wanted = round % 2 === 0 ? large : small;
    const saves = await clocked(() => save(bare, variant));
    const delta = await clocked(() => (round % 2 === 0 ? forth : back)(bare));
    host.reset();
    const change = await clocked(() => apply(host, wanted.target, options));
    const plan = await clocked(() => calicoctl.plan(commanded.name, wanted));
    const command = await clocked(() => calicoctl.apply(commanded.name, wanted));
    rounds.push({ saves, delta, change, write: host.written, plan, command });
  }
  // The first change is code that runs for the first time.
  const seen = rounds.slice(2);
  const textOfAll = (...paths: readonly string[]): string =>
    paths.map((path) => textOf(small.target, path)).join("");
  return {
    variant,
    rules: textOfAll("iptables.restore", "ip6tables.restore").match(/^-[AI] /gm)?.length ?? 0,
    sets: textOfAll("ipset.restore").match(/^create /gm)?.length ?? 0,
    first: ourFirst / bareFirst,
    change: median(seen.map(({ change, saves, delta }) => change / (saves + delta))),
    write: median(seen.map(({ write, delta }) => write / delta)),
    plan: median(seen.map(({ plan, saves }) => plan / saves)),
    command: median(seen.map(({ command, saves, delta }) => command / (saves + delta))),
    changeMs: median(seen.map(({ change }) => change)),
    planMs: median(seen.map(({ plan }) => plan)),
    savesMs: median(seen.map(({ saves }) => saves)),
    deltaMs: median(seen.map(({ delta }) => delta)),
  };
}

const figures: Figures[] = [];
for (const variant of values.variants.split(",") as Variant[]) {
  const directory = await mkdtemp(join(tmpdir(), "bench-apply-"));
  const spaces: Namespace[] = [];
  try {
    const create = async (role: string): Promise<Namespace> => {
      const space = await Namespace.create(role);
      spaces.push(space);
      return space;
    };
    const hosts = {
      ours: await create("ours"),
      commanded: await create("commanded"),
      bare: await create("bare"),
    };
    figures.push(await measure(variant, hosts, directory));
  } finally {
    for (const space of spaces) await space.close();
    await rm(directory, { recursive: true, force: true });
  }
}
console.log(
  "| variant | rules | sets | first apply | change | its write part | plan (process) | change (process) | change ms | plan ms | saves ms | delta ms |",
);
console.log("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |");
for (const f of figures) {
  const ratios = [f.first, f.change, f.write, f.plan, f.command].map((ratio) => ratio.toFixed(2));
  const times = [f.changeMs, f.planMs, f.savesMs, f.deltaMs].map(Math.round);
  console.log(`| ${[f.variant, f.rules, f.sets, ...ratios, ...times].join(" | ")} |`);
}
if (values.json) console.log(JSON.stringify(figures));
