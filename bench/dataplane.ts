// What policies cost per packet, as multiples of the same path with no rules: two workloads on one host in network
// namespaces, the compiled rules loaded with the stock tools, real traffic between them. Needs root and Python 3.
//   npm run bench:dataplane -- [--policies 0,1,10] [--pods N] [--variants nft] [--rounds N] [--seconds S] [--json]
import { parseArgs } from "node:util";
import { detectFeatures } from "../runtime/host/features.ts";
import { missingForKernelTests } from "../tests/kernel/requirements.ts";
import { printTable, type Row } from "./dataplane/table.ts";
import { type Figures, Testbed } from "./dataplane/testbed.ts";

const { values } = parseArgs({
  options: {
    policies: { type: "string", default: "0,1,10,100,1000" },
    pods: { type: "string", default: "30" },
    variants: { type: "string", default: "nft,legacy" },
    rounds: { type: "string", default: "5" },
    /** Of each of the three measurements, in each round. */
    seconds: { type: "string", default: "0.3" },
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

const FIGURES = ["stream", "p50", "p99", "connections"] as const;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function medians(rounds: readonly Figures[]): Figures {
  const of = (name: (typeof FIGURES)[number]) => median(rounds.map((figures) => figures[name]));
  return { stream: of("stream"), p50: of("p50"), p99: of("p99"), connections: of("connections") };
}

function over(one: Figures, other: Figures): Figures {
  const ratio = (name: (typeof FIGURES)[number]) => one[name] / other[name];
  return {
    stream: ratio("stream"),
    p50: ratio("p50"),
    p99: ratio("p99"),
    connections: ratio("connections"),
  };
}

const opened: Testbed[] = [];
async function open(options: Parameters<typeof Testbed.create>[0]): Promise<Testbed> {
  const testbed = await Testbed.create(options);
  opened.push(testbed);
  return testbed;
}

async function closeAll(): Promise<void> {
  while (opened.length > 0) await opened.pop()!.close();
}
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => closeAll().finally(() => process.exit(1)));

/** All hosts stand side by side, so that every round measures each of them, in turn forwards and backwards. */
async function run() {
  const features = { nft: await detectFeatures("nft"), legacy: await detectFeatures("legacy") };
  const bare = await open({
    variant: "nft",
    features: features.nft,
    policies: 0,
    pods,
    rules: false,
  });
  const hosts = [];
  for (const variant of variants)
    for (const policies of values.policies.split(",").map(Number)) {
      const testbed = await open({ variant, features: features[variant], policies, pods, rules: true });
      hosts.push({
        variant,
        policies,
        testbed,
        cost: await testbed.cost(),
        seen: [] as Figures[],
      });
    }
  const path = { testbed: bare, seen: [] as Figures[] };
  for (let round = 0; round < Number(values.rounds); round++) {
    const order = [path, ...hosts];
    for (const host of round % 2 === 0 ? order : order.toReversed())
      host.seen.push(await host.testbed.measure(seconds));
  }
  const rows = hosts.map(
    ({ variant, policies, cost, seen }): Row => ({
      variant,
      policies,
      ratios: medians(seen.map((figures, round) => over(figures, path.seen[round]!))),
      ...cost,
    }),
  );
  return { bare: medians(path.seen), rows };
}

try {
  const report = await run();
  console.log(printTable(report));
  if (values.json) console.log(JSON.stringify(report));
} finally {
  await closeAll();
}
