import type { IpVersion } from "../../net/cidr.ts";
import type { SetDefinition } from "../../semantics/condition.ts";
import {
  type Host,
  interfacesOfHost,
  isWorkloadInterface,
  LOOPBACK,
  servedWorkloads,
} from "../../semantics/evaluator/host.ts";
import type { Contents, ModelSet } from "../../semantics/evaluator/members.ts";
import type { Route } from "../../semantics/evaluator/route.ts";
import type { Diagram } from "../../semantics/symbolic/diagram.ts";
import type { Outcome } from "../../semantics/symbolic/reading.ts";
import { ResourceReading } from "../../semantics/symbolic/resources.ts";
import { Space } from "../../semantics/symbolic/space.ts";
import { feasible } from "../../semantics/verify/feasible.ts";
import { distinctInterfaces, routesOf } from "../../semantics/verify/routes.ts";

/** Two hosts read in one space, so that what they do with packets can be compared: before and after. */
export interface Sides {
  readonly space: Space;
  readonly before: Side;
  readonly after: Side;
}

/** What one host does with the first packet of a connection. */
export class Side {
  readonly host: Host;
  readonly #reading: ResourceReading;
  readonly #space: Space;
  readonly #routes: ReadonlySet<string>;
  /** Interfaces of workloads that only the other side has. */
  readonly #absent: ReadonlySet<string>;
  readonly #enter: () => void;

  constructor(space: Space, host: Host, absent: ReadonlySet<string>, enter: () => void) {
    this.host = host;
    this.#space = space;
    this.#reading = new ResourceReading(space, host, "nothing");
    this.#routes = new Set(newRoutes(host, space.version).map(routeKey));
    this.#absent = absent;
    this.#enter = enter;
  }

  /** `elsewhere` also where the host's routes do not lead a packet that way. */
  outcomes(route: Route): Diagram<Outcome> {
    const { diagrams } = this.#space;
    const elsewhere = diagrams.leaf<Outcome>("elsewhere");
    if (!this.#routes.has(routeKey(route))) return elsewhere;
    this.#enter();
    const possible = feasible(this.#space, this.host, route, (name) => !this.#absent.has(name));
    return diagrams.ite(possible, this.#reading.outcomes(route), elsewhere);
  }
}

export function sidesOf(before: Host, after: Host, version: IpVersion): Sides {
  // Both sides ask one space what a set holds, and each means its own model's.
  let reading = before;
  const contents = (set: SetDefinition): Contents => reading.sets.contents(set as ModelSet);
  const space = new Space(version, distinctInterfaces([before, after], []), contents);
  const side = (host: Host, other: Host) =>
    new Side(space, host, absentFrom(host, other), () => {
      reading = host;
    });
  return { space, before: side(before, after), after: side(after, before) };
}

/** The routes of new connections. */
export function newRoutes(host: Host, version: IpVersion): readonly Route[] {
  const isFiltered = version === 4 || host.settings.ipv6Support;
  return isFiltered ? routesOf(host, version).filter(({ connection }) => connection === "new") : [];
}

export function routeKey({ kind, translation }: Route): string {
  return translation.kind === "floating"
    ? `${kind} ${translation.external.value} ${translation.internal.value}`
    : `${kind} ${translation.kind}`;
}

function absentFrom(host: Host, other: Host): ReadonlySet<string> {
  const own = new Set(servedWorkloads(host).map(({ interfaceName }) => interfaceName));
  const others = servedWorkloads(other).map(({ interfaceName }) => interfaceName);
  return new Set(others.filter((name) => !own.has(name)));
}

/** Whether no resource of the host names the interface. */
export function isUnnamed(host: Host, name: string): boolean {
  return isWorkloadInterface(host, name)
    ? !servedWorkloads(host).some(({ interfaceName }) => interfaceName === name)
    : name !== LOOPBACK && !interfacesOfHost(host).includes(name);
}
