import { describe, expect, test } from "vitest";
import { ApplyError } from "../../../runtime/apply/errors.ts";
import { missingForKernelTests } from "../../kernel/requirements.ts";
import { WORLD_TOOLS } from "../../kernel/world.ts";
import { RandomChanges } from "./changes.ts";
import { Stream } from "./stream.ts";
import { Timeline } from "./timeline.ts";
import { AppliedWorld } from "./world.ts";

/**
 * `ATOMICITY_CHANGES=2000` is the long run; `ATOMICITY_PROBES` is how many probes it has to send at least, however
 * quick the changes are. `ATOMICITY_SEED` repeats a run, `ATOMICITY_RATE` is in probes a second.
 */
const CHANGES = Number(process.env.ATOMICITY_CHANGES ?? 8);
const PROBES = Number(process.env.ATOMICITY_PROBES ?? CHANGES * 500);
const SEED = Number(process.env.ATOMICITY_SEED ?? 20261126);
const RATE = Number(process.env.ATOMICITY_RATE ?? 2500);
const LIMIT_MS = 60_000 + CHANGES * 15_000;

const missing = missingForKernelTests([
  ...WORLD_TOOLS,
  ...["flock", "setpriv", "bridge", "tc", "iptables-nft-restore", "iptables-legacy-restore"],
]);

interface Outcome {
  readonly timeline: Timeline;
  readonly changes: number;
  /** Changes that take more than one commit, which `apply` does not make unasked. */
  readonly refused: number;
  /** Changes of the resources that change nothing on the host. */
  readonly idle: number;
}

async function run(world: AppliedWorld, random: RandomChanges, change: () => () => void): Promise<Outcome> {
  const timeline = new Timeline();
  const first = await world.compile(random);
  await world.apply(first.node);
  timeline.begins("the first state", first.verdicts);
  const order = { spaces: world.spaces(), flows: world.flows(), rate: RATE };
  const stream = await Stream.start(order, (burst) => timeline.judge(burst));
  let [changes, refused, idle] = [0, 0, 0];
  try {
    while (changes < CHANGES || timeline.counts.probes < PROBES) {
      const takeBack = change();
      const { node, verdicts } = await world.compile(random);
      timeline.begins(`change ${changes}`, verdicts);
      try {
        const { steps } = await world.apply(node);
        timeline.settled();
        if (steps.length > 0) changes++;
        else idle++;
      } catch (cause) {
        if (!(cause instanceof ApplyError) || !/more than one commit/.test(cause.message)) throw cause;
        timeline.failed();
        takeBack();
        refused++;
      }
    }
    await stream.stop();
  } finally {
    stream.kill();
  }
  return { timeline, changes, refused, idle };
}

function report(what: string, { timeline, changes, refused, idle }: Outcome): string {
  const { probes, during, telling, allowed, denied } = timeline.counts;
  return `${what}: ${probes} probes (${allowed} arrived, ${denied} did not), ${during} of them during ${changes} changes, ${telling} of those decided alike by old and new; ${timeline.wrong.length} wrong; ${refused} changes refused, ${idle} without effect; ATOMICITY_SEED=${SEED}\n`;
}

function wrongOnes(world: AppliedWorld, { wrong }: Timeline): readonly object[] {
  const flows = world.flows();
  return wrong.slice(0, 10).map((found) => ({ ...found, packet: flows[found.flow] }));
}

function expectTelling({ timeline }: Outcome): void {
  const { probes, during, telling, allowed, denied } = timeline.counts;
  expect(telling).toBeGreaterThan(during / 2);
  // Packets that all meet the same end would prove little.
  expect(Math.min(allowed, denied)).toBeGreaterThan(probes / 20);
}

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `packets through random changes, %s${missing === undefined ? "" : ` (${missing})`}`,
  (variant) => {
    test(
      "of policy: each meets the old policy or the new one",
      async () => {
        const random = new RandomChanges(SEED);
        const world = await AppliedWorld.create(variant, random, SEED);
        try {
          const outcome = await run(world, random, () => random.changePolicy());
          process.stdout.write(report(`${variant}, policy`, outcome));
          expect(wrongOnes(world, outcome.timeline)).toEqual([]);
          expectTelling(outcome);
        } finally {
          await world.close();
        }
      },
      LIMIT_MS,
    );

    test("of somebody else, which let other packets through for a moment: that is seen", async () => {
      const random = new RandomChanges(SEED);
      const world = await AppliedWorld.create(variant, random, SEED);
      let stream: Stream | undefined;
      try {
        const timeline = new Timeline();
        const { node, verdicts } = await world.compile(random);
        await world.apply(node);
        timeline.begins("old", verdicts);
        const order = { spaces: world.spaces(), flows: world.flows(), rate: RATE };
        stream = await Stream.start(order, (burst) => timeline.judge(burst));
        for (const target of ["ACCEPT", "DROP"]) {
          timeline.begins(`new, with ${target}`, verdicts);
          const rule = ["FORWARD", "-j", target];
          const iptables = (verb: string) =>
            world.space("host").run(`iptables-${variant}`, ["-w", verb, ...rule]);
          await iptables("-I");
          await new Promise((resolve) => setTimeout(resolve, 300));
          await iptables("-D");
          timeline.settled();
        }
        await stream.stop();
        const arrived = timeline.wrong.filter((found) => found.arrived).length;
        expect(arrived).toBeGreaterThan(0);
        expect(timeline.wrong.length - arrived).toBeGreaterThan(0);
      } finally {
        stream?.kill();
        await world.close();
      }
    });

    test(
      "of inventory: none arrives that neither the old state nor the new one lets through",
      async () => {
        const random = new RandomChanges(SEED + 1);
        const world = await AppliedWorld.create(variant, random, SEED + 1);
        try {
          const outcome = await run(world, random, () => {
            random.changeInventory();
            return () => undefined;
          });
          process.stdout.write(report(`${variant}, inventory`, outcome));
          expect(wrongOnes(world, outcome.timeline)).toEqual([]);
          expectTelling(outcome);
        } finally {
          await world.close();
        }
      },
      LIMIT_MS,
    );
  },
);
