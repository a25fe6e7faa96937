import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIp } from "../../../compiler/net/ip.ts";
import type { Packet } from "../../../compiler/semantics/packet.ts";
import { missingForKernelTests } from "../requirements.ts";
import { type Disagreement, WORLD_TOOLS, World } from "../world.ts";
import { choosePackets } from "./choose.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES, sourceFiles } from "./inventory.ts";
import { anyCase, type Case } from "./policies.ts";

/** `POLICY_SEED` and `POLICY_RUNS` (policy sets per variant) are for long runs. */
const SEED = Number(process.env.POLICY_SEED ?? 20261125);
const RUNS = Number(process.env.POLICY_RUNS ?? 10);
/** How many smaller policy sets are tried once one has failed: each is another load of the kernel. */
const SHRINKS = 60;
/** How many of the packets that went wrong are tried with each smaller set. */
const SUSPECTS = 20;
const LIMIT_MS = 60_000 + 4_000 * RUNS;

const missing = missingForKernelTests(WORLD_TOOLS);

/** What a run has done, for its log. */
interface Tally {
  cases: number;
  allowed: number;
  denied: number;
}

/** The world of a run, in which one case after the other is loaded. */
class Run {
  readonly tally: Tally = { cases: 0, allowed: 0, denied: 0 };
  readonly #world: World;
  /** Of the smallest case so far that failed. */
  #found: readonly Disagreement[] = [];
  #shrinksLeft = SHRINKS;

  constructor(world: World) {
    this.#world = world;
  }

  /** Loads the case and sends its packets; throws where the kernel and the resources disagree. */
  async check(generated: Case): Promise<void> {
    if (this.#found.length > 0 && this.#shrinksLeft-- <= 0) return;
    await this.#world.load(sourceFiles(generated.resources));
    const { compilation } = this.#world;
    const interfaces = new Map(
      compilation.nodes[0]!.ir.workloads.map(({ workload, interfaceName }) => [workload, interfaceName]),
    );
    const chosen = choosePackets(generated, interfaces, (packet) => this.#world.evaluate(packet));
    // A smaller case draws other packets; those that went wrong before are tried in any case.
    const packets = [...this.#found.slice(0, SUSPECTS).map(({ packet }) => packet), ...chosen];
    const wrong = await this.#world.disagreements(packets);
    this.#count(packets);
    if (wrong.length === 0) return;
    this.#found = wrong;
    throw new Error(report(generated, wrong));
  }

  #count(packets: readonly Packet[]): void {
    this.tally.cases++;
    for (const packet of packets)
      if (this.#world.evaluate(packet).allowed) this.tally.allowed++;
      else this.tally.denied++;
  }
}

/** Everything that is needed to see for oneself. */
function report({ resources }: Case, wrong: readonly Disagreement[]): string {
  const lines = wrong.slice(0, 3).map(({ packet, kernel, verdict }) => {
    const { source, destination, ...rest } = packet;
    const sent = { source: formatIp(source), destination: formatIp(destination), ...rest };
    const decisions = verdict.decisions.map(({ point, endpoint, action, reason }) =>
      JSON.stringify({ point, endpoint, action, reason }, (_, value: unknown) =>
        typeof value === "bigint" ? String(value) : value,
      ),
    );
    return [
      `${JSON.stringify(sent)}: ${kernel ? "arrived" : "did not arrive"}, but by the resources it is ${verdict.allowed ? "allowed" : "denied"}:`,
      ...decisions.map((decision) => `    ${decision}`),
    ].join("\n");
  });
  return [
    `${wrong.length} packets disagree, among them:`,
    ...lines,
    "with the inventory and:",
    ...resources.map((resource) => JSON.stringify(resource)),
  ].join("\n");
}

describe.skipIf(missing !== undefined)(
  `whatever the policies, the kernel does what they say${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.each(["nft", "legacy"] as const)(
      "%s",
      async (variant) => {
        const world = await World.create({
          resources: sourceFiles([]),
          node: NODE,
          variant,
          hostAddresses: HOST_ADDRESSES,
          outsideAddresses: OUTSIDE_ADDRESSES,
        });
        try {
          const run = new Run(world);
          const property = fc.asyncProperty(anyCase, (generated) => run.check(generated));
          const details = await fc.check(property, { seed: SEED, numRuns: RUNS });
          const { cases, allowed, denied } = run.tally;
          process.stdout.write(
            `${variant}: ${allowed + denied} verdicts (${allowed} allowed, ${denied} denied) of ${cases} policy sets, seed ${SEED}\n`,
          );
          if (details.failed) throw new Error(String(details.errorInstance ?? "the property failed"));
          // Packets that all meet the same end would prove little.
          expect(Math.min(allowed, denied)).toBeGreaterThan((allowed + denied) / 10);
        } finally {
          await world.close();
        }
      },
      LIMIT_MS,
    );
  },
);
