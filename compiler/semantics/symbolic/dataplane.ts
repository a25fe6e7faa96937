import type { Cidr, Ip } from "../../net/cidr.ts";
import type { Route } from "../evaluator/route.ts";
import { sourceNeedsNoRoute } from "../reverse-path.ts";
import { isNeverTracked } from "../simulator/never-tracked.ts";
import type { Dataplane, Match, Rule } from "../simulator/program.ts";
import { type Diagram, isLeaf, outcomesOf } from "./diagram.ts";
import { type Hook, hooksOf, isInState, matchesInterface, type Step } from "./hooks.ts";
import { Mentions } from "./mentions.ts";
import { type Outcome, proceed, type Sealing } from "./reading.ts";
import type { Space } from "./space.ts";

/** What a packet carries along besides its header. Equal states are one object. */
interface State {
  readonly key: string;
  /** Bits of the mark that our rules have set or cleared; the others are as they came. */
  readonly known: number;
  /** Of the known bits. */
  readonly mark: number;
  readonly isTracked: boolean;
  /** Where our own rules redirected the packet to. */
  readonly redirectedTo: Ip | undefined;
}

/** How a packet leaves a rule or a chain; `next`: on to the next rule. Equal exits are one object. */
interface Exit {
  readonly kind: "next" | "return" | "accept" | "drop";
  readonly state: State;
}

/** When a rule matches, what it does then, and which of its exits leads to the next rule. */
interface Meeting {
  readonly when: Diagram<boolean>;
  readonly exits: Diagram<Exit>;
  readonly goesOn: "next" | "return";
}

/** What becomes of all packets of any route, as the emitted text says. */
export class DataplaneReading {
  readonly #space: Space;
  readonly #dataplane: Dataplane;
  readonly #ownAddresses: readonly Cidr[];
  readonly #sealing: Sealing;
  readonly #states = new Map<string, State>();
  readonly #exits = new Map<string, Exit>();
  readonly #chains = new Map<string, Diagram<Exit>>();
  readonly #mentions: Mentions;

  /** `ownAddresses`: of the host itself. */
  constructor(space: Space, dataplane: Dataplane, ownAddresses: readonly Cidr[], sealing: Sealing) {
    this.#ownAddresses = ownAddresses;
    this.#space = space;
    this.#dataplane = dataplane;
    this.#sealing = sealing;
    this.#mentions = new Mentions(dataplane);
  }

  /** `hooks`: what packets of the route meet; other chains than the kernel's own for whoever mixes two dataplanes. */
  outcomes(route: Route, hooks: readonly Step[] = hooksOf(route)): Diagram<Outcome> {
    // For each step, what becomes of packets that come to it in a state.
    const known = hooks.map(() => new Map<State, Diagram<Outcome>>());
    const from = (index: number, state: State): Diagram<Outcome> => {
      const step = hooks[index];
      if (step === undefined) return this.#space.diagrams.leaf("allow");
      const found = known[index]!.get(state);
      if (found !== undefined) return found;
      const made = this.#step(step, state, route, (next) => from(index + 1, next));
      known[index]!.set(state, made);
      return made;
    };
    return from(0, this.#state(0, 0, true, undefined));
  }

  #step(
    step: Step,
    state: State,
    route: Route,
    onward: (state: State) => Diagram<Outcome>,
  ): Diagram<Outcome> {
    const { diagrams } = this.#space;
    if (step === "translate")
      return this.#isOnRoute(state, route) ? onward(state) : diagrams.leaf("elsewhere");
    // Only the first packet of a connection meets the nat table, and only if connections are tracked.
    if (step.table === "nat" && (!state.isTracked || route.connection !== "new")) return onward(state);
    return proceed(
      this.#space,
      this.#chain(step, step.chain, state),
      (exit) => (exit.kind === "drop" ? diagrams.leaf<Outcome>("deny") : onward(exit.state)),
      this.#sealing,
    );
  }

  /** Whether a packet in that state is translated, after the nat table, the way the route says. */
  #isOnRoute({ isTracked, redirectedTo }: State, { translation, connection }: Route): boolean {
    if (!isTracked) return translation.kind === "none";
    if (connection !== "new") return true;
    if (translation.kind === "floating") return redirectedTo?.value === translation.internal.value;
    return redirectedTo === undefined;
  }

  /**
   * What happens from the beginning of a chain to its end, or to a verdict. Bits of the mark that the chain does not
   * ask for are left out meanwhile, so that it is walked once for all of them.
   */
  #chain(hook: Hook, name: string, state: State): Diagram<Exit> {
    const asked = state.known & this.#mentions.markOf(hook.table, name);
    const start = this.#state(asked >>> 0, (state.mark & asked) >>> 0, state.isTracked, state.redirectedTo);
    const key = `${this.#mentions.keyOf(hook, name)} ${start.key}`;
    const walked =
      this.#chains.get(key) ?? this.#walk(hook, this.#dataplane.tables[hook.table].get(name) ?? [], start);
    this.#chains.set(key, walked);
    if (start === state) return walked;
    return this.#space.diagrams.relabel(walked, (exit) => this.#withBitsOf(exit, state));
  }

  /** The exit with the bits of the mark that nothing has changed since `before`. */
  #withBitsOf({ kind, state }: Exit, before: State): Exit {
    if (kind === "drop") return this.#exitOf(kind, state);
    const kept = before.known & ~state.known;
    const known = (before.known | state.known) >>> 0;
    const mark = (state.mark | (before.mark & kept)) >>> 0;
    return this.#exitOf(kind, this.#state(known, mark, state.isTracked, state.redirectedTo));
  }

  /** First forwards, for the states in which each rule can be met; then backwards, for what follows from there. */
  #walk(hook: Hook, rules: readonly Rule[], start: State): Diagram<Exit> {
    const { diagrams } = this.#space;
    const met: Map<State, Meeting>[] = [];
    let states: readonly State[] = [start];
    for (const rule of rules) {
      const meetings = new Map(states.map((state) => [state, this.#meet(hook, rule, state)]));
      met.push(meetings);
      states = [...new Set([...meetings].flatMap(([state, meeting]) => onwardStates(state, meeting)))];
    }
    let after = new Map(states.map((state) => [state, this.#exit("return", state)]));
    for (const meetings of met.toReversed()) {
      const next = after;
      after = new Map(
        [...meetings].map(([state, { when, exits, goesOn }]) => {
          const matched = proceed(
            this.#space,
            exits,
            (exit) => (exit.kind === goesOn ? next.get(exit.state)! : diagrams.leaf(exit)),
            this.#sealing,
          );
          const unmatched = when === diagrams.yes ? matched : next.get(state)!;
          return [state, diagrams.ite(when, matched, unmatched)];
        }),
      );
    }
    return after.get(start)!;
  }

  /** When the rule matches in that state, and what it does then; `return` = on to the next rule. */
  #meet(hook: Hook, rule: Rule, state: State): Meeting {
    const { diagrams } = this.#space;
    const when = this.#matches(hook, rule.matches, state);
    return {
      when,
      exits: when === diagrams.no ? this.#exit("next", state) : this.#target(hook, rule, state),
      goesOn: when !== diagrams.no && rule.target.kind === "jump" ? "return" : "next",
    };
  }

  #matches(hook: Hook, matches: readonly Match[], state: State): Diagram<boolean> {
    const parts: Diagram<boolean>[] = [];
    for (const match of matches) {
      const part = this.#match(hook, match, state);
      if (part === this.#space.diagrams.no) return part;
      parts.push(part);
    }
    return this.#space.diagrams.all(parts);
  }

  #target(hook: Hook, { target }: Rule, state: State): Diagram<Exit> {
    switch (target.kind) {
      case "accept":
      case "source-nat":
        return this.#exit("accept", state);
      case "drop":
      case "reject":
        return this.#exit("drop", this.#state(0, 0, true, undefined));
      case "return":
        return this.#exit("return", state);
      case "jump":
      case "goto":
        return this.#chain(hook, target.chain, state);
      case "mark": {
        const known = (state.known | target.mask) >>> 0;
        const mark = ((state.mark & ~target.mask) ^ target.value) >>> 0;
        return this.#exit("next", this.#state(known, mark, state.isTracked, state.redirectedTo));
      }
      case "notrack":
        return this.#exit("next", this.#state(state.known, state.mark, false, state.redirectedTo));
      case "dnat":
        return this.#exit("accept", this.#state(state.known, state.mark, state.isTracked, target.to));
      case "none":
        return this.#exit("next", state);
    }
  }

  #match(hook: Hook, match: Match, state: State): Diagram<boolean> {
    const { diagrams } = this.#space;
    const constant = (value: boolean) => (value ? diagrams.yes : diagrams.no);
    switch (match.kind) {
      case "header":
        return this.#space.condition(match.condition, hook.view);
      case "interface": {
        const holds = this.#space.interfaceIs(
          match.direction === "in" ? hook.arrivesBy : hook.leavesBy,
          (name) => matchesInterface(match.name, name),
        );
        return match.negated ? diagrams.not(holds) : holds;
      }
      case "mark": {
        const holds = this.#mark(match.value, match.mask, state);
        return match.negated ? diagrams.not(holds) : holds;
      }
      case "conntrack":
        return this.#inState(hook, match, state);
      case "reverse-path-failed":
        return diagrams.not(this.#hasRouteBack(hook));
      case "local-address": {
        const isLocal = match.side === "destination" ? hook.isForHost : hook.isFromHost;
        return constant(isLocal !== match.negated);
      }
      case "limit":
        return constant(match.passes);
    }
  }

  #inState(
    hook: Hook,
    { states, negated }: Extract<Match, { kind: "conntrack" }>,
    { isTracked }: State,
  ): Diagram<boolean> {
    const { diagrams, version } = this.#space;
    const holds = (tracked: boolean) =>
      states.some((each) => isInState(hook, tracked, each)) !== negated ? diagrams.yes : diagrams.no;
    // What is never tracked is like what begins a connection to policy, and like what nobody translates.
    const { connection, table, isTranslated, view } = hook;
    const mayBeNever =
      connection === "new" && !isTranslated && !view.isBefore && view.destination === undefined;
    if (!mayBeNever || table === "raw" || holds(isTracked) === holds(false)) return holds(isTracked);
    const isNever = this.#space.condition(isNeverTracked(version), view);
    return diagrams.ite(isNever, holds(false), holds(isTracked));
  }

  /** Bits that none of our rules has touched are free: others may have set them. */
  #mark(value: number, mask: number, state: State): Diagram<boolean> {
    const { diagrams } = this.#space;
    const known = state.known & mask;
    if ((state.mark & known) !== (value & known)) return diagrams.no;
    let result: Diagram<boolean> = diagrams.yes;
    for (let bit = 0; bit < 32; bit++) {
      const isAsked = ((mask & ~state.known) >>> bit) & 1;
      if (isAsked === 0) continue;
      const isSet = this.#space.bitOfMark(bit);
      result = diagrams.and(result, ((value >>> bit) & 1) === 1 ? isSet : diagrams.not(isSet));
    }
    return result;
  }

  /** Strict reverse path filtering: the longest route to the source leads out by the interface that it came in by. */
  #hasRouteBack({ arrivesBy, view }: Hook): Diagram<boolean> {
    const { diagrams, version } = this.#space;
    const isFrom = (cidr: Cidr) => this.#space.condition({ kind: "net", side: "source", cidr }, view);
    const routes = this.#dataplane.routes.toSorted((a, b) => a.cidr.length - b.cidr.length);
    const byRoute = routes.reduce<Diagram<boolean>>((shorter, { cidr, device }) => {
      const leadsBack = this.#space.interfaceIs(arrivesBy, (name) => name === device);
      return diagrams.ite(isFrom(cidr), leadsBack, shorter);
    }, diagrams.no);
    const isOwn = this.#ownAddresses
      .filter((cidr) => cidr.version === version)
      .reduce<Diagram<boolean>>((others, cidr) => diagrams.or(isFrom(cidr), others), diagrams.no);
    const needsNone = this.#space.condition(sourceNeedsNoRoute(version), view);
    return diagrams.or(needsNone, diagrams.and(diagrams.not(isOwn), byRoute));
  }

  #exit(kind: Exit["kind"], state: State): Diagram<Exit> {
    return this.#space.diagrams.leaf(this.#exitOf(kind, state));
  }

  #exitOf(kind: Exit["kind"], state: State): Exit {
    const key = `${kind} ${state.key}`;
    const exit = this.#exits.get(key) ?? { kind, state };
    this.#exits.set(key, exit);
    return exit;
  }

  #state(known: number, mark: number, isTracked: boolean, redirectedTo: Ip | undefined): State {
    const key = `${known} ${mark} ${isTracked} ${redirectedTo?.value ?? ""}`;
    const found = this.#states.get(key);
    if (found !== undefined) return found;
    const made: State = { key, known, mark, isTracked, redirectedTo };
    this.#states.set(key, made);
    return made;
  }
}

/** The states in which the next rule can be met. */
function onwardStates(state: State, { when, exits, goesOn }: Meeting): readonly State[] {
  const onward = outcomesOf(exits)
    .filter(({ kind }) => kind === goesOn)
    .map((exit) => exit.state);
  return isLeaf(when) && when.outcome ? onward : [state, ...onward];
}
