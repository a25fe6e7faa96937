import type { KernelProtocol } from "../../dataplane/bird.ts";
import { type Cidr, cidrKey, compareCidr } from "../../net/cidr.ts";
import { compareText, identityOf, isUndecided, sortRoutes } from "./choose.ts";
import { type Announcement, accept, announce, type Refusal } from "./exchange.ts";
import { FilterProgram } from "./filter.ts";
import { type InstalledRoute, installedRoute } from "./install.ts";
import { localRoutes } from "./local-routes.ts";
import { NextHops } from "./resolve.ts";
import type { RibRoute } from "./route.ts";
import { type SessionEnd, type SessionGraph, type SessionState, sessionGraph } from "./sessions.ts";
import type { Speaker } from "./speaker.ts";

/** All routes of one speaker: what `birdc show route all` prints, and what the kernel gets of it. */
export interface Rib {
  readonly speaker: string;
  /** By prefix. */
  readonly prefixes: readonly PrefixRoutes[];
  /** Sorted by prefix. */
  readonly installed: readonly InstalledRoute[];
  readonly refused: readonly RefusedRoute[];
}

export interface PrefixRoutes {
  readonly cidr: Cidr;
  /** Never empty, best first. */
  readonly routes: readonly RibRoute[];
  /** Several are equally good: BIRD keeps the one that came first, which no configuration tells. */
  readonly undecided: boolean;
}

/** A route that a neighbour announces and the speaker does not take. */
export interface RefusedRoute {
  readonly cidr: Cidr;
  readonly session: string;
  readonly path: string;
  readonly why: Refusal;
}

export interface Prediction {
  /** In the order of the speakers. */
  readonly ribs: readonly Rib[];
  readonly sessions: readonly SessionState[];
  readonly outcome: Outcome;
}

/**
 * `one`: whoever speaks first, BGP comes to rest in the same state. `several`: what it comes to depends on who speaks
 * first, and the prediction is one of the states. `none`: it never comes to rest, or was not seen to.
 */
export type Outcome = "one" | "several" | "none";

/** Rounds over all prefixes, until the ways to the next hops stay as they are. */
const MAX_ROUNDS = 10;
/** Visits of one speaker for one prefix; a policy that comes to rest needs one for each step of a path. */
const MAX_VISITS = 64;

/**
 * Every speaker's table once BGP has come to rest: sessions from both ends' configurations, then for each prefix
 * what each speaker announces to each neighbour, until nothing changes. Times, timers and failures play no part. That
 * there is but one outcome is tried in three orders, not proven.
 */
export function predictRibs(speakers: readonly Speaker[]): Prediction {
  const graph = sessionGraph(speakers);
  const [first, ...others] = ORDERS.map((order) => comeToRest(speakers, graph, order));
  const ribs = first?.ribs ?? [];
  const all = [...others, ...(first === undefined ? [] : [first])];
  return { ribs, sessions: graph.states, outcome: outcomeOf(all) };
}

interface Rest {
  readonly ribs: readonly Rib[];
  readonly resting: boolean;
}

function outcomeOf(all: readonly Rest[]): Outcome {
  if (all.some(({ resting }) => !resting)) return "none";
  return new Set(all.map(({ ribs }) => JSON.stringify(ribs, plain))).size > 1 ? "several" : "one";
}

/** Who speaks next of those with news: who has had them longest, who got them last; and who starts. */
interface Order {
  readonly next: "first" | "last";
  readonly reversed: boolean;
}
const ORDERS: readonly Order[] = [
  { next: "first", reversed: false },
  { next: "last", reversed: false },
  { next: "first", reversed: true },
];

function comeToRest(speakers: readonly Speaker[], { sessions }: SessionGraph, order: Order): Rest {
  const routers = new Map(speakers.map((speaker) => [speaker.name, new Router(speaker)]));
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
  return { ribs: all.map((router) => router.rib()), resting };
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
      for (const receiver of router.announceAll(cidr)) waiting.add(receiver);
    }
  }
  return resting;
}

function take(waiting: Set<Router>, { next }: Order): Router | undefined {
  const router = next === "first" ? [...waiting][0] : [...waiting].at(-1);
  if (router !== undefined) waiting.delete(router);
  return router;
}

interface Link {
  readonly own: SessionEnd;
  readonly far: SessionEnd;
  readonly receiver: Router;
  readonly addPaths: boolean;
}

/** What a neighbour's session has brought for one prefix. */
interface Received {
  readonly text: string;
  readonly routes: readonly RibRoute[];
  readonly refused: readonly RefusedRoute[];
}

class Router {
  readonly links: Link[] = [];
  readonly nextHops: NextHops;
  readonly #speaker: Speaker;
  readonly #program: FilterProgram;
  readonly #local = new Map<string, RibRoute[]>();
  /** By prefix, then by session. */
  readonly #received = new Map<string, Map<string, Received>>();
  /** Sorted; dropped when something of the prefix changes. */
  readonly #tables = new Map<string, readonly RibRoute[]>();

  constructor(speaker: Speaker) {
    this.#speaker = speaker;
    this.#program = new FilterProgram(speaker.config);
    for (const route of localRoutes(speaker, this.#program)) {
      const key = prefixKey(route.cidr);
      const known = this.#local.get(key);
      if (known === undefined) this.#local.set(key, [route]);
      else known.push(route);
    }
    this.nextHops = new NextHops(speaker, (cidr) => this.#table(prefixKey(cidr)));
  }

  localPrefixes(): readonly Cidr[] {
    return [...this.#local.values()].flatMap(([route]) => route?.cidr ?? []);
  }

  forgetLearned(): void {
    this.#received.clear();
    this.#tables.clear();
  }

  #table(key: string): readonly RibRoute[] {
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const received = [...(this.#received.get(key)?.values() ?? [])].flatMap(({ routes }) => routes);
    const sorted = sortRoutes([...(this.#local.get(key) ?? []), ...received]);
    if (sorted.length > 0) this.#tables.set(key, sorted);
    return sorted;
  }

  /** Sends the prefix over every session; returns the neighbours for whom that changed something. */
  announceAll(cidr: Cidr): readonly Router[] {
    const routes = this.#table(prefixKey(cidr));
    return this.links.flatMap(({ own, far, receiver, addPaths }) => {
      if (own.peer.version !== cidr.version) return [];
      const offered = addPaths ? routes : routes.slice(0, 1);
      const announcements = offered.flatMap((route) => announce(route, own, this.#program, addPaths) ?? []);
      return receiver.#receive(cidr, announcements, far, this.#speaker) ? [receiver] : [];
    });
  }

  #receive(cidr: Cidr, announcements: readonly Announcement[], own: SessionEnd, sender: Speaker): boolean {
    const key = prefixKey(cidr);
    const known = this.#received.get(key)?.get(own.peer.name);
    if (announcements.length === 0 && known === undefined) return false;
    const text = announcements.map(announcementText).sort().join("\n");
    if (text === known?.text) return false;
    const routes: RibRoute[] = [];
    const refused: RefusedRoute[] = [];
    const self = {
      routerId: this.#speaker.config.routerId,
      program: this.#program,
      nextHops: this.nextHops,
    };
    const far = { speaker: sender.name, routerId: sender.config.routerId };
    for (const announcement of announcements) {
      const outcome = accept(announcement, own, far, self);
      if (typeof outcome !== "string") routes.push(outcome);
      else refused.push({ cidr, session: own.peer.name, path: announcement.path, why: outcome });
    }
    const ofPrefix = this.#received.get(key) ?? new Map<string, Received>();
    ofPrefix.set(own.peer.name, { text, routes, refused });
    this.#received.set(key, ofPrefix);
    this.#tables.delete(key);
    return routes.length > 0 || (known?.routes.length ?? 0) > 0;
  }

  rib(): Rib {
    const keys = new Set([...this.#local.keys(), ...this.#received.keys()]);
    const prefixes = [...keys]
      .flatMap((key): readonly PrefixRoutes[] => {
        const routes = this.#table(key);
        const cidr = routes[0]?.cidr;
        return cidr === undefined ? [] : [{ cidr, routes, undecided: isUndecided(routes) }];
      })
      .sort((a, b) => compareCidr(a.cidr, b.cidr));
    const kernels = this.#speaker.config.protocols.filter(
      (protocol): protocol is KernelProtocol => protocol.kind === "kernel",
    );
    return {
      speaker: this.#speaker.name,
      prefixes,
      installed: prefixes.flatMap(({ routes }) =>
        kernels.flatMap((kernel) => installedRoute(routes, kernel, this.#speaker, this.#program) ?? []),
      ),
      refused: [...this.#received.values()]
        .flatMap((sessions) => [...sessions.values()].flatMap(({ refused }) => refused))
        .sort((a, b) => compareCidr(a.cidr, b.cidr) || compareText(refusalText(a), refusalText(b))),
    };
  }
}

function refusalText({ session, path }: RefusedRoute): string {
  return `${session} ${path}`;
}

function prefixKey(cidr: Cidr): string {
  return `${cidr.version} ${cidrKey(cidr)}`;
}

/** Everything that a receiver can notice of an announcement. */
function announcementText({ route, attributes, path }: Announcement): string {
  return JSON.stringify([path, identityOf(route), attributes], plain);
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
