// What bird.conf costs at scale: compiling it, against JSON.parse of its input; reloading it after a change of one
// peer, against BIRD's own `configure`; and how a node of a large mesh converges. Needs root and bird2.
//   npm run bench:bird -- [--peers 5000] [--nodes 200] [--blocks 25] [--rounds N] [--json]
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadBird } from "../runtime/apply/bird-step.ts";
import type { Goal } from "../runtime/apply/goal.ts";
import { LinuxHost } from "../runtime/host/linux-host.ts";
import { Namespace } from "../tests/kernel/namespace.ts";
import { missingForKernelTests } from "../tests/kernel/requirements.ts";
import { compileBird, type Stages } from "./bird/compile.ts";
import { converge } from "./bird/convergence.ts";
import { Daemon } from "./bird/daemon.ts";
import { manyPeers } from "./bird/resources.ts";
import { median } from "./engine/stages.ts";

const { values } = parseArgs({
  options: {
    peers: { type: "string", default: "5000" },
    nodes: { type: "string", default: "200" },
    /** Of each node. */
    blocks: { type: "string", default: "25" },
    rounds: { type: "string", default: "9" },
    json: { type: "boolean" },
  },
});
const missing = missingForKernelTests(["ip", "bird", "birdc"]);
if (missing !== undefined) throw new Error(`this benchmark ${missing}`);
const peers = Number(values.peers);
const rounds = Number(values.rounds);

/** Rounds before those that count, in which the code runs for the first time. */
const WARM_UP = 6;

/** Medians for each number of peers; every round has one run of each. */
function compileMedians(counts: readonly number[]): readonly Stages[] {
  const inputs = counts.map((count) => manyPeers(count));
  const rows = Array.from({ length: rounds + WARM_UP }, () => inputs.map(compileBird)).slice(WARM_UP);
  return inputs.map((_, index) => {
    const of = (stage: (run: Stages) => number): number => median(rows.map((row) => stage(row[index]!)));
    return {
      text: rows[0]![index]!.text,
      parse: of(({ parse }) => parse),
      decode: of(({ decode }) => decode),
      engine: of(({ engine }) => engine),
      print: of(({ print }) => print),
    };
  });
}

function whole({ decode, engine, print }: Stages): number {
  return decode + engine + print;
}

async function clocked(body: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

/** Milliseconds of our reload and of `birdc configure` alone, between two files that differ in one peer, in turn. */
async function reload(directory: string): Promise<{ readonly ours: number; readonly bare: number }> {
  const texts = [true, false].map((changed) => compileBird(manyPeers(peers, changed)).text);
  const space = await Namespace.create("bird");
  let daemon: Daemon | undefined;
  try {
    // No way to any peer: only what BIRD does with its file counts.
    await space.run("ip", ["addr", "add", "172.16.0.1/32", "dev", "lo"]);
    const own = await Daemon.start(space.name, directory, "many", texts[1]!);
    daemon = own;
    await own.until("show status", (answer) => answer.includes("up and running"));
    const host = new LinuxHost({ iptablesVariant: "nft", netns: space.name, stateDirectory: directory });
    const goal = { direction: "forward", bird: { config: own.config, socket: own.socket } } as Goal;
    const seen: { ours: number; bare: number }[] = [];
    for (let round = 0; round < rounds + 1; round++) {
      const bare = await clocked(async () => {
        await writeFile(own.config, texts[0]!);
        await own.birdc("configure");
      });
      seen.push({ bare, ours: await clocked(() => loadBird(host, texts[1]!, goal, texts[0])) });
    }
    return {
      ours: median(seen.slice(1).map(({ ours }) => ours)),
      bare: median(seen.slice(1).map(({ bare }) => bare)),
    };
  } finally {
    await daemon?.stop();
    await space.close();
  }
}

const directory = await mkdtemp(join(tmpdir(), "bench-bird-"));
try {
  const [full, half] = compileMedians([peers, peers / 2]) as [Stages, Stages];
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  console.log(
    `${peers} peers and blocks: JSON.parse ${ms(full.parse)}; decode and lower ${ms(full.decode)}; engine ${ms(full.engine)}; emit and print ${ms(full.print)} (${full.text.length} bytes)`,
  );
  const { ours, bare } = await reload(directory);
  console.log(`reload after a change of one peer: ${ms(ours)}, BIRD's configure alone ${ms(bare)}`);
  const spaces = { node: await Namespace.create("node"), others: await Namespace.create("others") };
  const mesh = await converge(spaces, directory, Number(values.nodes), Number(values.blocks)).finally(
    async () => {
      for (const space of Object.values(spaces)) await space.close();
    },
  );
  console.log(
    `${values.nodes} nodes, ${mesh.routes} routes to learn: compile ${ms(mesh.compile)}, load ${ms(mesh.load)}, all in the kernel ${ms(mesh.converged)} after the start; BIRD has ${mesh.empty.toFixed(1)} MB without and ${mesh.full.toFixed(1)} MB with them`,
  );
  const figures = {
    compile_over_json_parse: whole(full) / full.parse,
    engine_and_print_over_json_parse: (full.engine + full.print) / full.parse,
    growth_per_doubling: whole(full) / whole(half),
    reload_over_configure: ours / bare,
  };
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(34)} ${value.toFixed(2)}`);
  if (values.json) console.log(JSON.stringify({ ...figures, ...mesh }));
} finally {
  await rm(directory, { recursive: true, force: true });
}
