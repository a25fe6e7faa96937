import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { compile, type NodeCompilation } from "../../compiler/index.ts";
import { applyBundle } from "../../runtime/apply/apply-bundle.ts";
import { differences } from "../../runtime/apply/drift.ts";
import type { AppliedRecord } from "../../runtime/apply/record.ts";
import { BIRD_CONF } from "../../runtime/apply/state.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { runTool } from "../../runtime/host/run.ts";
import { Draw } from "../draw.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { addForeign } from "./foreign.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";
import { nodeAddresses } from "./node-addresses.ts";
import { savedHost } from "./saved-host.ts";

/**
 * How many of the ordered pairs of fixtures are walked with each variant, chosen by `ROUND_TRIP_SEED`;
 * `ROUND_TRIP_PAIRS=all` walks all of them.
 */
const { ROUND_TRIP_PAIRS = "2", ROUND_TRIP_SEED = "20261126" } = process.env;
const SEED = Number(ROUND_TRIP_SEED);

const missing = missingForKernelTests([
  ...["ip", "bridge", "sysctl", "ipset", "nft", "tc", "bird", "birdc", "flock", "setpriv"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);

interface Subject {
  readonly name: string;
  readonly record: AppliedRecord;
  /** Of the node's `eth0`, with prefix length. */
  readonly addresses: readonly string[];
}

type Pair = readonly [from: Subject, to: Subject];

type Linux = Awaited<ReturnType<typeof linuxHost>>;

/** Of each fixture the node that has most to enforce. */
async function subjectsFor(variant: "nft" | "legacy"): Promise<readonly Subject[]> {
  const features = await detectFeatures(variant);
  return fixtureSteps().flatMap(({ name, files }): readonly Subject[] => {
    const compilation = compile(files, { features, compilerVersion: "test" });
    const { nodes, diagnostics } = compilation;
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    if (errors.length > 0 && errors.every(({ code }) => code === "routing/unsupported-link")) {
      process.stdout.write(`${variant}: left out ${name}: ${errors[0]?.message}\n`);
      return [];
    }
    const size = ({ artifacts = [] }: NodeCompilation): number =>
      artifacts.reduce((sum, { text }) => sum + text.length, 0);
    const [largest] = nodes.toSorted((a, b) => size(b) - size(a));
    if (largest?.artifacts === undefined) throw new Error(`${name} cannot be compiled`);
    const { node, artifacts } = largest;
    const addresses = nodeAddresses(compilation, node);
    return [{ name, record: { node, variant, bird: { config: "" }, artifacts }, addresses }];
  });
}

/** A host that could be any of the nodes, with Docker's and kube-proxy's parts on it. */
async function anyNode(variant: "nft" | "legacy", subjects: readonly Subject[]): Promise<Linux> {
  const linux = await linuxHost(variant);
  const devices = workloadDevices(subjects.flatMap(({ record }) => record.artifacts));
  for (const name of ["eth0", ...devices]) await linux.addDevice(name);
  await linux.space.run("ip", ["link", "set", "peth0", "up"]);
  const addresses = new Set(["10.0.0.1/24", ...subjects.flatMap(({ addresses }) => addresses)]);
  for (const address of addresses) {
    const nodad = address.includes(":") ? ["nodad"] : [];
    await linux.space.run("ip", ["addr", "add", address, "dev", "eth0", ...nodad]);
  }
  await addForeign(linux.host);
  return linux;
}

/** BIRD is started where the node takes part in BGP: a file of its own is the one that it comes up with. */
async function become(linux: Linux, { record }: Subject): Promise<readonly string[]> {
  const bird = birdOf(linux);
  const config = record.artifacts.find(({ path }) => path === BIRD_CONF)?.text ?? "";
  const secrets = new Set(config.match(/\bpw_\w+/g));
  const lines = [...secrets].map((symbol) => `define ${symbol} = "only for this test";\n`);
  await linux.host.writeFile(join(dirname(bird.config), "bird.secrets.conf"), lines.join(""), 0o600);
  const { steps } = await applyBundle(linux.host, { ...record, bird }, true);
  const runs = (await runTool("birdc", ["-s", bird.socket, "show", "status"])).code === 0;
  if (config !== "" && !runs) await linux.space.run("bird", ["-c", bird.config, "-s", bird.socket]);
  return steps;
}

async function closeAll(linux: Linux): Promise<void> {
  await runTool("birdc", ["-s", birdOf(linux).socket, "down"]);
  await linux.close();
}

function allPairs(subjects: readonly Subject[]): readonly Pair[] {
  return subjects.flatMap((from) => subjects.filter((to) => to !== from).map((to): Pair => [from, to]));
}

function chosen(pairs: readonly Pair[]): readonly Pair[] {
  if (ROUND_TRIP_PAIRS === "all") return pairs;
  const draw = new Draw(SEED);
  const left = [...pairs];
  return Array.from({ length: Number(ROUND_TRIP_PAIRS) }, () => {
    const pair = draw.from(left);
    if (pair === undefined) throw new Error(`there are only ${pairs.length} pairs`);
    left.splice(left.indexOf(pair), 1);
    return pair;
  });
}

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `from one fixture to another and back, %s${missing === undefined ? "" : ` (${missing})`}`,
  (variant) => {
    test(
      "a host is what it was, and what a fresh one would be",
      async () => {
        const subjects = await subjectsFor(variant);
        const pairs = chosen(allPairs(subjects));
        /** What a host is that never was anything else. */
        const fresh = new Map<Subject, string>();
        for (const subject of new Set(pairs.flat())) {
          const linux = await anyNode(variant, subjects);
          try {
            await become(linux, subject);
            fresh.set(subject, await wholeHost(linux, variant));
          } finally {
            await closeAll(linux);
          }
        }
        const linux = await anyNode(variant, subjects);
        let steps = 0;
        try {
          let at: Subject | undefined;
          const go = async (to: Subject): Promise<void> => {
            const way = `${at?.name ?? "nothing"} → ${to.name} (ROUND_TRIP_SEED=${SEED})`;
            const done = await become(linux, to);
            if (at !== undefined) expect(done, way).not.toEqual([]);
            steps += done.length;
            expect(await wholeHost(linux, variant), way).toBe(fresh.get(to));
            expect(await differences(linux.host, { ...to.record, bird: birdOf(linux) }), way).toEqual([]);
            at = to;
          };
          for (const [from, to] of pairs) {
            if (at !== from) await go(from);
            await go(to);
            await go(from);
          }
        } finally {
          await closeAll(linux);
        }
        process.stdout.write(
          `${variant}: ${pairs.length} round trips, ${steps} steps, ROUND_TRIP_SEED=${SEED}\n`,
        );
      },
      60_000 + (ROUND_TRIP_PAIRS === "all" ? 1_000 : Number(ROUND_TRIP_PAIRS)) * 30_000,
    );
  },
);

/** With our `bird.conf`. */
async function wholeHost(linux: Linux, variant: "nft" | "legacy"): Promise<string> {
  const config = (await linux.host.readFile(birdOf(linux).config)) ?? "no bird.conf";
  return `${await savedHost(linux, variant)}\n${config}`;
}

function birdOf({ directory }: Linux) {
  return { config: `${directory}/bird.conf`, socket: `${directory}/bird.ctl` };
}
