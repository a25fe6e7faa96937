import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runTool } from "../../../runtime/host/run.ts";
import type { Variant } from "../installation.ts";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import type { Revision } from "./case.ts";
import { REVISIONS } from "./index.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES } from "./inventory.ts";
import { parseVerdicts } from "./notation.ts";

const missing = missingForKernelTests(WORLD_TOOLS);

/** Both variants are fed by one back end: where they differ, it is in how a form of rule is loaded. */
const SHARES: readonly (readonly [Variant, readonly Revision[]])[] = [
  ["nft", REVISIONS],
  ["legacy", REVISIONS.filter((_, index) => index % 4 === 0)],
];

/** Why the kernel cannot serve the revision, or `undefined`. */
async function unservable({ needsDevice }: Revision): Promise<string | undefined> {
  if (needsDevice === undefined || missing !== undefined) return undefined;
  const name = `probe${process.pid}`;
  const made = await runTool("ip", ["link", "add", "name", name, "type", needsDevice, "local", "192.0.2.1"]);
  if (made.code !== 0) return `needs a kernel with ${needsDevice}`;
  await runTool("ip", ["link", "delete", name]);
  return undefined;
}

const reasons = new Map<Revision, string>();
for (const revision of REVISIONS) {
  const reason = await unservable(revision);
  if (reason !== undefined) reasons.set(revision, reason);
}

const caseCount = (revisions: readonly Revision[]) =>
  revisions.reduce((sum, { cases }) => sum + cases.length, 0);

describe.skipIf(missing !== undefined)(
  `the kernel does what the sheet says${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    for (const [variant, revisions] of SHARES)
      describe(`${variant}, ${caseCount(revisions)} cases`, () => {
        let world: World | undefined;
        afterAll(() => world?.close());

        async function load({ resources }: Revision): Promise<World> {
          if (world === undefined)
            world = await World.create({
              resources,
              node: NODE,
              variant,
              hostAddresses: HOST_ADDRESSES,
              outsideAddresses: OUTSIDE_ADDRESSES,
            });
          else await world.load(resources);
          return world;
        }

        for (const revision of revisions) {
          const reason = reasons.get(revision);
          const title = `${revision.title}${reason === undefined ? "" : ` (${reason})`}`;
          describe.skipIf(reason !== undefined)(title, () => holds(revision, () => load(revision)));
        }
      });
  },
);

/** Everything of the revision is sent in one batch; each case then looks at its own packets. */
function holds({ cases }: Revision, load: () => Promise<World>): void {
  const measured = new Map<string, { readonly expected: unknown; readonly kernel: unknown }>();

  beforeAll(async () => {
    const world = await load();
    const places = { model: world.compilation.model, node: NODE };
    let before = 0;
    const lines = cases.map(({ verdicts }) => {
      const parsed = parseVerdicts(places, verdicts, before);
      before += parsed.length;
      return parsed;
    });
    const arrived = await world.probe(lines.flat().map(({ packet }) => packet));
    let next = 0;
    for (const [i, { name }] of cases.entries())
      measured.set(name, {
        expected: lines[i]!.map(({ says, allowed }) => ({ says, allowed })),
        kernel: lines[i]!.map(({ says }) => ({ says, allowed: arrived[next++] })),
      });
  }, 60_000);

  test.each(cases)("$name", ({ name }) => {
    const { expected, kernel } = measured.get(name)!;
    expect(kernel).toEqual(expected);
  });
}
