import { any, type Condition, inNet, not } from "../condition.ts";
import { type Host, LOOPBACK, ownAddresses, routedTo, servedWorkloads } from "../evaluator/host.ts";
import type { InterfaceRole, Route } from "../evaluator/route.ts";
import type { Diagram } from "../symbolic/diagram.ts";
import { viewsOf } from "../symbolic/reading.ts";
import type { Space, View } from "../symbolic/space.ts";

/** For which headers the host's routes lead to which interface, of those that it has: by default all of the space. */
export function feasible(
  space: Space,
  host: Host,
  route: Route,
  isThere: (interfaceName: string) => boolean = () => true,
): Diagram<boolean> {
  const { kind, translation } = route;
  const { original, translated } = viewsOf(route);
  const { yes, no } = space.diagrams;
  const isSent = kind === "sent" || kind === "sent-to-itself";
  const isForHost = kind === "to-host" || kind === "sent-to-itself";
  const leads = (name: string, view: View) => space.condition(leadsBy(host, route, name), view);
  const byInterface = (role: InterfaceRole, of: (name: string) => Diagram<boolean>) =>
    space.byInterface(role, (name) => (isThere(name) ? of(name) : no));
  const comes = isSent ? yes : space.interfaceIs("arrivesBy", isThere);
  // What is for the host itself leaves by nothing.
  const leaves = isForHost
    ? leads(LOOPBACK, translated)
    : byInterface("leavesBy", (name) => (name === LOOPBACK ? no : leads(name, translated)));
  const possible = space.diagrams.and(comes, leaves);
  if (translation.kind === "none" || !isSent) return possible;
  const atFirst = byInterface("firstLeavesBy", (name) => leads(name, original));
  return space.diagrams.and(possible, atFirst);
}

/**
 * Whether the host's routes lead a packet that way: an address of the host to the host, a workload's address to its
 * interface, any other out of some other interface.
 */
export function leadsBy(host: Host, { version }: Route, leavesBy: string): Condition {
  const isOwn = any(
    ...ownAddresses(host)
      .filter((cidr) => cidr.version === version)
      .map((cidr) => inNet("destination", cidr)),
  );
  if (leavesBy === LOOPBACK) return isOwn;
  const workloads = servedWorkloads(host);
  const addresses = (isWanted: (name: string) => boolean) =>
    any(
      ...workloads
        .filter(({ interfaceName }) => isWanted(interfaceName))
        .flatMap((workload) => routedTo(host, workload))
        .filter((cidr) => cidr.version === version)
        .map((cidr) => inNet("destination", cidr)),
    );
  const isServed = workloads.some(({ interfaceName }) => interfaceName === leavesBy);
  const here = isServed ? addresses((name) => name === leavesBy) : not(addresses(() => true));
  return { kind: "all", of: [not(isOwn), here] };
}

/**
 * Whether the source is one that such packets usually have: an address of the host in what it sends, and in nothing
 * that comes in. Not all of the host's addresses need be known.
 */
export function hasUsualSource(host: Host, { version, kind }: Route): Condition {
  const isOwn = any(
    ...ownAddresses(host)
      .filter((cidr) => cidr.version === version)
      .map((cidr) => inNet("source", cidr)),
  );
  return kind.startsWith("sent") ? isOwn : not(isOwn);
}
