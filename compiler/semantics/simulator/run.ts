import { compareIp } from "../../net/ip.ts";
import { holds } from "../holds.ts";
import type { ConnectionState, Packet } from "../packet.ts";
import { isNeverTracked } from "./never-tracked.ts";
import type { Dataplane, TableName } from "./program.ts";
import { LOOPBACK, routeTo } from "./routing.ts";
import { type Flow, type Hook, type Host, type Outcome, type Visit, visit } from "./walk.ts";

export interface Simulation {
  readonly allowed: boolean;
  readonly outcome: Outcome;
  /** In the packet's order, up to the one that ended its way. */
  readonly visits: readonly Visit[];
}

const STATES = {
  new: "NEW",
  established: "ESTABLISHED",
  related: "RELATED",
  invalid: "INVALID",
} as const satisfies Record<ConnectionState, Flow["state"]>;

/**
 * What the dataplane does with a packet, from where it comes in to where it leaves: the hooks of netfilter in their
 * order (`netfilter_ipv4.h`), each with its tables in theirs.
 */
export function simulate(dataplane: Dataplane, packet: Packet, host: Host): Simulation {
  const run = new Run(dataplane, packet, host);
  const outcome = packet.arrivesBy === undefined ? run.sent() : run.received(packet.arrivesBy);
  return { allowed: outcome === "accept", outcome, visits: run.visits };
}

class Run {
  readonly visits: Visit[] = [];
  readonly #dataplane: Dataplane;
  readonly #packet: Packet;
  readonly #host: Host;
  readonly #flow: Flow;

  constructor(dataplane: Dataplane, packet: Packet, host: Host) {
    this.#dataplane = dataplane;
    this.#packet = packet;
    this.#host = host;
    const { source, destination, protocol, sourcePort, destinationPort, icmp, mark = 0 } = packet;
    this.#flow = {
      header: { source, destination, protocol, sourcePort, destinationPort, icmp },
      mark,
      // What `ctstate` says in the table raw, which comes before connection tracking.
      state: "INVALID",
      isTracked: false,
      isTranslated: false,
      in: undefined,
      out: undefined,
    };
  }

  received(arrivesBy: string): Outcome {
    this.#flow.in = arrivesBy;
    this.#flow.out = undefined;
    return (
      this.#pass("PREROUTING", ["raw"]) ??
      this.#track() ??
      this.#pass("PREROUTING", ["mangle"]) ??
      this.#translate("PREROUTING") ??
      (this.#host.isLocalAddress(this.#flow.header.destination) ? this.#toHost() : this.#forwarded())
    );
  }

  #toHost(): Outcome {
    return this.#pass("INPUT", ["mangle", "filter"]) ?? this.#translateSource("INPUT") ?? "accept";
  }

  #forwarded(): Outcome {
    this.#flow.out = this.#outInterface();
    return (
      this.#pass("FORWARD", ["mangle", "filter"]) ??
      this.#pass("POSTROUTING", ["mangle"]) ??
      this.#translateSource("POSTROUTING") ??
      "accept"
    );
  }

  sent(): Outcome {
    const flow = this.#flow;
    flow.out = this.#outInterface();
    const ended =
      this.#pass("OUTPUT", ["raw"]) ??
      this.#track() ??
      this.#pass("OUTPUT", ["mangle"]) ??
      this.#translate("OUTPUT") ??
      // To the rules of this hook, the packet leaves by the same interface as before its translation.
      this.#pass("OUTPUT", ["filter"]);
    if (ended !== undefined) return ended;
    flow.out = this.#outInterface();
    const left = this.#pass("POSTROUTING", ["mangle"]) ?? this.#translateSource("POSTROUTING");
    if (left !== undefined) return left;
    // Loopback keeps the mark, and what connection tracking knows.
    return flow.out === LOOPBACK ? this.received(LOOPBACK) : "accept";
  }

  /** The first outcome that is not to accept. */
  #pass(hook: Hook, tables: readonly TableName[]): Outcome | undefined {
    for (const table of tables) {
      const made = visit(this.#dataplane, this.#host, table, hook, this.#flow);
      this.visits.push(made);
      if (made.outcome !== "accept") return made.outcome;
    }
    return undefined;
  }

  #track(): undefined {
    const flow = this.#flow;
    const { connection = "new" } = this.#packet;
    const isNever =
      connection === "new" &&
      holds(isNeverTracked(this.#dataplane.version), flow.header, this.#host.isMember);
    if (isNever) flow.state = "UNTRACKED";
    else if (flow.state !== "UNTRACKED") flow.state = STATES[connection];
    flow.isTracked = true;
  }

  /**
   * Destination NAT, once for a connection. Rules are for its first packet; what they did to that one, the kernel
   * does to those after it. Rules of others come behind ours, and act where ours did not.
   */
  #translate(hook: "PREROUTING" | "OUTPUT"): Outcome | undefined {
    const flow = this.#flow;
    const { redirected, arrivesBy } = this.#packet;
    const isBack = hook === "PREROUTING" && arrivesBy === undefined;
    if (isBack || flow.state === "UNTRACKED" || flow.state === "INVALID") return undefined;
    if (flow.state === "NEW") {
      const ended = this.#pass(hook, ["nat"]);
      if (ended !== undefined) return ended;
    } else {
      const first: Flow = { ...flow, state: "NEW" };
      visit(this.#dataplane, this.#host, "nat", hook, first);
      flow.header = first.header;
      flow.isTranslated = first.isTranslated;
    }
    if (!flow.isTranslated && redirected !== undefined) {
      const { destination, destinationPort } = redirected;
      flow.isTranslated =
        compareIp(destination, flow.header.destination) !== 0 ||
        destinationPort !== flow.header.destinationPort;
      flow.header = { ...flow.header, destination, destinationPort };
    }
    return undefined;
  }

  #translateSource(hook: "INPUT" | "POSTROUTING"): Outcome | undefined {
    return this.#flow.state === "NEW" ? this.#pass(hook, ["nat"]) : undefined;
  }

  #outInterface(): string {
    const { destination } = this.#flow.header;
    if (this.#host.isLocalAddress(destination)) return LOOPBACK;
    const { leavesBy, redirected } = this.#packet;
    const elsewhere = this.#flow.isTranslated ? redirected?.leavesBy : undefined;
    return routeTo(this.#dataplane, destination)?.device ?? elsewhere ?? leavesBy;
  }
}
