import { describe, expect, test } from "vitest";
import type { Artifact } from "../../compiler/index.ts";
import { applyBundle } from "../../runtime/apply/apply-bundle.ts";
import { differences } from "../../runtime/apply/drift.ts";
import type { AppliedRecord } from "../../runtime/apply/record.ts";
import { uninstall } from "../../runtime/apply/uninstall.ts";
import { NODE } from "../kernel/generated-policies/inventory.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { WORLD_TOOLS } from "../kernel/world.ts";
import { RandomChanges } from "./atomicity/changes.ts";
import { Stream } from "./atomicity/stream.ts";
import { Timeline } from "./atomicity/timeline.ts";
import { AppliedWorld, withoutBird } from "./atomicity/world.ts";
import { asFelix } from "./felix.ts";
import { addForeign } from "./foreign.ts";

const SEED = Number(process.env.TAKEOVER_SEED ?? 20261126);
const RATE = 1500;
const missing = missingForKernelTests([
  ...WORLD_TOOLS,
  ...["flock", "setpriv", "bridge", "tc", "iptables-nft-restore", "iptables-legacy-restore"],
]);

/** All rules and sets, or those of others, byte for byte but for counters, times and tables without anything. */
async function saved(world: AppliedWorld, variant: string): Promise<string> {
  const { run } = bound(world);
  const rules = [await run(`iptables-${variant}-save`), await run(`ip6tables-${variant}-save`)];
  const text = rules
    .join("")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\[\d+:\d+\]/g, "");
  const sets = await run("ipset", "save");
  const routes = [await run("ip", "-4", "route"), await run("ip", "-6", "route"), await run("ip", "rule")];
  return [text, sets, ...routes].join("\n");
}

function bound(world: AppliedWorld) {
  return { run: (tool: string, ...args: readonly string[]) => world.space("host").run(tool, args) };
}

/** What is left of a save when ours is taken out, and then every table that is empty. */
function withoutOurs(save: string): string {
  const lines = save.split("\n").filter((line) => !/\bcali|^blackhole .* proto 80/.test(line));
  return lines.join("\n").replaceAll(/^\*\w+\n(?::[A-Z]+ ACCEPT \n)*COMMIT\n/gm, "");
}

/** The rules of the kernel's own chains in their order, without the ids of ours. */
function kernelChains(save: string): readonly string[] {
  const lines = save.split("\n").filter((line) => /^(\*|-A [A-Z]+ )/.test(line));
  return lines.map((line) => line.replace(/cali:[\w-]+/, "cali:"));
}

function idsOf(save: string): ReadonlySet<string> {
  return new Set([...save.matchAll(/"?cali:([\w-]+)"?/g)].map(([, id = ""]) => id));
}

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `a host of Felix's, %s${missing === undefined ? "" : ` (${missing})`}`,
  (variant) => {
    test.each(["Insert", "Append"])(
      "is taken over without a wrong verdict, and given back without ours: ChainInsertMode %s",
      async (chainInsertMode) => {
        const random = new RandomChanges(SEED, { chainInsertMode });
        const world = await AppliedWorld.create(variant, random, SEED, (made) =>
          asFelix(made).filter(({ path }) => !isRules(path)),
        );
        let stream: Stream | undefined;
        try {
          const recordOf = (artifacts: readonly Artifact[]): AppliedRecord => ({
            node: NODE,
            variant,
            bird: world.bird,
            artifacts: withoutBird(artifacts),
          });
          // Docker and kube-proxy were there first, so that "after all others" is a place of its own.
          await addForeign(world.host);
          const { node, verdicts } = await world.compile(random);
          for (const { path, text } of asFelix(node.artifacts).filter(({ path }) => isRules(path)))
            await world
              .space("host")
              .run(path.replace(".restore", `-${variant}-restore`), ["--noflush"], text);
          const felix = await saved(world, variant);
          expect(felix).toContain("abandonedabandoned");
          const timeline = new Timeline();
          timeline.begins("Felix's", verdicts);
          const order = { spaces: world.spaces(), flows: world.flows(), rate: RATE };
          stream = await Stream.start(order, (burst) => timeline.judge(burst));
          timeline.begins("ours", verdicts);
          const { steps } = await applyBundle(world.host, recordOf(node.artifacts), false);
          timeline.settled();
          expect(steps).toContain("commit IPv4 filter");
          await stream.stop();
          const { probes, during } = timeline.counts;
          process.stdout.write(
            `${variant}, ${chainInsertMode}: ${probes} probes, ${during} during the takeover, ${timeline.wrong.length} wrong; TAKEOVER_SEED=${SEED}\n`,
          );
          // However quick the takeover is, every flow has met it.
          expect(during).toBeGreaterThanOrEqual(world.flows().length);
          expect(timeline.wrong.map((wrong) => ({ ...wrong, flow: world.flows()[wrong.flow] }))).toEqual([]);

          const ours = await saved(world, variant);
          expect(kernelChains(ours)).toEqual(kernelChains(felix));
          expect(ours).not.toMatch(/bandoned|cali4t1/);
          expect(await differences(world.host, recordOf(node.artifacts))).toEqual([]);
          expect([...idsOf(ours)].filter((id) => idsOf(felix).has(id))).toEqual([]);
          expect(withoutOurs(ours)).toBe(withoutOurs(felix));
          expect((await applyBundle(world.host, recordOf(node.artifacts), false)).steps).toEqual([]);

          await uninstall(world.host, world.bird);
          const rest = await saved(world, variant);
          expect(rest).not.toMatch(/cali[-:46]|scope link.* dev cali/);
          expect(withoutOurs(rest)).toBe(withoutOurs(felix));
        } finally {
          stream?.kill();
          await world.close();
        }
      },
      120_000,
    );
  },
);

function isRules(path: string): boolean {
  return /^ip6?tables\.restore$/.test(path);
}
