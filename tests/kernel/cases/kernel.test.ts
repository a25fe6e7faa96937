import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import { REVISIONS } from "./index.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES } from "./inventory.ts";
import { parseVerdicts } from "./notation.ts";

const missing = missingForKernelTests(WORLD_TOOLS);

describe.skipIf(missing !== undefined)(
  `the kernel does what the sheet says${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft"] as const)("%s", (variant) => {
      let world: World | undefined;
      afterAll(() => world?.close());

      describe.each(REVISIONS)("$title", ({ resources, cases }) => {
        const arrived = new Map<string, readonly { readonly says: string; readonly allowed: boolean }[]>();

        beforeAll(async () => {
          if (world === undefined)
            world = await World.create({
              resources,
              node: NODE,
              variant,
              hostAddresses: HOST_ADDRESSES,
              outsideAddresses: OUTSIDE_ADDRESSES,
            });
          else await world.load(resources);
          // The kernel verifies UDP-Lite's checksums as if they were UDP's, and would call all of it invalid.
          await world.host.host.run("sysctl", ["-qw", "net.netfilter.nf_conntrack_checksum=0"]);
          const { model } = world.compilation;
          const lines = cases.map(({ verdicts }) => parseVerdicts({ model, node: NODE }, verdicts));
          const kernel = await world.probe(lines.flat().map(({ packet }) => packet));
          let next = 0;
          for (const [i, { name }] of cases.entries())
            arrived.set(
              name,
              lines[i]!.map(({ says }) => ({ says, allowed: kernel[next++]! })),
            );
        }, 60_000);

        test.each(cases)("$name", ({ name, verdicts }) => {
          const { model } = world!.compilation;
          const expected = parseVerdicts({ model, node: NODE }, verdicts);
          expect(arrived.get(name)).toEqual(expected.map(({ says, allowed }) => ({ says, allowed })));
        });
      });
    });
  },
);
