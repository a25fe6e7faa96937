import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runTool } from "../../../runtime/host/run.ts";
import type { Variant } from "../installation.ts";
import { missingForKernelTests } from "../requirements.ts";
import { WORLD_TOOLS, World } from "../world.ts";
import type { Case, Revision } from "./case.ts";
import { REVISIONS } from "./index.ts";
import { HOST_ADDRESSES, NODE, OUTSIDE_ADDRESSES } from "./inventory.ts";
import { parseVerdicts, type VerdictLine } from "./notation.ts";

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

describe.skipIf(missing !== undefined)(
  `the kernel does what the sheet says${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    for (const [variant, revisions] of SHARES)
      describe(variant, () => {
        let world: World | undefined;
        const count = { cases: 0, verdicts: 0 };
        afterAll(async () => {
          await world?.close();
          const { cases, verdicts } = count;
          process.stdout.write(
            `${variant}: ${verdicts} verdicts of the kernel in ${cases} cases of the sheets\n`,
          );
        });

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
          describe.skipIf(reason !== undefined)(title, () => holds(revision, () => load(revision), count));
        }
      });
  },
);

/** Everything of the revision is sent in one batch; each case then looks at its own packets. */
function holds(
  { cases }: Revision,
  load: () => Promise<World>,
  count: { cases: number; verdicts: number },
): void {
  const lines = new Map<Case, readonly VerdictLine[]>();
  let arrived: ReadonlySet<VerdictLine>;

  beforeAll(async () => {
    const world = await load();
    const places = { model: world.compilation.model, node: NODE };
    let before = 0;
    for (const example of cases) {
      const own = parseVerdicts(places, example.verdicts, before);
      lines.set(example, own);
      before += own.length;
    }
    arrived = await arrivals(world, [...lines.values()].flat());
  }, 60_000);

  test.each(cases)("$name", (example) => {
    const own = lines.get(example)!;
    expect(own.map((line) => ({ says: line.says, allowed: arrived.has(line) }))).toEqual(
      own.map(({ says, allowed }) => ({ says, allowed })),
    );
    count.cases++;
    count.verdicts += own.length;
  });
}

async function arrivals(world: World, lines: readonly VerdictLine[]): Promise<ReadonlySet<VerdictLine>> {
  const send = async (some: readonly VerdictLine[]) => {
    const arrived = await world.probe(some.map(({ packet }) => packet));
    return some.filter((_, i) => arrived[i]);
  };
  const arrived = new Set(await send(lines));
  // Nothing arrives by chance, but on a busy machine something may come too late to be seen.
  const missed = lines.filter((line) => line.allowed && !arrived.has(line));
  return missed.length === 0 ? arrived : new Set([...arrived, ...(await send(missed))]);
}
