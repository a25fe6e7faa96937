import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Packet } from "../../../compiler/semantics/packet.ts";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import { type Case, filesOf, observed, type Situation, situationsOf } from "./case.ts";
import { CASES } from "./cases/index.ts";
import { NODE, NODE_ADDRESSES, OUTSIDE_ADDRESSES } from "./cluster.ts";
import { describeDifference, type Table } from "./table.ts";

/**
 * `TABLE_CASES` (how many cases for each variant) and `TABLE_SEED` are for long runs. Without them every case meets
 * the nft variant, and few the legacy one, whose rules are of the same text.
 */
const SEED = Number(process.env.TABLE_SEED ?? 20261125);
const SHARES = {
  nft: Number(process.env.TABLE_CASES ?? CASES.length),
  legacy: Number(process.env.TABLE_CASES ?? 12),
} as const;

const missing = missingForKernelTests(WORLD_TOOLS);

function drawCases(count: number): readonly Case[] {
  const size = Math.min(count, CASES.length);
  const drawn = fc.subarray([...CASES], { minLength: size, maxLength: size });
  return fc.sample(drawn, { numRuns: 1, seed: SEED })[0]!;
}

/** What the kernel makes of each situation of the case that is loaded. */
async function measure(world: World, situations: readonly Situation[]): Promise<readonly Table[]> {
  const arrived = await arrivals(
    world,
    situations.flatMap(({ packets }) => packets),
  );
  // Nothing arrives by chance, but on a busy machine something may come too late to be seen.
  const lost = situations.flatMap(({ expected, packets }) =>
    packets.filter((packet, i) => expected[i]!.allowed && !arrived.has(packet)),
  );
  const late = lost.length === 0 ? arrived : await arrivals(world, lost);
  return situations.map((situation) =>
    observed(
      situation,
      situation.packets.map((packet) => arrived.has(packet) || late.has(packet)),
    ),
  );
}

async function arrivals(world: World, packets: readonly Packet[]): Promise<ReadonlySet<Packet>> {
  const arrived = await world.probe(packets);
  return new Set(packets.filter((_, i) => arrived[i]));
}

describe.skipIf(missing !== undefined)(
  `the kernel obeys the truth tables${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft", "legacy"] as const)("%s", (variant) => {
      const cases = drawCases(SHARES[variant]);
      const tally = { tables: 0, allowed: 0, denied: 0 };
      let world: World;

      beforeAll(async () => {
        world = await World.create({
          resources: filesOf(cases[0]!),
          node: NODE,
          variant,
          hostAddresses: NODE_ADDRESSES,
          outsideAddresses: OUTSIDE_ADDRESSES,
        });
      }, 60_000);
      afterAll(async () => {
        const { tables, allowed, denied } = tally;
        process.stdout.write(
          `${variant}: ${allowed + denied} verdicts (${allowed} allowed, ${denied} denied) in ${tables} truth tables of ${cases.length} cases, seed ${SEED}\n`,
        );
        await world?.close();
      });

      for (const example of cases)
        test(example.name, async () => {
          await world.load(filesOf(example));
          const situations = situationsOf(example);
          for (const [i, table] of (await measure(world, situations)).entries()) {
            const { version, expected } = situations[i]!;
            const difference = describeDifference(expected, table);
            if (difference !== undefined) expect.fail(`${example.name}, IPv${version}\n${difference}`);
            const allowed = table.filter((cell) => cell.allowed).length;
            tally.tables++;
            tally.allowed += allowed;
            tally.denied += table.length - allowed;
          }
        });
    });
  },
);
