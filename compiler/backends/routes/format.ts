import type {
  AddressState,
  FdbState,
  LinkState,
  NeighbourState,
  PeerState,
  RouteState,
  RuleState,
  SysctlState,
} from "../../dataplane/routing.ts";
import { MAIN_TABLE, type RouteTarget } from "../../ir/routing-ir.ts";
import { type Cidr, formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { defaultMetric, RTPROT_BOOT } from "./canonical.ts";

/**
 * One line of a batch file per kernel object, in the words of `ip` and `bridge` (routing-bgp.md §1.14). What the
 * tools would assume by themselves is left out, so that a line says what is particular about its object.
 */
export function formatLink(link: LinkState): readonly string[] {
  const up = (...fields: readonly string[]): string => words("link set", link.name, ...fields, "up");
  switch (link.kind) {
    case "vxlan": {
      const parent = link.parent === undefined ? [] : ["dev", link.parent];
      return [
        words(
          `link add ${link.name} type vxlan id ${link.vni}`,
          ...parent,
          `local ${formatIp(link.local)} dstport ${link.port} nolearning`,
        ),
        up(`address ${link.mac}`, ...option("mtu", link.mtu)),
      ];
    }
    // The kernel makes this device when its module is loaded, which naming the device does.
    case "ipip":
      return [up(...option("mtu", link.mtu))];
    case "wireguard":
      return [`link add ${link.name} type wireguard`, up(...option("mtu", link.mtu))];
    case "other":
      return [];
  }
}

export function formatAddress({ dev, ip, length, scope }: AddressState): string {
  // Duplicate detection would keep the address unusable for a second, and needs a neighbour that answers.
  const nodad = ip.version === 6 ? ["nodad"] : [];
  const link = scope === "link" ? ["scope link"] : [];
  return words(`addr replace ${formatIp(ip)}/${length} dev ${dev}`, ...link, ...nodad);
}

export function formatNeighbour({ dev, ip, mac }: NeighbourState): string {
  return `neigh replace ${formatIp(ip)} lladdr ${mac} dev ${dev} nud permanent`;
}

export function formatFdb({ dev, mac, destination }: FdbState): string {
  return `fdb replace ${mac} dev ${dev} dst ${formatIp(destination)} self permanent`;
}

export function formatRule({ priority, not, mark, mask, table }: RuleState): string {
  return words(
    `rule add priority ${priority}`,
    ...(not ? ["not"] : []),
    `fwmark ${hex(mark)}/${hex(mask)} lookup ${table}`,
  );
}

export function formatRoute(route: RouteState): string {
  const { destination, target, table, protocol, metric } = route;
  return words(
    "route replace",
    ...formatTarget(destination, target),
    ...(route.source === undefined ? [] : [`src ${formatIp(route.source)}`]),
    ...option("mtu", route.mtu),
    ...(table === MAIN_TABLE ? [] : [`table ${table}`]),
    ...(protocol === RTPROT_BOOT ? [] : [`proto ${protocol}`]),
    ...(metric === defaultMetric(destination.version) ? [] : [`metric ${metric}`]),
  );
}

function formatTarget(destination: Cidr, target: RouteTarget): readonly string[] {
  const to = formatCidr(destination);
  switch (target.kind) {
    case "blackhole":
    case "throw":
      return [target.kind, to];
    case "link":
      // IPv6 routes have no scope.
      return [to, `dev ${target.dev}`, ...(destination.version === 4 ? ["scope link"] : [])];
    case "gateway":
      return [
        to,
        `via ${formatIp(target.gateway)}`,
        ...option("dev", target.dev),
        ...(target.onlink ? ["onlink"] : []),
      ];
  }
}

/** With slashes only where a part holds a dot, which the form with dots would cut. */
export function formatSysctl({ key, value, tolerateFailure }: SysctlState): string {
  const name = key.includes(".") ? key : key.replaceAll("/", ".");
  return `${tolerateFailure ? "-" : ""}${name} = ${value}`;
}

export function formatWireguardInterface(link: Extract<LinkState, { kind: "wireguard" }>): readonly string[] {
  return ["[Interface]", `ListenPort = ${link.listenPort}`, `FwMark = ${hex(link.mark)}`];
}

export function formatPeer(peer: PeerState): readonly string[] {
  const { endpoint, port, allowedIps } = peer;
  const host = endpoint.version === 6 ? `[${formatIp(endpoint)}]` : formatIp(endpoint);
  return [
    "[Peer]",
    `PublicKey = ${peer.publicKey}`,
    `Endpoint = ${host}:${port}`,
    // A line each: one more network is one more line of a diff.
    ...allowedIps.map((cidr) => `AllowedIPs = ${formatCidr(cidr)}`),
    ...(peer.keepAlive === 0 ? [] : [`PersistentKeepalive = ${peer.keepAlive}`]),
  ];
}

function option(name: string, value: string | number | undefined): readonly string[] {
  return value === undefined ? [] : [`${name} ${value}`];
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function words(...parts: readonly string[]): string {
  return parts.join(" ");
}
