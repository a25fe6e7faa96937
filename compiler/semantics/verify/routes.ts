import type { IpVersion } from "../../net/cidr.ts";
import { type Host, interfacesOfHost, LOOPBACK, servedWorkloads } from "../evaluator/host.ts";
import type { Route, Translation } from "../evaluator/route.ts";
import type { ConnectionState } from "../packet.ts";
import type { Dataplane } from "../simulator/program.ts";

const CONNECTIONS: readonly ConnectionState[] = ["new", "established", "related", "invalid"];
const UNTRANSLATED: Translation = { kind: "none" };
const BY_OTHERS: Translation = { kind: "others" };

/** Every route of the version through the host: whatever the resources or the text can tell apart. */
export function* routesOf(host: Host, dataplane: Dataplane): Generator<Route, void, undefined> {
  const { version } = dataplane;
  const interfaces = interfacesToTellApart(host, dataplane);
  const outward = interfaces.filter((name) => name !== LOOPBACK);
  for (const connection of CONNECTIONS) {
    const route = routeMaker(version, connection);
    for (const arrivesBy of outward) {
      // Nobody translates what belongs to no connection.
      const translations = connection === "invalid" ? [UNTRANSLATED] : [UNTRANSLATED, BY_OTHERS];
      for (const translation of translations) {
        yield route(arrivesBy, undefined, undefined, translation);
        for (const leavesBy of outward) yield route(arrivesBy, leavesBy, undefined, translation);
      }
    }
    yield* sentRoutes(route, outward, connection);
    if (connection === "invalid") continue;
    for (const { translation, leavesBy } of floatingRoutes(host, version))
      for (const first of [undefined, ...outward])
        if (first === undefined) yield route(undefined, leavesBy, outward[0], translation);
        else yield route(first, leavesBy, undefined, translation);
  }
}

type RouteMaker = (
  arrivesBy: string | undefined,
  leavesBy: string | undefined,
  firstLeavesBy: string | undefined,
  translation: Translation,
) => Route;

function routeMaker(version: IpVersion, connection: ConnectionState): RouteMaker {
  return (arrivesBy, leavesBy, firstLeavesBy, translation) => ({
    version,
    connection,
    arrivesBy,
    leavesBy,
    firstLeavesBy,
    translation,
  });
}

function* sentRoutes(
  route: RouteMaker,
  outward: readonly string[],
  connection: ConnectionState,
): Generator<Route, void, undefined> {
  for (const leavesBy of [LOOPBACK, ...outward]) {
    yield route(undefined, leavesBy, leavesBy, UNTRANSLATED);
    if (connection === "invalid") continue;
    for (const first of [LOOPBACK, ...outward]) yield route(undefined, leavesBy, first, BY_OTHERS);
  }
}

function floatingRoutes(
  host: Host,
  version: IpVersion,
): readonly { readonly translation: Translation; readonly leavesBy: string }[] {
  if (!host.settings.floatingIps) return [];
  return servedWorkloads(host).flatMap(({ floatingIps, interfaceName }) =>
    floatingIps
      .filter(({ external }) => external.version === version)
      .map((pair) => ({ translation: { kind: "floating", ...pair } as const, leavesBy: interfaceName })),
  );
}

/** Every interface that either side names, and one of each kind that neither does. */
function interfacesToTellApart(host: Host, { tables }: Dataplane): readonly string[] {
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
