import type { Ip } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import { type Header, holds, type Membership } from "../holds.ts";
import type { CtState, Dataplane, Match, Rule, Table, TableName } from "./program.ts";
import { passesReversePath } from "./routing.ts";

/** What the text does not tell of the host. */
export interface Host {
  isLocalAddress(ip: Ip): boolean;
  readonly isMember: Membership;
}

/** A packet on its way, as the tables see it and change it. */
export interface Flow {
  header: Header;
  mark: number;
  /** What connection tracking says of it, before and after it had a look. */
  state: Exclude<CtState, "SNAT" | "DNAT">;
  isTracked: boolean;
  /** Its connection's destination has been translated. */
  isTranslated: boolean;
  in: string | undefined;
  out: string | undefined;
}

export type Hook = "PREROUTING" | "INPUT" | "FORWARD" | "OUTPUT" | "POSTROUTING";
export type Outcome = "accept" | "drop" | "reject";

/** A rule that matched the packet. */
export interface Step {
  readonly chain: string;
  readonly rule: Rule;
  /** The packet's mark after it. */
  readonly mark: number;
}

/** One table's part of one hook. */
export interface Visit {
  readonly hook: Hook;
  readonly table: TableName;
  readonly in: string | undefined;
  readonly out: string | undefined;
  readonly steps: readonly Step[];
  readonly outcome: Outcome;
}

/** Takes the packet through the table's chain of the hook; without a verdict there, the kernel accepts it. */
export function visit(dataplane: Dataplane, host: Host, table: TableName, hook: Hook, flow: Flow): Visit {
  const walk = new Walk(dataplane, host, dataplane.tables[table], flow);
  const outcome = walk.chain(hook) ?? "accept";
  return { hook, table, in: flow.in, out: flow.out, steps: walk.steps, outcome };
}

class Walk {
  readonly steps: Step[] = [];
  readonly #dataplane: Dataplane;
  readonly #host: Host;
  readonly #table: Table;
  readonly #flow: Flow;

  constructor(dataplane: Dataplane, host: Host, table: Table, flow: Flow) {
    this.#dataplane = dataplane;
    this.#host = host;
    this.#table = table;
    this.#flow = flow;
  }

  /** `undefined`: back to where the chain was jumped to from. */
  chain(name: string): Outcome | undefined {
    const flow = this.#flow;
    for (const rule of this.#table.get(name)!) {
      if (!rule.matches.every((match) => this.#matches(match))) continue;
      const { target } = rule;
      if (target.kind === "mark") flow.mark = ((flow.mark & ~target.mask) ^ target.value) >>> 0;
      this.steps.push({ chain: name, rule, mark: flow.mark });
      switch (target.kind) {
        case "accept":
        case "drop":
        case "reject":
          return target.kind;
        case "return":
          return undefined;
        case "jump": {
          const outcome = this.chain(target.chain);
          if (outcome !== undefined) return outcome;
          break;
        }
        case "goto":
          // Its end is the end of this chain, too.
          return this.chain(target.chain);
        case "notrack":
          if (!flow.isTracked) flow.state = "UNTRACKED";
          break;
        case "dnat":
          flow.isTranslated = compareIp(target.to, flow.header.destination) !== 0;
          flow.header = { ...flow.header, destination: target.to };
          return "accept";
        case "source-nat":
          return "accept";
        case "mark":
        case "none":
          break;
        default:
          return target satisfies never;
      }
    }
    return undefined;
  }

  #matches(match: Match): boolean {
    const { header, mark, in: arrivesBy, out, state, isTranslated } = this.#flow;
    const host = this.#host;
    switch (match.kind) {
      case "header":
        return holds(match.condition, header, host.isMember);
      case "interface":
        return isNamed(match.direction === "in" ? arrivesBy : out, match.name) !== match.negated;
      case "mark":
        return ((mark & match.mask) >>> 0 === match.value) !== match.negated;
      case "conntrack":
        return (
          match.states.some((asked) => asked === state || (asked === "DNAT" && isTranslated)) !==
          match.negated
        );
      case "reverse-path-failed": {
        const isLocal = (ip: Ip) => host.isLocalAddress(ip);
        // Where packets have not come in by an interface, there is no path to ask for.
        if (arrivesBy === undefined) return false;
        return !passesReversePath(this.#dataplane, isLocal, arrivesBy, header);
      }
      case "local-address":
        return host.isLocalAddress(header[match.side]) !== match.negated;
      case "limit":
        return match.passes;
      default:
        return match satisfies never;
    }
  }
}

/** Where there is no interface, the kernel takes its name for empty. */
function isNamed(name = "", pattern: string): boolean {
  return pattern.endsWith("+") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
