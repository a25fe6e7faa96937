import { afterAll, describe, expect, test } from "vitest";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { WORLD_TOOLS } from "../kernel/world.ts";
import { type Judgement, judge } from "./judge.ts";
import { type Effect, KernelSubject } from "./kernel.ts";
import { describeMutant, type Mutant } from "./mutant.ts";
import { sampleMutants } from "./sample.ts";
import { IS_LONG, KERNEL_RUNS, SEED } from "./settings.ts";
import { subjects } from "./subject.ts";

/** One of so many mutants that verification has caught goes to the kernel, too, to see what share does harm. */
const CAUGHT_SHARE = IS_LONG ? 5 : 3;
const SHORT_RUN: readonly string[] = ["bare-metal web-1 legacy", "quickstart/2 node-1 nft"];

const missing = missingForKernelTests(WORLD_TOOLS);
const variants = IS_LONG ? (["nft"] as const) : (["nft", "legacy"] as const);
const runs = subjects()
  .filter(({ isOfSheet }) => !isOfSheet)
  .flatMap((subject) => variants.map((variant) => ({ subject, variant, name: `${subject.name} ${variant}` })))
  .filter(({ name }) => IS_LONG || SHORT_RUN.includes(name));

describe.skipIf(missing !== undefined)(
  `whatever mutant does harm in the kernel, verification catches it${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    const begun = performance.now();
    const counts = new Map<string, number>();
    const count = (what: string, by = 1) => counts.set(what, (counts.get(what) ?? 0) + by);
    afterAll(() => {
      const seconds = ((performance.now() - begun) / 1000).toFixed(0);
      const lines = [...counts].toSorted().map(([what, number]) => `  ${what}: ${number}\n`);
      process.stdout.write(
        `mutants in the kernel (${KERNEL_RUNS} of each node, seed ${SEED}), ${seconds} s:\n${lines.join("")}`,
      );
    });

    test.each(runs)(
      "$name",
      async ({ subject, variant }) => {
        const kernel = await KernelSubject.create(subject, variant, SEED);
        try {
          const wrong: string[] = [];
          for (const [i, mutant] of sampleMutants(kernel.subject, KERNEL_RUNS, SEED).entries()) {
            const { kind } = judge(kernel.subject, mutant);
            if (kind !== "equal" && i % CAUGHT_SHARE !== 0) continue;
            const effect = await kernel.effectOf(mutant);
            count(`${kind === "equal" ? "survived" : "caught"}, ${effect.kind}`);
            if (effect.kind === "harmless") count("packets that ended as before", effect.sent);
            wrong.push(...faultsOf(mutant, kind, effect));
          }
          count(
            "packets that were not sent because they end differently even without a mutant",
            kernel.unsteady,
          );
          expect(wrong).toEqual([]);
        } finally {
          await kernel.close();
        }
      },
      120_000 + KERNEL_RUNS * 10_000,
    );
  },
);

/** A survivor that the kernel minds: it does something else, or does not even load. */
function faultsOf(mutant: Mutant, kind: Judgement["kind"], effect: Effect): readonly string[] {
  if (kind !== "equal" || effect.kind === "harmless") return [];
  const details = effect.kind === "refused" ? effect.message : show(effect.packets);
  return [`${describeMutant(mutant)}: ${effect.kind}: ${details}`];
}

function show(packets: readonly Packet[]): string {
  return JSON.stringify(packets.slice(0, 3), (_, value: unknown) =>
    typeof value === "bigint" ? `0x${value.toString(16)}` : value,
  );
}
