import { setTimeout as sleep } from "node:timers/promises";
import { formatCidr } from "../../compiler/net/cidr.ts";
import { peersOf } from "../../compiler/semantics/rib/peer.ts";
import type { Prediction } from "../../compiler/semantics/rib/predict.ts";
import type { Rib } from "../../compiler/semantics/rib/rib.ts";
import type { Speaker } from "../../compiler/semantics/rib/speaker.ts";
import { Fabric } from "./fabric.ts";
import { establishedSessions, measuredKernel, measuredTable } from "./read-birdc.ts";
import { predictedKernel, predictedTable } from "./text.ts";

/** Longest time that BIRD may take to come to rest. */
const PATIENCE_MS = 40_000;
const POLL_MS = 700;

/** One speaker's sessions, table and kernel routes, predicted or measured: equal lines are equal things. */
export type Snapshot = Readonly<Record<string, readonly string[]>>;

export interface Outcome {
  readonly predicted: readonly Snapshot[];
  readonly measured: readonly Snapshot[];
}

/** Runs the speakers and waits until they show what was predicted and stay so, or until patience ends. */
export async function compareWithBird(
  speakers: readonly Speaker[],
  prediction: Prediction,
): Promise<Outcome> {
  const fabric = await Fabric.start(speakers, passwordsOf(speakers));
  try {
    return await watch(fabric, prediction);
  } finally {
    await fabric.stop();
  }
}

export function passwordsOf(speakers: readonly Speaker[]): ReadonlySet<string> {
  return new Set(speakers.flatMap(({ config }) => peersOf(config).flatMap(({ password }) => password ?? [])));
}

export async function watch(fabric: Fabric, prediction: Prediction): Promise<Outcome> {
  const predicted = prediction.ribs.map((rib) => predictedSnapshot(rib, prediction));
  const start = performance.now();
  let previous = "";
  for (;;) {
    await sleep(POLL_MS);
    const measured = await measure(fabric, prediction, await fabric.linkLocals());
    const text = JSON.stringify(measured);
    const settled = text === previous && text === JSON.stringify(predicted);
    if (settled || performance.now() - start > PATIENCE_MS) return { predicted, measured };
    previous = text;
  }
}

function predictedSnapshot(rib: Rib, { sessions }: Prediction): Snapshot {
  return {
    [`${rib.speaker} sessions`]: sessions
      .filter(({ speaker, down }) => speaker === rib.speaker && down === undefined)
      .map(({ session }) => session)
      .sort(),
    [`${rib.speaker} table`]: predictedTable(rib),
    [`${rib.speaker} kernel`]: predictedKernel(rib),
  };
}

async function measure(
  fabric: Fabric,
  { ribs }: Prediction,
  linkLocals: ReadonlyMap<string, string>,
): Promise<readonly Snapshot[]> {
  // A prediction cannot know link-local addresses, and names the router by its global one.
  const named = (text: string): string =>
    text
      .replaceAll(/(BGP\.next_hop: \S+) fe80:\S+/g, "$1")
      .replaceAll(/fe80:[0-9a-f:]+/g, (address) => linkLocals.get(address) ?? address);
  return Promise.all(
    ribs.map(async ({ speaker, prefixes }) => {
      const undecided = new Set(prefixes.filter((one) => one.undecided).map(({ cidr }) => formatCidr(cidr)));
      // The daemon may not listen yet.
      const ask = (...command: readonly string[]): Promise<string> =>
        fabric.birdc(speaker, ...command).then(named, () => "");
      const kernel = await Promise.all(
        ([4, 6] as const).map(async (version) => ({
          version,
          json: named(await fabric.kernelRoutes(speaker, version)),
        })),
      );
      return {
        [`${speaker} sessions`]: establishedSessions(await ask("show", "protocols")),
        [`${speaker} table`]: measuredTable(await ask("show", "route", "all"), undecided),
        [`${speaker} kernel`]: measuredKernel(kernel),
      };
    }),
  );
}
