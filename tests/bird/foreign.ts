import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Namespace } from "../kernel/namespace.ts";

/** Addresses, AS numbers and prefixes on the link between the node and a router of another make. */
export const LINK = {
  node: { asNumber: 64512, addresses: ["10.1.0.10", "fd01::10"] },
  router: { asNumber: 65001, addresses: ["10.1.0.2", "fd01::2"] },
  password: "between-n0-and-tor",
  announced: ["203.0.113.0/24", "2001:db8:9::/48"],
  communities: ["65001:77", "65001:7:8"],
} as const;

/** A BGP implementation that is not BIRD, as a neighbour of the node. */
export interface ForeignSpeaker {
  readonly title: string;
  readonly tools: readonly string[];
  /** Starts it, with a session to both of the node's addresses; it announces `LINK.announced`. */
  start(space: Namespace, directory: string): Promise<ForeignDaemon>;
}

export interface ForeignDaemon {
  readonly process: ChildProcess;
  /** Neighbours that it calls established. */
  established(): Promise<readonly string[]>;
  /** Communities of a route that it has from the node, sorted as text; `undefined` = it has none. */
  communitiesOf(prefix: string): Promise<readonly string[] | undefined>;
}

/** Asks until the answer satisfies, at most `patience` milliseconds; the last answer. */
export async function poll<T>(
  ask: () => Promise<T>,
  satisfies: (answer: T) => boolean,
  patience: number,
): Promise<T> {
  const end = performance.now() + patience;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer) || performance.now() > end) return answer;
    await sleep(300);
  }
}
