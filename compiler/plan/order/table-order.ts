import type { IpVersion } from "../../net/cidr.ts";
import type { Route } from "../../semantics/evaluator/route.ts";
import { type Dataplane, type TableName, UnreadableText } from "../../semantics/simulator/program.ts";
import { readDataplanes } from "../../semantics/simulator/read.ts";
import type { TextFile } from "../../semantics/simulator/words.ts";
import { DataplaneReading } from "../../semantics/symbolic/dataplane.ts";
import type { Diagram } from "../../semantics/symbolic/diagram.ts";
import { hooksOf } from "../../semantics/symbolic/hooks.ts";
import type { Outcome, Sealing } from "../../semantics/symbolic/reading.ts";
import { Space } from "../../semantics/symbolic/space.ts";
import { difference } from "../../semantics/verify/find.ts";
import { distinctInterfaces } from "../../semantics/verify/routes.ts";
import { Mixture, routesThrough } from "./mixture.ts";
import { instantsOf, type Moment, momentsOf, ordersOf } from "./moments.ts";

/** Of both states together. */
const MANY_RULES = 4000;

/** In which order to commit tables so that every packet fares as before or as after all of them. */
export type TableOrder =
  | {
      readonly kind: "proven";
      readonly order: readonly TableName[];
      /** `every-packet`: also for one that is held between two of its hooks while commits pass it by. */
      readonly of: "every-packet" | "each-moment";
    }
  /** In each order some packet may fare as neither. */
  | { readonly kind: "none" }
  /** Not found out: too much to look at, or text without a known meaning. */
  | { readonly kind: "unknown"; readonly reason: string };

/** From coarse to fine: what is proven of parts as a whole need not be looked into. */
const SEALINGS: readonly Sealing[] = ["endpoints", "policies", "nothing"];

/**
 * Looks for an order of commits, one for each table that changes, in which every packet of every route fares as the
 * files from before or those from after have it, whenever it comes; if there is one, however long it takes from hook to
 * hook, else at least if it passes all its hooks between two commits. Sets may hold anything meanwhile; rules of others are assumed to let packets go on. `isOverdue` is asked
 * between the parts of the proof.
 */
export function findTableOrder(
  before: readonly TextFile[],
  after: readonly TextFile[],
  version: IpVersion,
  tables: readonly TableName[],
  isOverdue: () => boolean,
): TableOrder {
  try {
    const search = new Search(readDataplanes(before)[version], readDataplanes(after)[version]);
    for (const claim of ["every-packet", "each-moment"] as const)
      for (const order of ordersOf(tables))
        if (search.isSafe(order, claim, isOverdue)) return { kind: "proven", order, of: claim };
    return { kind: "none" };
  } catch (cause) {
    if (cause instanceof Overdue) return { kind: "unknown", reason: "the proof took too long" };
    if (cause instanceof UnreadableText) return { kind: "unknown", reason: cause.message };
    throw cause;
  }
}

class Overdue extends Error {}

class Search {
  readonly #mixture: Mixture;
  readonly #routes: readonly Route[];
  readonly #interfaces: readonly string[];
  readonly #looks = new Map<Sealing, Look>();

  constructor(before: Dataplane, after: Dataplane) {
    this.#mixture = new Mixture(before, after);
    this.#routes = routesThrough(after.version, [before, after]);
    const patterns = [before, after].flatMap(({ tables }) =>
      Object.values(tables)
        .flatMap((table) => [...table.values()].flat())
        .flatMap(({ matches }) => matches)
        .flatMap((match) => (match.kind === "interface" ? [match.name] : [])),
    );
    this.#interfaces = distinctInterfaces([], patterns);
  }

  /** In full, the diagrams of many rules grow without a bound that could be asked for. */
  get #sealings(): readonly Sealing[] {
    const rules = Object.values(this.#mixture.dataplane.tables).flatMap((table) =>
      [...table.values()].flat(),
    );
    return rules.length > MANY_RULES ? SEALINGS.filter((sealing) => sealing !== "nothing") : SEALINGS;
  }

  isSafe(order: readonly TableName[], of: "every-packet" | "each-moment", isOverdue: () => boolean): boolean {
    const meets = of === "every-packet" ? momentsOf : instantsOf;
    return this.#routes.every((route) =>
      meets(hooksOf(route), order).every((moment) => {
        if (isOverdue()) throw new Overdue();
        return this.#sealings.some((sealing) => this.#look(sealing).isOldOrNew(route, moment));
      }),
    );
  }

  #look(sealing: Sealing): Look {
    const known = this.#looks.get(sealing);
    if (known !== undefined) return known;
    const made = new Look(this.#mixture, this.#interfaces, sealing);
    this.#looks.set(sealing, made);
    return made;
  }
}

/** All packets, at one depth of looking into parts. */
class Look {
  readonly #mixture: Mixture;
  readonly #space: Space;
  readonly #reading: DataplaneReading;
  readonly #known = new Map<Route, Map<string, Diagram<Outcome>>>();

  constructor(mixture: Mixture, interfaces: readonly string[], sealing: Sealing) {
    this.#mixture = mixture;
    this.#space = new Space(mixture.dataplane.version, interfaces);
    this.#reading = new DataplaneReading(this.#space, mixture.dataplane, [], sealing);
  }

  isOldOrNew(route: Route, moment: Moment): boolean {
    const { diagrams } = this.#space;
    const old = this.#outcomes(
      route,
      moment.map(() => false),
    );
    const now = this.#outcomes(
      route,
      moment.map(() => true),
    );
    const met = this.#outcomes(route, moment);
    if (met === old || met === now) return true;
    const isNeither = diagrams.and(difference(diagrams, met, old), difference(diagrams, met, now));
    return isNeither === diagrams.no;
  }

  #outcomes(route: Route, moment: Moment): Diagram<Outcome> {
    const ofRoute = this.#known.get(route) ?? new Map<string, Diagram<Outcome>>();
    this.#known.set(route, ofRoute);
    const steps = this.#mixture.stepsAt(hooksOf(route), moment);
    const key = steps.map((step) => (step === "translate" ? "" : step.chain)).join(" ");
    const found = ofRoute.get(key) ?? this.#reading.outcomes(route, steps);
    ofRoute.set(key, found);
    return found;
  }
}
