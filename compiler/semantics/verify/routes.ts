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
  const named = new Set([
    ...servedWorkloads(host).map(({ interfaceName }) => interfaceName),
    ...interfacesOfHost(host),
    ...inText.filter((name) => !name.endsWith("+")),
  ]);
  const prefixes = new Set([
    ...host.settings.interfacePrefixes,
    ...inText.filter((name) => name.endsWith("+")).map((name) => name.slice(0, -1)),
    // Neither of a workload nor named by anyone.
    "eth",
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
