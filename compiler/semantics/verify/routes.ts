import type { IpVersion } from "../../net/cidr.ts";
import { floatingIps, type Host, interfacesOfHost, LOOPBACK, servedWorkloads } from "../evaluator/host.ts";
import type { Route, RouteKind, Translation } from "../evaluator/route.ts";
import type { ConnectionState } from "../packet.ts";
import type { Dataplane } from "../simulator/program.ts";

const KINDS: readonly RouteKind[] = ["to-host", "forwarded", "sent", "sent-to-itself"];
const CONNECTIONS: readonly ConnectionState[] = ["new", "established", "related", "invalid"];

/** Every route of the version through the host. */
export function routesOf(host: Host, version: IpVersion): readonly Route[] {
  const translations: readonly Translation[] = [
    { kind: "none" },
    { kind: "others" },
    ...floatingRoutes(host, version),
  ];
  return CONNECTIONS.flatMap((connection) =>
    KINDS.flatMap((kind) =>
      translations
        // Nobody translates what belongs to no connection; and floating addresses lead to workloads.
        .filter((translation) => translation.kind === "none" || connection !== "invalid")
        .filter((translation) => translation.kind !== "floating" || kind === "forwarded" || kind === "sent")
        .map((translation) => ({ version, kind, connection, translation })),
    ),
  );
}

function floatingRoutes(host: Host, version: IpVersion): readonly Translation[] {
  return floatingIps(host)
    .filter(({ external }) => external.version === version)
    .map((pair) => ({ kind: "floating", ...pair }) as const);
}

/** Every interface that either side names, and one of each kind that neither does. */
export function interfacesToTellApart(host: Host, { tables }: Dataplane): readonly string[] {
  const inText = Object.values(tables)
    .flatMap((table) => [...table.values()].flat())
    .flatMap(({ matches }) => matches)
    .flatMap((match) => (match.kind === "interface" ? [match.name] : []));
  return distinctInterfaces([host], inText);
}

/** Begins the name of an interface that is neither a workload's nor named by anyone. */
const ANY_OTHER = "eth";

/**
 * Every interface that the hosts' resources or the patterns name, one of each kind that none of them does, and the
 * loopback. A pattern may end in `+`.
 */
export function distinctInterfaces(hosts: readonly Host[], patterns: readonly string[]): readonly string[] {
  const named = new Set([
    ...hosts.flatMap(servedWorkloads).map(({ interfaceName }) => interfaceName),
    ...hosts.flatMap(interfacesOfHost),
    ...patterns.filter((name) => !name.endsWith("+")),
  ]);
  const prefixes = new Set([
    ...hosts.flatMap(({ settings }) => settings.interfacePrefixes),
    ...patterns.filter((name) => name.endsWith("+")).map((name) => name.slice(0, -1)),
    ANY_OTHER,
  ]);
  for (const prefix of prefixes) named.add(unusedName(prefix, named));
  named.add(LOOPBACK);
  return [...named].toSorted();
}

function unusedName(prefix: string, used: ReadonlySet<string>): string {
  for (let number = 0; ; number++) {
    const name = `${prefix}${number}`;
    if (!used.has(name)) return name;
  }
}
