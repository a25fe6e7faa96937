import type { HostEndpoint, Node } from "../ir/cluster-model.ts";
import type { FelixSettings } from "../ir/felix-config.ts";
import { cidrKey, hostCidr } from "../net/cidr.ts";
import { compareText } from "./order.ts";

export const ALL_INTERFACES = "*";

export interface ResolvedHost {
  readonly interfaceName: string;
  readonly endpoint: HostEndpoint;
}

export interface ResolvedHosts {
  /** Sorted by interface name, each name once; one endpoint may be on several interfaces. */
  readonly resolved: readonly ResolvedHost[];
  /** Each interface that would be theirs belongs to another endpoint. */
  readonly shadowed: readonly { readonly endpoint: HostEndpoint; readonly by: ResolvedHost }[];
  /** No interface of the node is known to have one of their addresses, or theirs is a workload's. */
  readonly unresolved: readonly HostEndpoint[];
}

/**
 * Which interface each host endpoint is on (dataplane §3.7). A named interface is taken at its word; `expectedIPs`
 * are looked up among the interfaces that the node's resource lists. Of several candidates the lowest name wins.
 */
export function resolveHosts(
  endpoints: Iterable<HostEndpoint>,
  interfaces: Node["interfaces"],
  { interfacePrefixes }: Pick<FelixSettings, "interfacePrefixes">,
): ResolvedHosts {
  const isHostInterface = (name: string): boolean =>
    !interfacePrefixes.some((prefix) => name.startsWith(prefix));
  const owners = new Map<string, ResolvedHost>();
  const shadowed: { readonly endpoint: HostEndpoint; readonly by: ResolvedHost }[] = [];
  const unresolved: HostEndpoint[] = [];
  for (const endpoint of [...endpoints].sort((a, b) => compareText(a.name, b.name))) {
    const candidates = interfacesOf(endpoint, interfaces).filter(isHostInterface);
    const free = candidates.filter((name) => !owners.has(name));
    for (const interfaceName of free) owners.set(interfaceName, { interfaceName, endpoint });
    const by = candidates.map((name) => owners.get(name)).find((owner) => owner !== undefined);
    if (by === undefined) unresolved.push(endpoint);
    else if (free.length === 0) shadowed.push({ endpoint, by });
  }
  const resolved = [...owners.values()].sort((a, b) => compareText(a.interfaceName, b.interfaceName));
  return { resolved, shadowed, unresolved };
}

/** An endpoint with an interface name is never found by its addresses. */
function interfacesOf(endpoint: HostEndpoint, interfaces: Node["interfaces"]): readonly string[] {
  if (endpoint.interfaceName !== "") return [endpoint.interfaceName];
  const expected = new Set<number | bigint>(endpoint.expectedIps.map((ip) => cidrKey(hostCidr(ip))));
  return interfaces
    .filter(({ addresses }) => addresses.some(({ ip }) => expected.has(cidrKey(hostCidr(ip)))))
    .map(({ name }) => name)
    .filter((name, i, names) => names.indexOf(name) === i);
}
