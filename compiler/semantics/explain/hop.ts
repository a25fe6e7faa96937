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
 * The packet as one of the nodes that it crosses meets it. It leaves by the interface of the files' own routes, where
 * these name one, else by the uplink. What the node before has sent through a tunnel arrives by that tunnel's device, all
 * else by the uplink, whichever way answers take; from outside it arrives by the route to its source. `source`: as it
 * comes in, be it translated on the way. `sentBy`: the interface by which the node before has sent it.
 */
export function packetAt(
  host: Host,
  dataplane: Dataplane,
  { from, to, destination }: Crossing,
  { source, sentBy }: { readonly source: Ip; readonly sentBy: string | undefined },
  payload: Payload,
  { name: uplink }: Uplink,
): Packet {
  const towards = (ip: Ip) => routeTo(dataplane, ip)?.device ?? uplink;
  const leavesBy = nodeOf(to) === host.node ? uplink : towards(destination);
  const comesBy = () => {
    if (nodeOf(from) === host.node) return from.kind === "workload" ? from.workload.interfaceName : undefined;
    if (sentBy === undefined) return towards(source);
    return isTunnel(sentBy) ? sentBy : uplink;
  };
  return { ...payload, source, destination, arrivesBy: comesBy(), leavesBy };
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
  return TUNNELS[device]?.(resource) ?? source;
}

/** By the names that Calico's tunnel devices have on every node: the address that a node's own packets get there. */
const TUNNELS: Readonly<Record<string, (node: Node) => Ip | undefined>> = {
  tunl0: ({ bgp }) => bgp?.ipipTunnelAddress,
  "vxlan.calico": ({ vxlanTunnelAddress4 }) => vxlanTunnelAddress4,
  "vxlan-v6.calico": ({ vxlanTunnelAddress6 }) => vxlanTunnelAddress6,
};

function isTunnel(device: string): boolean {
  return Object.hasOwn(TUNNELS, device);
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
