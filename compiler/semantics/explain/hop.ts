import type { HostEndpoint, Node } from "../../ir/cluster-model.ts";
import type { Ip, IpVersion } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import type { Host } from "../evaluator/host.ts";
import type { Packet } from "../packet.ts";
import type { Dataplane } from "../simulator/program.ts";
import { routeTo } from "../simulator/routing.ts";
import type { Crossing } from "./crossing.ts";
import { mainAddress, nodeOf } from "./ends.ts";

/** What the packet carries besides its addresses. */
export type Payload = Pick<Packet, "protocol" | "sourcePort" | "destinationPort" | "icmp">;

/** The interface that leads to other hosts. */
export interface Uplink {
  readonly name: string;
  /** Nothing in the resources tells; it is a guess. */
  readonly isGuessed: boolean;
}

/**
 * The packet as one of the nodes that it crosses meets it. Interfaces between hosts are those of the files' own routes,
 * where these name one, else the uplink. `source`: as it comes in, be it translated on the way.
 */
export function packetAt(
  host: Host,
  dataplane: Dataplane,
  { from, to, destination }: Crossing,
  source: Ip,
  payload: Payload,
  { name: uplink }: Uplink,
): Packet {
  const isFromHere = nodeOf(from) === host.node;
  const towards = (ip: Ip) => routeTo(dataplane, ip)?.device ?? uplink;
  const leavesBy = nodeOf(to) === host.node ? uplink : towards(destination);
  const arrivesBy = isFromHere
    ? from.kind === "workload"
      ? from.workload.interfaceName
      : undefined
    : towards(source);
  return { ...payload, source, destination, arrivesBy, leavesBy };
}

/** The address that a packet of the host's own gets: that of the tunnel where it leaves by one. */
export function ownSource(
  { model, node }: Host,
  dataplane: Dataplane,
  { source, destination }: Crossing,
): Ip {
  const { device } = routeTo(dataplane, destination) ?? {};
  const resource = model.all("node").get(node);
  if (device === undefined || resource === undefined) return source;
  return tunnelAddress(resource, device) ?? source;
}

/** By the names that Calico's tunnel devices have; `undefined` for any other device. */
function tunnelAddress(node: Node, device: string): Ip | undefined {
  switch (device) {
    case "tunl0":
      return node.bgp?.ipipTunnelAddress;
    case "vxlan.calico":
      return node.vxlanTunnelAddress4;
    case "vxlan-v6.calico":
      return node.vxlanTunnelAddress6;
    default:
      return undefined;
  }
}

/** By the node's resource, else by its one host endpoint with an interface. */
export function uplinkOf({ model, node: name }: Host, version: IpVersion): Uplink {
  const node = model.all("node").get(name);
  const address = node && mainAddress(node, version);
  const byAddress = node?.interfaces.find(({ addresses }) =>
    addresses.some(({ ip }) => address !== undefined && compareIp(ip, address) === 0),
  );
  if (byAddress !== undefined) return { name: byAddress.name, isGuessed: false };
  const [only, ...others] = [...model.all("host-endpoint").values()].filter(
    (endpoint) => endpoint.node === name && isNamed(endpoint),
  );
  return only !== undefined && others.length === 0
    ? { name: only.interfaceName, isGuessed: false }
    : { name: "eth0", isGuessed: true };
}

function isNamed({ interfaceName }: HostEndpoint): boolean {
  return interfaceName !== "" && interfaceName !== "*";
}
