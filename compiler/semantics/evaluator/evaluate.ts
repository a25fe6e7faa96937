import type { ClusterModel } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { Ip } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import { type Header, holds, type Membership } from "../holds.ts";
import type { Packet } from "../packet.ts";
import { Host, isOwnAddress, LOOPBACK, withoutFloatingIp, workloadAt } from "./host.ts";
import { membership } from "./members.ts";
import { judge } from "./program.ts";
import type { InterfaceRole, Route, Translation } from "./route.ts";
import type { Decision, Verdict } from "./verdict.ts";
import { pathOf } from "./walk.ts";

/**
 * The reference meaning of the resources: what the node does with a packet, from where it comes in to where it
 * leaves (dataplane §1.9). `settings` are those in force on the node.
 *
 * Taken as given: routes lead where the packet says, rules of others let everything through, and rate and
 * connection limits are not reached.
 */
export function evaluate(
  model: ClusterModel,
  settings: FelixSettings,
  node: string,
  packet: Packet,
): Verdict {
  return new Evaluator(new Host(model, settings, node)).evaluate(packet);
}

/** The evaluator of one host, for many packets; the model must not change meanwhile. */
export class Evaluator {
  readonly host: Host;
  readonly isMember: Membership;

  constructor(host: Host) {
    this.host = host;
    this.isMember = membership(host.sets);
  }

  evaluate(packet: Packet): Verdict {
    if (packet.source.version === 6 && !this.host.settings.ipv6Support)
      return { allowed: true, decisions: [] };
    // What is taken out of connection tracking is not translated: then the untranslated way is the right one.
    return this.#follow(packet, true) ?? this.#follow(packet, false) ?? unreachable(packet);
  }

  /** `undefined` if the packet does not take the way that it takes with, or without, its destination translated. */
  #follow(packet: Packet, isTranslated: boolean): Verdict | undefined {
    const { route, translated, interfaces } = routeOf(this.host, packet, isTranslated);
    const decisions: Decision[] = [];
    let at = pathOf(this.host, route);
    for (;;) {
      if (at.kind === "end") return { allowed: true, decisions };
      if (at.kind === "elsewhere") return undefined;
      if (at.kind === "by-interface") {
        at = at.of(interfaces[at.role] ?? "");
        continue;
      }
      const header = at.sees === "original" ? packet : translated;
      if (at.kind === "fork") {
        at = holds(at.when, header, this.isMember) ? at.yes : at.no;
        continue;
      }
      const { point, endpoint, program } = at;
      const ruled = judge(program, header, this.isMember);
      if (ruled.action !== "continue" || ruled.reason.kind !== "no-rule-matched" || endpoint !== undefined)
        decisions.push({ point, endpoint, ...ruled });
      if (ruled.action === "deny") return { allowed: false, decisions };
      at = ruled.action === "allow" ? at.allowed : at.continued;
    }
  }
}

/** The way that one packet takes. */
export interface Journey {
  readonly route: Route;
  /** Its header after the translation of its destination. */
  readonly translated: Header;
  readonly interfaces: Readonly<Partial<Record<InterfaceRole, string>>>;
}

/** The way that the packet takes with, or without, its destination translated. */
export function routeOf(host: Host, packet: Packet, isTranslated: boolean): Journey {
  const translation = isTranslated ? translationOf(host, packet) : ({ kind: "none" } as const);
  const translated: Header =
    translation.kind === "floating"
      ? { ...packet, destination: translation.internal }
      : translation.kind === "others"
        ? { ...packet, ...packet.redirected }
        : packet;
  const { arrivesBy, source, connection = "new" } = packet;
  const leadsBy = (destination: Ip, otherwise: string) =>
    isOwnAddress(host, destination) ? LOOPBACK : (workloadAt(host, destination)?.interfaceName ?? otherwise);
  const isRedirected = translation.kind === "others";
  const leavesBy = leadsBy(
    translated.destination,
    (isRedirected ? packet.redirected?.leavesBy : undefined) ?? packet.leavesBy,
  );
  const isToHost = leavesBy === LOOPBACK;
  const route = { version: source.version, connection, translation };
  if (arrivesBy !== undefined) {
    const kind = isToHost ? "to-host" : "forwarded";
    return { route: { ...route, kind }, translated, interfaces: { arrivesBy, leavesBy } };
  }
  const firstLeavesBy = leadsBy(packet.destination, packet.leavesBy);
  const kind = isToHost ? "sent-to-itself" : "sent";
  return { route: { ...route, kind }, translated, interfaces: { leavesBy, firstLeavesBy } };
}

function translationOf(host: Host, packet: Packet): Translation {
  // Nobody translates what belongs to no connection.
  if (packet.connection === "invalid") return { kind: "none" };
  const internal = withoutFloatingIp(host, packet.destination);
  if (compareIp(internal, packet.destination) !== 0)
    return { kind: "floating", external: packet.destination, internal };
  return packet.redirected === undefined ? { kind: "none" } : { kind: "others" };
}

function unreachable(packet: Packet): never {
  throw new Error(`no route for a packet that arrives by ${packet.arrivesBy ?? "a process of the host"}`);
}
