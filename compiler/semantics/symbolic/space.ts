import type { Ip, IpVersion } from "../../net/cidr.ts";
import {
  type Condition,
  type Field,
  ICMP,
  ICMPV6,
  PORT_PROTOCOLS,
  type SetDefinition,
} from "../condition.ts";
import { LOOPBACK } from "../evaluator/host.ts";
import type { Contents } from "../evaluator/members.ts";
import type { InterfaceRole } from "../evaluator/route.ts";
import { type Diagram, Diagrams, isLeaf, outcomesOf, type Value } from "./diagram.ts";
import type { InterfaceAt } from "./hooks.ts";
import { addressRange, before, joined, type Range, rangeOf } from "./ranges.ts";

/** Which header a condition is asked about, where the destination changes on the way. */
export interface View {
  /** Ask for the destination (and its port) as it was before it was translated, where that is another one. */
  readonly isBefore: boolean;
  /** The destination address, where the route fixes it. */
  readonly destination: Ip | undefined;
}

/**
 * Interfaces by which packets come and header fields come first, then addresses, then whatever conditions and parts
 * turn up, in that order. The interface by which packets leave stands between the parts that are asked before it is
 * known and those that are asked after: else there would be a diagram for each pair of interfaces.
 */
export const LEVELS = {
  arrivesBy: 0,
  firstLeavesBy: 1,
  protocol: 2,
  "icmp-type": 3,
  "icmp-code": 4,
  "destination-port": 5,
  "destination-port before": 6,
  "source-port": 7,
  source: 8,
  destination: 9,
  "destination before": 10,
  leavesBy: 2 ** 29,
} as const;
const FIRST_FREE_LEVEL = 11;
const INTERFACE_ROLES: readonly InterfaceRole[] = ["arrivesBy", "firstLeavesBy", "leavesBy"];

const ICMP_PROTOCOLS: readonly number[] = [ICMP, ICMPV6];

const MAX: Readonly<Record<Field, number>> = {
  protocol: 255,
  "icmp-type": 255,
  "icmp-code": 255,
  "destination-port": 65_535,
  "source-port": 65_535,
};

/**
 * All packets of one IP version, as variables of diagrams: each header field, each address, and for each set whether
 * an address is in it. Sets are free variables: what is proven then holds for whatever they may contain. With
 * `contentsOf` they are what they hold today instead.
 */
export class Space {
  readonly diagrams = new Diagrams();
  readonly version: IpVersion;
  /** All that need to be told apart, the loopback among them. */
  readonly interfaces: readonly string[];
  readonly #contentsOf: ((set: SetDefinition) => Contents) | undefined;
  readonly #levels = new Map<string, number>();
  readonly #sealed = new Map<Diagram<number>, number>();
  readonly #protocolSets = new Map<readonly number[], Diagram<boolean>>();
  readonly #shapes = new Map<Diagram<never>, Shape>();

  constructor(
    version: IpVersion,
    interfaces: readonly string[],
    contentsOf?: (set: SetDefinition) => Contents,
  ) {
    this.version = version;
    this.interfaces = interfaces;
    this.#contentsOf = contentsOf;
  }

  /** When the condition holds. */
  condition(condition: Condition, view: View): Diagram<boolean> {
    const { diagrams } = this;
    switch (condition.kind) {
      case "constant":
        return condition.value ? diagrams.yes : diagrams.no;
      case "not":
        return diagrams.not(this.condition(condition.of, view));
      case "all":
        return diagrams.all(condition.of.map((part) => this.condition(part, view)));
      case "any":
        return condition.of.reduceRight<Diagram<boolean>>(
          (rest, part) => diagrams.or(this.condition(part, view), rest),
          diagrams.no,
        );
      case "field":
        return this.#field(condition.field, condition.first, condition.last, view);
      case "net":
        return this.#addresses(condition.side, [rangeOf(condition.cidr)], view);
      case "member":
        return this.#member(condition.set, condition.side, view);
    }
  }

  /** Whether the interface is one of the wanted; where there is none, its name is empty. */
  interfaceIs(at: InterfaceAt | undefined, isWanted: (name: string) => boolean): Diagram<boolean> {
    const { yes, no } = this.diagrams;
    if (at === undefined) return isWanted("") ? yes : no;
    if (at === "loopback") return isWanted(LOOPBACK) ? yes : no;
    return this.#choiceOf(
      at,
      this.interfaces.map((name) => (isWanted(name) ? yes : no)),
    );
  }

  /** Goes on in a way of its own for each interface. */
  byInterface<T>(role: InterfaceRole, of: (name: string) => Diagram<T>): Diagram<T> {
    const parts = this.interfaces.map(of);
    if (parts.every((part) => part.level > LEVELS[role])) return this.#choiceOf(role, parts);
    const byPart = Map.groupBy(this.interfaces, (_, i) => parts[i]!);
    return [...byPart].reduce<Diagram<T>>((rest, [part, names]) => {
      const isOne = this.interfaceIs(role, (name) => names.includes(name));
      return this.diagrams.ite(isOne, part, rest);
    }, parts[0]!);
  }

  /** Another diagram in place of each part, if the diagram first asks for an interface; else `undefined`. */
  partsByInterface<T, U>(diagram: Diagram<T>, of: (part: Diagram<T>) => Diagram<U>): Diagram<U> | undefined {
    const role = INTERFACE_ROLES.find((each) => LEVELS[each] === diagram.level);
    if (role === undefined || isLeaf(diagram)) return undefined;
    const { bounds, parts } = diagram;
    const made = new Map(parts.map((part) => [part, of(part)]));
    const indexOf = new Map(this.interfaces.map((name, i) => [name, i]));
    return this.byInterface(role, (name) => {
      const at = bounds.findIndex((bound) => indexOf.get(name)! <= bound);
      return made.get(at < 0 ? parts[parts.length - 1]! : parts[at]!)!;
    });
  }

  #choiceOf<T>(role: InterfaceRole, parts: readonly Diagram<T>[]): Diagram<T> {
    return this.diagrams.choice(
      LEVELS[role],
      parts.slice(1).map((_, i) => i),
      parts,
    );
  }

  /** A variable of our own that is true or false. */
  flag(name: string): Diagram<boolean> {
    return this.diagrams.within(this.#level(name), 1, 1, 0, 1);
  }

  /** Whether others had set that bit of the mark, from 0, before any of our rules. */
  bitOfMark(bit: number): Diagram<boolean> {
    return this.flag(`bit ${bit} of the mark at first`);
  }

  #field(field: Field, first: number, last: number, view: View): Diagram<boolean> {
    const { diagrams } = this;
    const level = LEVELS[field === "destination-port" && view.isBefore ? "destination-port before" : field];
    const inRange = diagrams.within(level, first, last, 0, MAX[field]);
    if (field === "protocol") return inRange;
    return diagrams.and(this.#protocols(field.startsWith("icmp") ? ICMP_PROTOCOLS : PORT_PROTOCOLS), inRange);
  }

  #protocols(protocols: readonly number[]): Diagram<boolean> {
    const known = this.#protocolSets.get(protocols);
    if (known !== undefined) return known;
    const made = this.#anyProtocol(protocols);
    this.#protocolSets.set(protocols, made);
    return made;
  }

  #anyProtocol(protocols: readonly number[]): Diagram<boolean> {
    const { diagrams } = this;
    const each = protocols.map((protocol) => diagrams.within(LEVELS.protocol, protocol, protocol, 0, 255));
    return each.reduce((a, b) => diagrams.or(a, b), diagrams.no);
  }

  /** `ranges` of addresses of this version; others are none. */
  #addresses(side: "source" | "destination", ranges: readonly Range[], view: View): Diagram<boolean> {
    const { diagrams } = this;
    const own = ranges.filter(({ version }) => version === this.version);
    const { destination } = view;
    if (side === "destination" && destination !== undefined)
      return own.some(({ first, last }) => first <= destination.value && destination.value <= last)
        ? diagrams.yes
        : diagrams.no;
    const level = side === "destination" && view.isBefore ? LEVELS["destination before"] : LEVELS[side];
    const max = this.version === 4 ? 0xffff_ffff : (1n << 128n) - 1n;
    const bounds: Value[] = [];
    const parts: Diagram<boolean>[] = [];
    for (const { first, last } of joined(own)) {
      if (first > 0) {
        bounds.push(before(first));
        parts.push(diagrams.no);
      }
      parts.push(diagrams.yes);
      if (last < max) bounds.push(last);
    }
    if (bounds.length === parts.length) parts.push(diagrams.no);
    return diagrams.choice(level, bounds, parts);
  }

  #member(set: SetDefinition, side: "source" | "destination", view: View): Diagram<boolean> {
    if (this.#contentsOf !== undefined) return this.#contents(this.#contentsOf(set), side, view);
    if (side === "source") return this.flag(`source in ${set.key}`);
    const { destination, isBefore } = view;
    const which = destination === undefined ? "" : `${destination.value} `;
    return this.flag(`destination ${which}${isBefore ? "before " : ""}in ${set.key}`);
  }

  #contents({ nets, triples }: Contents, side: "source" | "destination", view: View): Diagram<boolean> {
    const { diagrams } = this;
    let result = this.#addresses(side, nets.map(rangeOf), view);
    const byPort = Map.groupBy(triples, ({ protocol, port }) => (protocol << 16) | port);
    const field = side === "source" ? "source-port" : "destination-port";
    for (const [key, group] of byPort) {
      const port = key & 0xffff;
      const isProtocol = this.#anyProtocol([key >>> 16]);
      const at = this.#addresses(
        side,
        group.map(({ ip }) => addressRange(ip)),
        view,
      );
      const all = diagrams.and(isProtocol, diagrams.and(this.#field(field, port, port, view), at));
      result = diagrams.or(result, all);
    }
    return result;
  }

  /**
   * Makes the diagram a variable of its own with its outcomes as values, and remembers it: whatever has the same
   * shape, outcomes aside, will be that variable, too. `isLate`: it is asked after `leavesBy` is known.
   */
  seal<T>(diagram: Diagram<T>, isLate = false): Diagram<T> {
    if (isLeaf(diagram)) return diagram;
    const { shape, outcomes } = this.#shape(diagram);
    if (!this.#sealed.has(shape)) this.#sealed.set(shape, this.#level(`part ${shape.id}`, isLate));
    return this.#asVariable(this.#sealed.get(shape)!, outcomes);
  }

  /** The diagram as a variable, if one of its shape was sealed. */
  recognise<T>(diagram: Diagram<T>): Diagram<T> | undefined {
    if (isLeaf(diagram)) return undefined;
    const { shape, outcomes } = this.#shape(diagram);
    const level = this.#sealed.get(shape);
    return level === undefined ? undefined : this.#asVariable(level, outcomes);
  }

  #shape<T>(diagram: Diagram<T>): Shape<T> {
    const known = this.#shapes.get(diagram as Diagram<never>);
    if (known !== undefined) return known as Shape<T>;
    const outcomes = outcomesOf(diagram);
    const index = new Map(outcomes.map((outcome, i) => [outcome, i]));
    const made = { shape: this.diagrams.relabel(diagram, (outcome) => index.get(outcome)!), outcomes };
    this.#shapes.set(diagram as Diagram<never>, made);
    return made;
  }

  #asVariable<T>(level: number, outcomes: readonly T[]): Diagram<T> {
    return this.diagrams.choice(
      level,
      outcomes.slice(1).map((_, i) => i),
      outcomes.map((outcome) => this.diagrams.leaf(outcome)),
    );
  }

  #level(name: string, isLate = false): number {
    const known = this.#levels.get(name);
    if (known !== undefined) return known;
    const level = (isLate ? LEVELS.leavesBy + 1 : FIRST_FREE_LEVEL) + this.#levels.size;
    this.#levels.set(name, level);
    return level;
  }
}

/** A diagram with its outcomes numbered in the order of `outcomesOf`. */
interface Shape<T = unknown> {
  readonly shape: Diagram<number>;
  readonly outcomes: readonly T[];
}
