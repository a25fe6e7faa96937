import type { KernelProtocol } from "../../dataplane/bird.ts";
import { type Cidr, cidrKey, compareCidr, type Ip } from "../../net/cidr.ts";
import { type Ages, compareText, identityOf, isUndecided, sortRoutes } from "./choose.ts";
import { type Announcement, accept, announce, type Refusal } from "./exchange.ts";
import { FilterProgram } from "./filter.ts";
import { installation } from "./install.ts";
import { localRoutes } from "./local-routes.ts";
import { NextHops, type Resolution } from "./resolve.ts";
import type { PrefixRoutes, RefusedRoute, Rib } from "./rib.ts";
import type { RibRoute } from "./route.ts";
import type { SessionEnd } from "./sessions.ts";
import type { Speaker } from "./speaker.ts";

/** One direction of a session. */
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

/** A speaker at work: what it has, what it heard, and what it says of a prefix. */
export class Router {
  readonly links: Link[] = [];
  readonly nextHops: NextHops;
  readonly #speaker: Speaker;
  readonly #ages: Ages;
  readonly #program: FilterProgram;
  readonly #local = new Map<string, RibRoute[]>();
  /** By prefix, then by session. */
  readonly #received = new Map<string, Map<string, Received>>();
  /** Prefixes that may have been announced over any session. */
  readonly #spokenOf = new Set<string>();
  #dated = false;
  #chose = false;
  /** Sorted; dropped when something of the prefix changes. */
  readonly #tables = new Map<string, readonly RibRoute[]>();

  constructor(speaker: Speaker, ages: Ages) {
    this.#speaker = speaker;
    this.#ages = ages;
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

  /**
   * An import filter says another thing now of the way to a next hop than it did while the way was another one. BIRD
   * does not ask it again when the way changes (`rt_next_hop_update`), so what it says depends on when it was asked.
   */
  get dated(): boolean {
    return this.#dated;
  }

  /** It has had several routes to one prefix at once, of which a neighbour brought at least one. */
  get chose(): boolean {
    return this.#chose;
  }

  forgetLearned(): void {
    this.#dated = false;
    this.#received.clear();
    this.#tables.clear();
    this.#spokenOf.clear();
  }

  #table(key: string): readonly RibRoute[] {
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const received = [...(this.#received.get(key)?.values() ?? [])].flatMap(({ routes }) => routes);
    const sorted = sortRoutes([...(this.#local.get(key) ?? []), ...received], this.#ages);
    if (sorted.length > 1 && received.length > 0) this.#chose = true;
    if (sorted.length > 0) this.#tables.set(key, sorted);
    return sorted;
  }

  /** Sends the prefix over every session; returns the neighbours for whom that changed something. */
  announceAll(cidr: Cidr, reversed: boolean): readonly Router[] {
    const key = prefixKey(cidr);
    const routes = this.#table(key);
    if (!this.#spokenOf.has(key) && routes.every((route) => this.#keeps(route))) return [];
    this.#spokenOf.add(key);
    const links = reversed ? this.links.toReversed() : this.links;
    return links.flatMap(({ own, far, receiver, addPaths }) => {
      if (own.peer.version !== cidr.version) return [];
      const offered = addPaths ? routes : routes.slice(0, 1);
      const announcements = offered.flatMap((route) => announce(route, own, this.#program, addPaths) ?? []);
      return receiver.#receive(cidr, announcements, far, this.#speaker) ? [receiver] : [];
    });
  }

  /** Nodes of a mesh tell nobody what they hear in it: with a session for each pair of nodes, most news end here. */
  #keeps({ learned }: RibRoute): boolean {
    return (
      learned?.internal === true &&
      !learned.client &&
      this.links.every(
        ({ own: { peer } }) => peer.internal && !peer.reflectsTo && peer.localAs === learned.localAs,
      )
    );
  }

  #receive(cidr: Cidr, announcements: readonly Announcement[], own: SessionEnd, sender: Speaker): boolean {
    const key = prefixKey(cidr);
    const known = this.#received.get(key)?.get(own.peer.name);
    if (announcements.length === 0 && known === undefined) return false;
    const text = announcements.map(announcementText).sort().join("\n");
    if (text === known?.text) return false;
    const routes: RibRoute[] = [];
    const refused: RefusedRoute[] = [];
    const far = { speaker: sender.name, routerId: sender.config.routerId };
    for (const announcement of announcements) {
      const decide = (resolve: (ip: Ip) => Resolution): RibRoute | Refusal =>
        accept(announcement, own, far, {
          routerId: this.#speaker.config.routerId,
          program: this.#program,
          resolve,
        });
      const outcome = decide((ip) => this.nextHops.resolve(ip));
      for (const former of this.nextHops.formerly(announcement.attributes.nextHop ?? own.peer.address))
        this.#dated ||= decisionText(decide(() => former)) !== decisionText(outcome);
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
    const wanted = prefixes.flatMap(({ routes }) =>
      kernels.flatMap((kernel) => installation(routes, kernel, this.#speaker, this.#program) ?? []),
    );
    return {
      speaker: this.#speaker.name,
      prefixes,
      installed: wanted.filter(({ contested }) => !contested).map(({ route }) => route),
      contested: wanted.filter(({ contested }) => contested).map(({ route }) => route.cidr),
      refused: [...this.#received.values()]
        .flatMap((sessions) => [...sessions.values()].flatMap(({ refused }) => refused))
        .sort((a, b) => compareCidr(a.cidr, b.cidr) || compareText(refusalText(a), refusalText(b))),
    };
  }
}

function refusalText({ session, path }: RefusedRoute): string {
  return `${session} ${path}`;
}

export function prefixKey(cidr: Cidr): string {
  return `${cidr.version} ${cidrKey(cidr)}`;
}

/** Everything that a receiver can notice of an announcement. */
function announcementText({ route, attributes, path }: Announcement): string {
  return JSON.stringify([path, identityOf(route), attributes], plain);
}

/** What an import filter decided, whatever the way. */
function decisionText(outcome: RibRoute | Refusal): string {
  return JSON.stringify(
    typeof outcome === "string" ? outcome : [outcome.preference, outcome.attributes],
    plain,
  );
}

export function plain(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
