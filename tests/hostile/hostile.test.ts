import { describe, expect, test } from "vitest";
import type { SourceFile } from "../../compiler/index.ts";
import { type Answer, answer } from "./answer.ts";
import { type Draw, drawFrom } from "./draw.ts";
import { brokenDocument, damagedText, hostileCluster } from "./inputs.ts";

/** `HOSTILE_CASES=200000 vitest run tests/hostile` is the long run; `HOSTILE_SEED` explores other inputs. */
const CASES = Number(process.env.HOSTILE_CASES ?? 2400);
const SEED = Number(process.env.HOSTILE_SEED ?? 1);

/** Every byte of every node; the diagnostics are left out, as two that repeat each other may trade their places. */
function bytesOf({ compilation }: Pick<Answer, "compilation">): readonly unknown[] {
  return compilation.nodes.map(({ node, artifacts }) => [node, artifacts]);
}

/** One way to make files of a number. */
const GENERATORS: Readonly<Record<string, (draw: Draw, nth: number) => readonly SourceFile[]>> = {
  "a document of each kind, with fields broken": brokenDocument,
  "a cluster in which one text is hostile": hostileCluster,
  "damaged text": damagedText,
};
const SHARE = Math.ceil(CASES / Object.keys(GENERATORS).length);

describe(`hostile input, ${CASES} cases from seed ${SEED}`, () => {
  test.each(Object.entries(GENERATORS))(
    "%s: answered in place, and nothing escapes",
    (name, generate) => {
      let withArtifacts = 0;
      let slowest = 0;
      for (let nth = 0; nth < SHARE; nth++) {
        const files = generate(drawFrom(SEED * 1_000_003 + nth), nth);
        const started = performance.now();
        try {
          const { compilation, complaints } = answer(files);
          expect(complaints).toEqual([]);
          if (nth % 10 === 0) expect(bytesOf(answer(files.toReversed()))).toEqual(bytesOf({ compilation }));
          if (compilation.nodes.some(({ artifacts }) => artifacts !== undefined)) withArtifacts++;
        } catch (error) {
          throw new Error(`case ${nth} of seed ${SEED}`, { cause: error });
        }
        slowest = Math.max(slowest, performance.now() - started);
      }
      // No case is larger than 20 KB.
      expect(slowest).toBeLessThan(10_000);
      expect(withArtifacts).toBeGreaterThan(SHARE / 100);
      if (CASES > 10_000)
        process.stdout.write(
          `${name}: ${SHARE} cases, ${withArtifacts} with artifacts, slowest ${Math.round(slowest)} ms\n`,
        );
    },
    Math.max(60_000, CASES * 60),
  );
});
