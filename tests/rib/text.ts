import { formatCidr, type Ip } from "../../compiler/net/cidr.ts";
import { formatIp } from "../../compiler/net/ip.ts";
import { hopText } from "../../compiler/semantics/rib/install.ts";
import type { PrefixRoutes, Rib } from "../../compiler/semantics/rib/rib.ts";
import type { RibRoute, RouteAttributes } from "../../compiler/semantics/rib/route.ts";

/** A table as one line per route, in a form that a prediction and `birdc show route all` have in common. */
export function predictedTable(rib: Rib): readonly string[] {
  return rib.prefixes
    .flatMap((prefix) => prefix.routes.map((route, index) => routeLine(route, bestMark(prefix, index))))
    .sort();
}

/** Where age decides, no mark is compared. */
function bestMark({ undecided }: PrefixRoutes, index: number): string {
  if (undecided) return "?";
  return index === 0 ? "*" : "";
}

function routeLine(route: RibRoute, mark: string): string {
  const { cidr, protocol, preference, way, attributes, learned, igpMetric } = route;
  const unknown = learned !== undefined && igpMetric === undefined ? "/?" : "";
  const hops = way.kind === "unicast" ? way.hops.map(hopText).sort() : [];
  return line(
    formatCidr(cidr),
    protocol,
    mark,
    `${preference}${unknown}`,
    [way.kind, ...hops],
    attributesOf(attributes, learned !== undefined),
  );
}

export function line(
  cidr: string,
  protocol: string,
  mark: string,
  preference: string,
  way: readonly string[],
  attributes: readonly string[],
): string {
  return `${cidr} ${protocol} ${mark} (${preference}) ${way.join(", ")} ${attributes.toSorted().join("; ")}`;
}

function attributesOf(attributes: RouteAttributes, learned: boolean): readonly string[] {
  const lists = (communities: readonly (readonly number[])[] = []): string =>
    communities.map((parts) => `(${parts.join(",")})`).join(" ");
  const ips = (all: readonly Ip[]): string => all.map(formatIp).join(" ");
  const given: readonly (readonly [string, string | undefined])[] = [
    ["BGP.origin", attributes.origin === "igp" ? "IGP" : attributes.origin && "Incomplete"],
    ["BGP.as_path", attributes.asPath?.join(" ") ?? (learned ? "" : undefined)],
    ["BGP.next_hop", attributes.nextHop && formatIp(attributes.nextHop)],
    ["BGP.local_pref", text(attributes.localPref)],
    ["BGP.community", attributes.communities && lists(attributes.communities)],
    ["BGP.large_community", attributes.largeCommunities && lists(attributes.largeCommunities)],
    ["BGP.originator_id", attributes.originatorId && formatIp(attributes.originatorId)],
    ["BGP.cluster_list", attributes.clusterList && ips(attributes.clusterList)],
    ["Kernel.source", text(attributes.krtSource)],
    ["Kernel.metric", text(attributes.krtMetric)],
  ];
  return given.flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
}

function text(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** What the kernel got, one line per route. */
export function predictedKernel({ installed }: Rib): readonly string[] {
  return installed
    .map(({ cidr, way, metric }) => {
      const hops = way.kind === "unicast" ? way.hops.map(hopText).sort() : [];
      return `${formatCidr(cidr)} ${way.kind} ${hops.join(", ")} metric ${metric}`;
    })
    .sort();
}
