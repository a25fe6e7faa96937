import type { FelixSettings } from "../../ir/felix-config.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { type SetDefinition, TCP } from "../condition.ts";
import { type Host, ownAddresses } from "../evaluator/host.ts";
import type { ModelSet } from "../evaluator/members.ts";
import type { InterfaceRole, Route } from "../evaluator/route.ts";
import type { Packet } from "../packet.ts";
import type { Dataplane } from "../simulator/program.ts";
import { DataplaneReading } from "../symbolic/dataplane.ts";
import type { Diagram } from "../symbolic/diagram.ts";
import { type Outcome, type Sealing, viewsOf } from "../symbolic/reading.ts";
import { ResourceReading } from "../symbolic/resources.ts";
import { LEVELS, Space } from "../symbolic/space.ts";
import { type Deviation, deviationsOf } from "./contents.ts";
import { feasible, hasUsualSource } from "./feasible.ts";
import { difference, firstOf, type Range, wayToTrue } from "./find.ts";
import { interfacesToTellApart, routesOf } from "./routes.ts";

/** Either all is proven, or these are the first things found that are not so. */
export interface Proof {
  readonly isEqual: boolean;
  readonly counterexample: Counterexample | undefined;
  readonly deviations: readonly Deviation[];
  readonly figures: Figures;
}

export interface Counterexample {
  readonly route: Route;
  readonly packet: Packet;
  readonly resourcesSay: Outcome;
  readonly textSays: Outcome;
}

/** How much was compared. */
export interface Figures {
  readonly routes: number;
  /** Routes that had to be looked at with policies as parts, and in full. */
  readonly secondLooks: number;
  readonly fullLooks: number;
  readonly sets: number;
  readonly diagrams: number;
}

/**
 * Proves, for every packet on every route, that the emitted text does with it what the resources say; and for every
 * set that it holds what its definition says. Or finds a packet, or a set, for which that is not so.
 */
export function verify(
  host: Host,
  dataplanes: Readonly<Record<IpVersion, Dataplane>>,
  definitions: ReadonlyMap<string, ModelSet>,
): Proof {
  const figures = { routes: 0, secondLooks: 0, fullLooks: 0, sets: 0, diagrams: 0 };
  const deviations: Deviation[] = [];
  let counterexample: Counterexample | undefined;
  for (const version of versionsOf(host.settings)) {
    const dataplane = dataplanes[version];
    figures.sets += dataplane.sets.size;
    deviations.push(...deviationsOf(host, dataplane, definitions));
    const comparison = new Comparison(host, dataplane);
    for (const route of routesOf(host, version)) {
      figures.routes++;
      counterexample = comparison.counterexample(route, figures);
      if (counterexample !== undefined) break;
    }
    figures.diagrams += comparison.size;
    if (counterexample !== undefined) break;
  }
  return {
    isEqual: counterexample === undefined && deviations.length === 0,
    counterexample,
    deviations,
    figures,
  };
}

function versionsOf({ ipv6Support }: FelixSettings): readonly IpVersion[] {
  return ipv6Support ? [4, 6] : [4];
}

/** Both readings of one IP version, at growing depth. */
class Comparison {
  readonly #host: Host;
  readonly #dataplane: Dataplane;
  readonly #looks = new Map<Sealing, Look>();

  constructor(host: Host, dataplane: Dataplane) {
    this.#host = host;
    this.#dataplane = dataplane;
  }

  get size(): number {
    return [...this.#looks.values()].reduce((sum, { space }) => sum + space.diagrams.size, 0);
  }

  counterexample(
    route: Route,
    figures: { secondLooks: number; fullLooks: number },
  ): Counterexample | undefined {
    if (this.#look("endpoints").isEqual(route)) return undefined;
    figures.secondLooks++;
    if (this.#look("policies").isEqual(route)) return undefined;
    figures.fullLooks++;
    return this.#look("nothing").find(route, this.#host);
  }

  #look(sealing: Sealing): Look {
    const known = this.#looks.get(sealing);
    if (known !== undefined) return known;
    const made = new Look(this.#host, this.#dataplane, sealing);
    this.#looks.set(sealing, made);
    return made;
  }
}

class Look {
  readonly space: Space;
  readonly #resources: ResourceReading;
  readonly #text: DataplaneReading;

  constructor(host: Host, dataplane: Dataplane, sealing: Sealing) {
    // In full, sets are what they hold: two that hold the same are the same.
    const contents = (set: SetDefinition) => host.sets.contents(set as ModelSet);
    const interfaces = interfacesToTellApart(host, dataplane);
    this.space = new Space(dataplane.version, interfaces, sealing === "nothing" ? contents : undefined);
    this.#resources = new ResourceReading(this.space, host, sealing);
    this.#text = new DataplaneReading(this.space, dataplane, ownAddresses(host), sealing);
  }

  isEqual(route: Route): boolean {
    return this.#resources.outcomes(route) === this.#text.outcomes(route);
  }

  find(route: Route, host: Host): Counterexample | undefined {
    const { diagrams } = this.space;
    const resources = this.#resources.outcomes(route);
    const text = this.#text.outcomes(route);
    const differs = diagrams.and(feasible(this.space, host, route), difference(diagrams, resources, text));
    const isUsual = this.space.condition(hasUsualSource(host, route), viewsOf(route).translated);
    const way = wayToTrue(diagrams.and(isUsual, differs)) ?? wayToTrue(differs);
    if (way === undefined) return undefined;
    return {
      route,
      packet: { ...packetOf(route, this.space.interfaces, way), ...this.#markOn(way) },
      resourcesSay: outcomeOn(resources, way),
      textSays: outcomeOn(text, way),
    };
  }

  /** What others must have set for the way. */
  #markOn(way: ReadonlyMap<number, Range>): Pick<Packet, "mark"> {
    let mark = 0;
    for (let bit = 0; bit < 32; bit++)
      if (firstOf(way.get(this.space.bitOfMark(bit).level), 0) === 1) mark |= 1 << bit;
    return mark === 0 ? {} : { mark: mark >>> 0 };
  }
}

function outcomeOn(diagram: Diagram<Outcome>, way: ReadonlyMap<number, Range>): Outcome {
  let at = diagram;
  for (;;) {
    if (!("parts" in at)) return at.outcome;
    const { level, bounds, parts } = at;
    const value = firstOf(way.get(level), 0);
    const index = bounds.findIndex((bound) => value <= bound);
    at = index < 0 ? parts[parts.length - 1]! : parts[index]!;
  }
}

/** A packet of the route on that way. */
function packetOf(
  { version, kind, translation, connection }: Route,
  interfaces: readonly string[],
  way: ReadonlyMap<number, Range>,
): Packet {
  const interfaceIn = (role: InterfaceRole) => interfaces[Number(firstOf(way.get(LEVELS[role]), 0))]!;
  const number = (level: number, otherwise: number) => Number(firstOf(way.get(level), otherwise));
  const address = (level: number) =>
    version === 4
      ? ({ version, value: Number(firstOf(way.get(level), 0)) } as const)
      : ({ version, value: BigInt(firstOf(way.get(level), 0n)) } as const);
  const protocol = number(LEVELS.protocol, TCP);
  const now = address(LEVELS.destination);
  const port = number(LEVELS["destination-port"], 80);
  const isRedirected = translation.kind === "others";
  const isSent = kind.startsWith("sent");
  const leavesBy = interfaceIn("leavesBy");
  return {
    source: address(LEVELS.source),
    destination: isRedirected
      ? address(LEVELS["destination before"])
      : translation.kind === "floating"
        ? translation.external
        : now,
    protocol,
    sourcePort: number(LEVELS["source-port"], 40_000),
    // Redirected to where it was going anyway, it would count as not redirected.
    destinationPort: isRedirected ? number(LEVELS["destination-port before"], port === 80 ? 8080 : 80) : port,
    icmp: { type: number(LEVELS["icmp-type"], 8), code: number(LEVELS["icmp-code"], 0) },
    arrivesBy: isSent ? undefined : interfaceIn("arrivesBy"),
    leavesBy: isSent && isRedirected ? interfaceIn("firstLeavesBy") : leavesBy,
    connection,
    ...(isRedirected ? { redirected: { destination: now, destinationPort: port, leavesBy } } : {}),
  };
}
