import { hostCidr } from "../../net/cidr.ts";
import { any, inNet } from "../condition.ts";
import type { ConnectionState } from "../packet.ts";
import { floatingIps, type Host, isWorkloadInterface, LOOPBACK } from "./host.ts";
import { failsafe, hostPoint } from "./host-policy.ts";
import { usesVxlan } from "./members.ts";
import { NO_OPINION, type Program, rule } from "./program.ts";
import {
  ESTABLISHED_SKIPS_SERVICE_LOOP,
  HOST_TO_WORKLOAD_IS_POLICED,
  WORKLOAD_TO_HOST_MEETS_HOST_ENDPOINTS,
} from "./quirks.ts";
import type { InterfaceRole, Path, Route, Sees } from "./route.ts";
import { serviceLoop } from "./service-loop.ts";
import { isVxlan, tunnelEgress, tunnelIngress } from "./tunnel.ts";
import type { EnforcementPoint, HostPolicy } from "./verdict.ts";
import { isNeighbourMessage, sourcePoint, toHostProgram, workloadPoint } from "./workload-policy.ts";

const END: Path = { kind: "end" };
const ELSEWHERE: Path = { kind: "elsewhere" };

/** `untracked`: taken out of connection tracking, hence never translated either. */
type Tracking = Exclude<ConnectionState, "related"> | "untracked";

/** The way of a route through the host (dataplane §1.9). */
export function pathOf(host: Host, route: Route): Path {
  const walk = new Walk(host, route);
  switch (route.kind) {
    case "to-host":
    case "forwarded":
      return byInterface("arrivesBy", (name) => walk.received(name, "original"));
    case "sent":
    case "sent-to-itself":
      return walk.sent();
  }
}

/** The same path for the same interface. */
function byInterface(role: InterfaceRole, of: (interfaceName: string) => Path): Path {
  const known = new Map<string, Path>();
  return {
    kind: "by-interface",
    role,
    of: (name) => {
      const path = known.get(name) ?? of(name);
      known.set(name, path);
      return path;
    },
  };
}

/** What becomes of the packet once a point has not denied it. */
interface Next {
  readonly allowed: Path;
  readonly continued: Path;
}

class Walk {
  readonly #host: Host;
  readonly #route: Route;
  readonly #onwards = new Map<Tracking, Path>();

  constructor(host: Host, route: Route) {
    this.#host = host;
    this.#route = route;
  }

  /** A packet that comes in by an interface. `sees`: what stands in the header when it does. */
  received(arrivesBy: string, sees: Sees): Path {
    const early = this.#forkTracking(sees, (tracking) => this.#early(arrivesBy, sees, tracking));
    if (!isWorkloadInterface(this.#host, arrivesBy)) return early;
    const source = sourcePoint(this.#host, arrivesBy, this.#route.version);
    return this.#point("source-address", source, sees, both(early));
  }

  /** Untracked and pre-DNAT policy, then routing. */
  #early(arrivesBy: string, sees: Sees, tracking: Tracking): Path {
    const untracked: Next = {
      allowed: this.#routed(arrivesBy, sees, "untracked", true),
      continued: this.#hostPoint("pre-dnat", "ingress", arrivesBy, sees, tracking, {
        allowed: this.#routed(arrivesBy, sees, tracking, true),
        continued: this.#routed(arrivesBy, sees, tracking, false),
      }),
    };
    return this.#hostPoint("untracked", "ingress", arrivesBy, sees, "untracked", untracked);
  }

  /** `accepted`: untracked or pre-DNAT policy allowed the packet. */
  #routed(arrivesBy: string, sees: Sees, tracking: Tracking, accepted: boolean): Path {
    const { kind } = this.#route;
    const onward =
      kind === "forwarded"
        ? this.#forwarded(arrivesBy, tracking, accepted)
        : this.#toHost(arrivesBy, tracking, accepted);
    // What the host sends to itself was translated when it was sent.
    return kind === "sent-to-itself" ? onward : this.#translated(sees, tracking, onward);
  }

  /** Nobody's policy comes before the tunnels between hosts, not even that of a workload. */
  #toHost(arrivesBy: string, tracking: Tracking, accepted: boolean): Path {
    const tunnel = { endpoint: undefined, program: tunnelIngress(this.#host, this.#route.version) };
    return this.#point("tunnel", tunnel, "translated", {
      allowed: END,
      continued: this.#toProcess(arrivesBy, tracking, accepted),
    });
  }

  #toProcess(arrivesBy: string, tracking: Tracking, accepted: boolean): Path {
    if (isWorkloadInterface(this.#host, arrivesBy)) return this.#workloadToHost(arrivesBy, tracking);
    if (accepted) return END;
    return this.#hostPoint("host", "ingress", arrivesBy, "translated", tracking, both(END));
  }

  #workloadToHost(arrivesBy: string, tracking: Tracking): Path {
    const host = this.#host;
    const { version } = this.#route;
    const action = { endpoint: undefined, program: toHostProgram(host) };
    const meetsHostPolicy = WORKLOAD_TO_HOST_MEETS_HOST_ENDPOINTS
      ? this.#hostPoint("host", "ingress", arrivesBy, "translated", tracking, both(END))
      : END;
    const afterPolicy = this.#point("workload-to-host", action, "translated", both(meetsHostPolicy));
    const policed = this.#workloadPoint("egress", arrivesBy, tracking, {
      allowed: afterPolicy,
      continued: afterPolicy,
      established: host.settings.filterAllowAction === "ACCEPT" ? END : afterPolicy,
    });
    const neighbour = { endpoint: undefined, program: rule("allow", { kind: "neighbour-discovery" }) };
    return {
      kind: "fork",
      when: isNeighbourMessage(version),
      sees: "translated",
      yes: this.#point("workload-to-host", neighbour, "translated", both(END)),
      no: policed,
    };
  }

  #forwarded(arrivesBy: string, tracking: Tracking, accepted: boolean): Path {
    const onward = this.#onward(tracking);
    const from = isWorkloadInterface(this.#host, arrivesBy)
      ? this.#workloadPoint("egress", arrivesBy, tracking, this.#unlessKnown(onward))
      : onward;
    // Accepted before routing, a packet needs no forward policy where it came in; where it leaves it still does.
    if (accepted) return from;
    const next = this.#unlessKnown(from);
    return this.#hostPoint("forward", "ingress", arrivesBy, "translated", tracking, next);
  }

  /** What a forwarded packet meets where it leaves, wherever it came from. */
  #onward(tracking: Tracking): Path {
    const known = this.#onwards.get(tracking);
    if (known !== undefined) return known;
    const loop = { endpoint: undefined, program: serviceLoop(this.#host, this.#route.version) };
    const last = this.#unlessKnown(this.#point("service-loop", loop, "translated", both(END)));
    const made = byInterface("leavesBy", (leavesBy) => {
      const out = this.#hostPoint("forward", "egress", leavesBy, "translated", tracking, last);
      return isWorkloadInterface(this.#host, leavesBy)
        ? this.#workloadPoint("ingress", leavesBy, tracking, this.#unlessKnown(out))
        : out;
    });
    this.#onwards.set(tracking, made);
    return made;
  }

  /** The first endpoint that a packet of a known connection meets lets it go, past all that follows. */
  #unlessKnown(next: Path): Next & { readonly established: Path } {
    const ends = ESTABLISHED_SKIPS_SERVICE_LOOP && this.#host.settings.filterAllowAction === "ACCEPT";
    return { ...both(next), established: ends ? END : next };
  }

  /** A packet that a process of the host sends. */
  sent(): Path {
    const { kind, translation } = this.#route;
    const leaving = (firstLeavesBy: string, leavesBy: string) => this.#sentBy(firstLeavesBy, leavesBy);
    if (translation.kind === "none")
      return kind === "sent-to-itself"
        ? leaving(LOOPBACK, LOOPBACK)
        : byInterface("leavesBy", (name) => leaving(name, name));
    if (kind === "sent-to-itself") return byInterface("firstLeavesBy", (first) => leaving(first, LOOPBACK));
    return byInterface("firstLeavesBy", (first) => byInterface("leavesBy", (name) => leaving(first, name)));
  }

  /**
   * Untracked policy comes before the translation, hence it sees the first interface; and before VXLAN is taken out of
   * tracking, to which its failsafe ports do not come (dataplane §1.3).
   */
  #sentBy(firstLeavesBy: string, leavesBy: string): Path {
    const onward = (tracking: Tracking) =>
      this.#translated("original", tracking, this.#leaving(leavesBy, tracking, false));
    const { version } = this.#route;
    const tracked = this.#forkTracking("original", onward);
    const isPoliced = hostPoint(this.#host, "untracked", "egress", firstLeavesBy, version) !== undefined;
    if (!isPoliced) return tracked;
    const when = failsafe(this.#host, "untracked", "egress", version);
    const yes = onward(trackedAs(this.#route));
    return this.#hostPoint("untracked", "egress", firstLeavesBy, "original", "untracked", {
      allowed: this.#translated("original", "untracked", this.#leaving(leavesBy, "untracked", true)),
      continued: { kind: "fork", when, sees: "original", yes, no: tracked },
    });
  }

  #leaving(leavesBy: string, tracking: Tracking, accepted: boolean): Path {
    const host = this.#host;
    const { kind, version, translation } = this.#route;
    if (isWorkloadInterface(host, leavesBy))
      return HOST_TO_WORKLOAD_IS_POLICED
        ? this.#workloadPoint("ingress", leavesBy, tracking, { ...both(END), established: END })
        : END;
    const arrived = kind === "sent-to-itself" ? this.received(LOOPBACK, "translated") : END;
    if (accepted) return arrived;
    const policed = this.#hostPoint("host", "egress", leavesBy, "translated", tracking, both(arrived));
    // Policy for redirected packets comes later, when it no longer matters that a tunnel's were admitted.
    if (translation.kind !== "none") return policed;
    const tunnel = { endpoint: undefined, program: tunnelEgress(host, version) };
    return this.#point("tunnel", tunnel, "translated", { allowed: arrived, continued: policed });
  }

  /** The outer packets of VXLAN are never tracked. */
  #forkTracking(sees: Sees, then: (tracking: Tracking) => Path): Path {
    const { model, settings } = this.#host;
    const { version } = this.#route;
    const tracked = then(trackedAs(this.#route));
    if (!usesVxlan(model, settings, version)) return tracked;
    return { kind: "fork", when: isVxlan(settings), sees, yes: then("untracked"), no: tracked };
  }

  /** Only packets whose destination is translated as the route says go on along it. */
  #translated(sees: Sees, tracking: Tracking, onward: Path): Path {
    const { translation, version } = this.#route;
    if (tracking === "untracked") return translation.kind === "none" ? onward : ELSEWHERE;
    if (tracking !== "new") return onward;
    const floating = floatingIps(this.#host).filter(({ external }) => external.version === version);
    const isFloating = any(...floating.map(({ external }) => inNet("destination", hostCidr(external))));
    if (translation.kind === "floating") {
      const when = inNet("destination", hostCidr(translation.external));
      return { kind: "fork", when, sees, yes: onward, no: ELSEWHERE };
    }
    return floating.length === 0
      ? onward
      : { kind: "fork", when: isFloating, sees, yes: ELSEWHERE, no: onward };
  }

  #point(
    point: EnforcementPoint,
    { endpoint, program }: { readonly endpoint: string | undefined; readonly program: Program },
    sees: Sees,
    { allowed, continued }: Next,
  ): Path {
    return program === NO_OPINION
      ? continued
      : { kind: "point", point, endpoint, program, sees, allowed, continued };
  }

  #hostPoint(
    policy: HostPolicy,
    direction: "ingress" | "egress",
    interfaceName: string,
    sees: Sees,
    tracking: Tracking,
    next: Next & { readonly established?: Path },
  ): Path {
    const found = hostPoint(this.#host, policy, direction, interfaceName, this.#route.version);
    if (found === undefined) return next.continued;
    const point = `${policy}-${direction}` as const;
    // Packets of known connections are let through before pre-DNAT policy, which does not accept them itself.
    if (policy === "pre-dnat" && tracking === "established") return next.continued;
    return this.#tracked(point, found, sees, tracking, { established: next.allowed, ...next });
  }

  #workloadPoint(
    direction: "ingress" | "egress",
    interfaceName: string,
    tracking: Tracking,
    next: Next & { readonly established: Path },
  ): Path {
    const found = workloadPoint(this.#host, direction, interfaceName, this.#route.version);
    const point = `workload-${direction}` as const;
    // Nobody looks at the connection where no workload is known.
    if (found.endpoint === undefined) return this.#point(point, found, "translated", next);
    return this.#tracked(point, found, "translated", tracking, next);
  }

  /** Policy is for packets that begin a connection, and for those that nobody tracks. */
  #tracked(
    point: EnforcementPoint,
    found: { readonly endpoint: string | undefined; readonly program: Program },
    sees: Sees,
    tracking: Tracking,
    next: Next & { readonly established: Path },
  ): Path {
    const { endpoint } = found;
    if (tracking === "established") {
      const program = rule("allow", { kind: "established" });
      return this.#point(point, { endpoint, program }, sees, both(next.established));
    }
    if (tracking === "invalid" && !this.#host.settings.disableConntrackInvalidCheck) {
      const program = rule("deny", { kind: "invalid-connection" });
      return this.#point(point, { endpoint, program }, sees, next);
    }
    return this.#point(point, found, sees, next);
  }
}

function trackedAs({ connection }: Route): Tracking {
  return connection === "related" ? "established" : connection;
}

function both(next: Path): Next {
  return { allowed: next, continued: next };
}
