import { any, type Condition, inNet, not } from "../condition.ts";
import { type Host, LOOPBACK, ownAddresses, routedTo, servedWorkloads } from "../evaluator/host.ts";
import type { Route } from "../evaluator/route.ts";

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
