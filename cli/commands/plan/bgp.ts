import { type Compilation, diffRib, type RibDiff } from "../../../compiler/index.ts";
import type { Side } from "./side.ts";

/** What becomes of BGP's routes and sessions, once it has come to rest again. */
export type BgpOfPlan =
  | { readonly kind: "compared"; readonly diff: RibDiff }
  | { readonly kind: "not-compared"; readonly reason: string }
  /** Neither side has a node that runs BGP. */
  | { readonly kind: "none" };

/** A full mesh of 100 nodes with four blocks each takes some seconds; the work grows with their square. */
const MOST_NODES = 100;

export function bgpOf(before: Side, after: Side, wanted: readonly string[] | undefined): BgpOfPlan {
  if (wanted !== undefined) return notCompared("it takes all nodes, and --node leaves some out");
  const [old, now] = [before.cluster, after.cluster];
  if (old === undefined || now === undefined)
    return notCompared("it takes all nodes of both sides, and their resources");
  const speakers = Math.max(speakersIn(old), speakersIn(now));
  if (speakers === 0) return { kind: "none" };
  if (speakers > MOST_NODES) return notCompared(`more than ${MOST_NODES} nodes speak BGP`);
  return { kind: "compared", diff: diffRib(old, now) };
}

export function notCompared(reason: string): BgpOfPlan {
  return { kind: "not-compared", reason };
}

function speakersIn({ nodes }: Compilation): number {
  return nodes.filter(({ artifacts }) => artifacts?.some(({ path }) => path === "bird.conf")).length;
}
