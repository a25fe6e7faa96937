import { setTimeout as sleep } from "node:timers/promises";
import { type BirdPeer, peersOf } from "../bird/peers.ts";
import { birdProtocols } from "../bird/protocols.ts";
import { BirdError } from "../bird/socket.ts";
import { withoutLength } from "./addresses.ts";
import type { LabDirectory, LabRecord } from "./directory.ts";
import type { Progress } from "./progress.ts";

const POLL = 400;
/** How long nothing may move until the routes count as settled: BIRD looks at the kernel every 2 s. */
const QUIET = 2400;
/** How often progress is told while nothing changes. */
const TELL_EVERY = 5000;

/** A session of a node, and the node. */
export interface NodePeer extends BirdPeer {
  readonly node: string;
}

/** Sessions of all nodes that run BIRD. */
export async function labPeers(
  directory: LabDirectory,
  nodes: readonly string[],
): Promise<readonly NodePeer[]> {
  const all = await Promise.all(
    nodes.map(async (node) => {
      try {
        const peers = peersOf(await birdProtocols(directory.node(node).socket));
        return peers.map((peer) => ({ ...peer, node }));
      } catch (cause) {
        // A node without BGP has no daemon, and one that has been killed has no sessions.
        if (cause instanceof BirdError) return [];
        throw cause;
      }
    }),
  );
  return all.flat();
}

/** Those of the sessions that are not established, and have both ends in the lab. */
export function sessionsDown(
  peers: readonly NodePeer[],
  { plan, cannotRun }: Pick<LabRecord, "plan" | "cannotRun">,
): readonly NodePeer[] {
  const absent = plan.nodes.filter(({ name }) => cannotRun[name] !== undefined);
  const addresses = new Set(
    absent.flatMap(({ interfaces }) => interfaces.flatMap((own) => own.addresses.map(withoutLength))),
  );
  return peers.filter(({ bgpState, address }) => bgpState !== "Established" && !addresses.has(address));
}

/**
 * Waits until every session is established and no count of routes moves any more, or until `timeout` milliseconds
 * have gone by. Returns the sessions that are not established then.
 */
export async function converge(
  directory: LabDirectory,
  record: Pick<LabRecord, "plan" | "cannotRun">,
  nodes: readonly string[],
  timeout: number,
  say: Progress,
): Promise<readonly NodePeer[]> {
  const end = Date.now() + timeout;
  let before = "";
  let movedAt = Date.now();
  let told = "";
  let toldAt = 0;
  for (;;) {
    const peers = await labPeers(directory, nodes);
    const down = sessionsDown(peers, record);
    const now = JSON.stringify(
      peers.map(({ node, name, state, imported, exported }) => [node, name, state, imported, exported]),
    );
    if (now !== before) movedAt = Date.now();
    const line = `BGP: ${peers.length - down.length} of ${peers.length} sessions are established`;
    if (line !== told || Date.now() - toldAt > TELL_EVERY) {
      say(line);
      told = line;
      toldAt = Date.now();
    }
    before = now;
    const isQuiet = Date.now() - movedAt >= QUIET;
    if ((down.length === 0 && (isQuiet || peers.length === 0)) || Date.now() > end) return down;
    await sleep(POLL);
  }
}
