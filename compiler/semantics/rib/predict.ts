import { type Cidr, cidrContainsIp } from "../../net/cidr.ts";
import { type Ages, compareText, identityOf } from "./choose.ts";
import type { Rib } from "./rib.ts";
import { plain, prefixKey, Router } from "./router.ts";
import { type SessionGraph, type SessionState, sessionGraph } from "./sessions.ts";
import { type Speaker, underlayLength } from "./speaker.ts";

export interface Prediction {
  /** In the order of the speakers. */
  readonly ribs: readonly Rib[];
  readonly sessions: readonly SessionState[];
  readonly outcome: Outcome;
}

/**
 * `one`: whoever speaks first, BGP comes to rest in the same state. `several`: what it comes to depends on who speaks
 * first, and the prediction is one of the states. `none`: it never comes to rest, or was not seen to; or it pulls the
 * ground from under itself: a session runs over routes that BGP brings, or BGP and another program fight for a route
 * of the kernel.
 */
export type Outcome = "one" | "several" | "none";

/** Rounds over all prefixes, until the ways to the next hops stay as they are. */
const MAX_ROUNDS = 10;
/** Visits of one speaker for one prefix; a policy that comes to rest needs one for each step of a path. */
const MAX_VISITS = 64;

/**
 * Every speaker's table once BGP has come to rest: sessions from both ends' configurations, then for each prefix
 * what each speaker announces to each neighbour, until nothing changes. Times, timers and failures play no part. That
 * there is but one outcome is tried in four orders, not proven.
 */
export function predictRibs(speakers: readonly Speaker[]): Prediction {
  const graph = sessionGraph(speakers);
  const first = comeToRest(speakers, graph, FIRST_ORDER);
  // Where nobody ever had a choice, the order of events decides nothing.
  const others = first.chose ? OTHER_ORDERS.map((order) => comeToRest(speakers, graph, order)) : [];
  const { ribs } = first;
  const outcome = undermines(speakers, graph, ribs) ? "none" : outcomeOf([first, ...others]);
  return { ribs, sessions: graph.states, outcome };
}

function undermines(speakers: readonly Speaker[], { sessions }: SessionGraph, ribs: readonly Rib[]): boolean {
  if (ribs.some(({ contested }) => contested.length > 0)) return true;
  return ribs.some(({ speaker: name, installed, prefixes }) => {
    const speaker = speakers.find((one) => one.name === name);
    if (speaker === undefined) return false;
    const ofBgp = new Set(
      prefixes.filter(({ routes }) => routes[0]?.source === "bgp").map(({ cidr }) => prefixKey(cidr)),
    );
    const brought = installed.filter(({ cidr }) => ofBgp.has(prefixKey(cidr)));
    const peers = sessions.flatMap(({ ends }) => ends).filter((end) => end.speaker === name);
    return peers.some(({ peer }) => {
      const underlay = underlayLength(speaker, peer.address);
      return brought.some(({ cidr }) => cidr.length > underlay && cidrContainsIp(cidr, peer.address));
    });
  });
}

interface Rest {
  readonly ribs: readonly Rib[];
  readonly resting: boolean;
  /** Of any router; see there. */
  readonly dated: boolean;
  readonly chose: boolean;
}

function outcomeOf(all: readonly Rest[]): Outcome {
  if (all.some(({ resting }) => !resting)) return "none";
  if (all.some(({ dated }) => dated)) return "several";
  if (all.length === 1) return "one";
  return new Set(all.map(({ ribs }) => JSON.stringify(ribs.map(withoutAges), plain))).size > 1
    ? "several"
    : "one";
}

/** What does not depend on the age of routes alone: of equally good ones, which is the best is no difference. */
function withoutAges({ prefixes, ...rest }: Rib): unknown {
  return {
    ...rest,
    prefixes: prefixes.map(({ cidr, routes, undecided }) => ({
      cidr,
      best: undecided ? undefined : routes[0],
      routes: routes.toSorted((a, b) => compareText(identityOf(a), identityOf(b))),
    })),
  };
}

/**
 * Who speaks next of those with news: who has had them longest, who got them last; who starts; and which of equally
 * good routes are older.
 */
interface Order {
  readonly next: "first" | "last";
  readonly reversed: boolean;
  readonly ages: Ages;
}
const FIRST_ORDER: Order = { next: "first", reversed: false, ages: "forward" };
const OTHER_ORDERS: readonly Order[] = [
  { next: "last", reversed: false, ages: "backward" },
  { next: "first", reversed: true, ages: "backward" },
  { next: "last", reversed: true, ages: "forward" },
];

function comeToRest(speakers: readonly Speaker[], { sessions }: SessionGraph, order: Order): Rest {
  const routers = new Map(speakers.map((speaker) => [speaker.name, new Router(speaker, order.ages)]));
  for (const { ends, addPaths } of sessions)
    for (const [own, far] of [ends, [ends[1], ends[0]] as const]) {
      const sender = routers.get(own.speaker);
      const receiver = routers.get(far.speaker);
      if (sender !== undefined && receiver !== undefined) sender.links.push({ own, far, receiver, addPaths });
    }
  const all = [...routers.values()];
  let resting = true;
  for (let round = 0; ; round++) {
    resting = settle(all, order);
    // Not `some`: every speaker has to look.
    const moved = all.filter((router) => router.nextHops.refresh()).length > 0;
    if (!moved) break;
    if (round === MAX_ROUNDS) {
      resting = false;
      break;
    }
    for (const router of all) router.forgetLearned();
  }
  return {
    ribs: all.map((router) => router.rib()),
    resting,
    dated: all.some(({ dated }) => dated),
    chose: all.some(({ chose }) => chose),
  };
}

/** Brings every prefix to rest, with the ways to next hops as they are; false where one does not. */
function settle(routers: readonly Router[], order: Order): boolean {
  const origins = new Map<string, { readonly cidr: Cidr; readonly at: Router[] }>();
  for (const router of routers)
    for (const cidr of router.localPrefixes()) {
      const key = prefixKey(cidr);
      const known = origins.get(key);
      if (known === undefined) origins.set(key, { cidr, at: [router] });
      else known.at.push(router);
    }
  let resting = true;
  for (const { cidr, at } of origins.values()) {
    const visits = new Map<Router, number>();
    const waiting = new Set(order.reversed ? at.toReversed() : at);
    for (let router = take(waiting, order); router !== undefined; router = take(waiting, order)) {
      const count = (visits.get(router) ?? 0) + 1;
      if (count > MAX_VISITS) {
        resting = false;
        continue;
      }
      visits.set(router, count);
      for (const receiver of router.announceAll(cidr, order.reversed)) waiting.add(receiver);
    }
  }
  return resting;
}

function take(waiting: Set<Router>, { next }: Order): Router | undefined {
  const router = next === "first" ? [...waiting][0] : [...waiting].at(-1);
  if (router !== undefined) waiting.delete(router);
  return router;
}
