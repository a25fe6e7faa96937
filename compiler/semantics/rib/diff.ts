import { type Cidr, cidrKey, compareCidr } from "../../net/cidr.ts";
import type { Outcome, Prediction } from "./predict.ts";
import type { Rib } from "./rib.ts";
import type { RibRoute, Way } from "./route.ts";
import type { SessionState } from "./sessions.ts";

/** What a change of the resources does to BGP, once it has come to rest again. */
export interface RibDiff {
  /** Nodes, and routers that BGPPeers lead to; only those with a difference. */
  readonly speakers: readonly SpeakerDiff[];
  /** Of either state: with `several` or `none`, what is said here is one possibility. */
  readonly outcomes: readonly [before: Outcome, after: Outcome];
}

export interface SpeakerDiff {
  readonly speaker: string;
  /** By prefix. */
  readonly routes: readonly RouteChange[];
  /** By name. */
  readonly sessions: readonly SessionChange[];
}

/** A prefix's best route. */
export interface BestRoute {
  readonly route: RibRoute;
  /** As the kernel gets it; `undefined` = it does not. */
  readonly installed: Way | undefined;
}

/** `moves`: packets take another way, or it comes from somebody else. `changes`: only what is announced with it. */
export type RouteChange = { readonly cidr: Cidr } & (
  | { readonly kind: "appears"; readonly now: BestRoute }
  | { readonly kind: "vanishes"; readonly was: BestRoute }
  | { readonly kind: "moves" | "changes"; readonly was: BestRoute; readonly now: BestRoute }
);

/** `restarts`: it was and will be established, and goes down in between. `why`: why it is down afterwards. */
export interface SessionChange {
  readonly session: string;
  readonly peer: string | undefined;
  readonly kind: "appears" | "vanishes" | "goes-down" | "comes-up" | "restarts";
  readonly why: string | undefined;
}

/** Sessions, as `<speaker> <session>`, whose own settings change so that their daemon restarts them. */
export type Restarts = ReadonlySet<string>;

export function diffPredictions(before: Prediction, after: Prediction, restarts: Restarts): RibDiff {
  const old = new Map(before.ribs.map((rib) => [rib.speaker, rib]));
  const now = new Map(after.ribs.map((rib) => [rib.speaker, rib]));
  const names = [...now.keys(), ...[...old.keys()].filter((name) => !now.has(name))];
  const speakers = names
    .map((speaker) => ({
      speaker,
      routes: routeChanges(old.get(speaker), now.get(speaker)),
      sessions: sessionChanges(ofSpeaker(before, speaker), ofSpeaker(after, speaker), restarts),
    }))
    .filter(({ routes, sessions }) => routes.length > 0 || sessions.length > 0);
  return { speakers, outcomes: [before.outcome, after.outcome] };
}

function routeChanges(before: Rib | undefined, after: Rib | undefined): readonly RouteChange[] {
  const old = bestRoutes(before);
  const now = bestRoutes(after);
  return [...new Set([...old.keys(), ...now.keys()])]
    .flatMap((key) => routeChange(old.get(key), now.get(key)) ?? [])
    .sort((a, b) => compareCidr(a.cidr, b.cidr));
}

function bestRoutes(rib: Rib | undefined): ReadonlyMap<string, BestRoute> {
  const installed = new Map(rib?.installed.map(({ cidr, way }) => [keyOf(cidr), way]));
  return new Map(
    rib?.prefixes.flatMap(({ cidr, routes: [route] }) => {
      const key = keyOf(cidr);
      return route === undefined ? [] : [[key, { route, installed: installed.get(key) }]];
    }),
  );
}

function routeChange(was: BestRoute | undefined, now: BestRoute | undefined): RouteChange | undefined {
  if (was === undefined) return now && { kind: "appears", cidr: now.route.cidr, now };
  const { cidr } = was.route;
  if (now === undefined) return { kind: "vanishes", cidr, was };
  if (!sameData(wayOf(was), wayOf(now))) return { kind: "moves", cidr, was, now };
  return sameData(was.route.attributes, now.route.attributes)
    ? undefined
    : { kind: "changes", cidr, was, now };
}

/** Where the packets go, and who says so. A session of another name with the same speaker is no move. */
function wayOf({ route, installed }: BestRoute): unknown {
  return [route.source, route.way, route.attributes.nextHop, route.learned?.speaker, installed];
}

function sessionChanges(
  before: ReadonlyMap<string, SessionState>,
  after: ReadonlyMap<string, SessionState>,
  restarts: Restarts,
): readonly SessionChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((session) => {
    const old = before.get(session);
    const now = after.get(session);
    const kind = sessionChange(old, now, restarts);
    return kind === undefined ? [] : [{ session, peer: now?.peer ?? old?.peer, kind, why: now?.down }];
  });
}

function sessionChange(
  old: SessionState | undefined,
  now: SessionState | undefined,
  restarts: Restarts,
): SessionChange["kind"] | undefined {
  if (old === undefined) return "appears";
  if (now === undefined) return "vanishes";
  if (old.down !== now.down && (old.down === undefined || now.down === undefined))
    return now.down === undefined ? "comes-up" : "goes-down";
  if (now.down !== undefined) return undefined;
  // Whichever end it is that restarts, or is another one now: the session has two.
  const farChanged = old.peer !== now.peer || old.peerSession !== now.peerSession;
  return farChanged ||
    restarts.has(`${now.speaker} ${now.session}`) ||
    restarts.has(`${now.peer} ${now.peerSession}`)
    ? "restarts"
    : undefined;
}

function ofSpeaker({ sessions }: Prediction, name: string): ReadonlyMap<string, SessionState> {
  return new Map(sessions.filter(({ speaker }) => speaker === name).map((state) => [state.session, state]));
}

function keyOf(cidr: Cidr): string {
  return `${cidr.version} ${cidrKey(cidr)}`;
}

function sameData(a: unknown, b: unknown): boolean {
  return JSON.stringify(a, plain) === JSON.stringify(b, plain);
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
