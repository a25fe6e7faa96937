// What policies cost per packet, as multiples of the same path with no rules: two workloads on one host in network
// namespaces, the compiled rules loaded with the stock tools, real traffic between them. Needs root and Python 3.
//   npm run bench:dataplane -- [--policies 0,1,10] [--pods N] [--variants nft] [--rounds N] [--seconds S] [--json]
import { parseArgs } from "node:util";
import { detectFeatures } from "../runtime/host/features.ts";
import { missingForKernelTests } from "../tests/kernel/requirements.ts";
import { printTable, type Report, type Row } from "./dataplane/table.ts";
import { type Figures, Testbed, type TestbedOptions } from "./dataplane/testbed.ts";

const { values } = parseArgs({
  options: {
    policies: { type: "string", default: "0,1,10,100,1000" },
    pods: { type: "string", default: "30" },
    variants: { type: "string", default: "nft,legacy" },
    rounds: { type: "string", default: "5" },
    /** Of each of the three measurements of a host, in each round. */
    seconds: { type: "string", default: "0.25" },
    json: { type: "boolean" },
  },
});
const pods = Number(values.pods);
const seconds = Number(values.seconds);
const variants = values.variants.split(",").map((name): "nft" | "legacy" => {
  if (name !== "nft" && name !== "legacy") throw new Error(`no such variant: ${name}`);
  return name;
});

const missing = missingForKernelTests(["ip", "ipset", "iptables-restore", "nft", "python3", "sysctl"]);
if (missing !== undefined) throw new Error(`this benchmark ${missing}`);

// The namespaces must go in any case, so a signal ends the run at its next step. `on`, not `once`: without a listener
// left, execa's own would end the process at once.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => stop.abort(new Error(`ended by ${signal}`)));

const opened: Testbed[] = [];
async function open(options: TestbedOptions): Promise<Testbed> {
  stop.signal.throwIfAborted();
  const testbed = await Testbed.create(options);
  opened.push(testbed);
  return testbed;
}

function figures(of: (name: keyof Figures) => number): Figures {
  return { packets: of("packets"), p50: of("p50"), p99: of("p99"), connections: of("connections") };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function medians(rounds: readonly Figures[]): Figures {
  return figures((name) => median(rounds.map((round) => round[name])));
}

/** All hosts stand side by side, so that every round measures each of them, in turn forwards and backwards. */
async function run(): Promise<Report> {
  const features = { nft: await detectFeatures("nft"), legacy: await detectFeatures("legacy") };
  const bare = {
    testbed: await open({ variant: "nft", features: features.nft, policies: 0, pods, rules: false }),
    seen: [] as Figures[],
  };
  const hosts = [];
  for (const variant of variants)
    for (const policies of values.policies.split(",").map(Number)) {
      const testbed = await open({ variant, features: features[variant], policies, pods, rules: true });
      hosts.push({ variant, policies, testbed, cost: await testbed.cost(), seen: [] as Figures[] });
    }

  for (let round = 0; round < Number(values.rounds); round++) {
    const order = [bare, ...hosts];
    for (const host of round % 2 === 0 ? order : order.toReversed()) {
      stop.signal.throwIfAborted();
      host.seen.push(await host.testbed.measure(seconds));
    }
  }

  const rows = hosts.map(({ variant, policies, cost, seen }): Row => {
    const ratios = seen.map((round, i) => figures((name) => round[name] / bare.seen[i]![name]));
    return { variant, policies, ratios: medians(ratios), ...cost };
  });
  return { bare: medians(bare.seen), rows };
}

try {
  const report = await run();
  console.log(printTable(report));
  if (values.json) console.log(JSON.stringify(report));
} finally {
  for (const testbed of opened) await testbed.close();
}
