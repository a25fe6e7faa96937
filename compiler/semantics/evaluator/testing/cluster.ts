import type { ClusterModel, ModelKind, ModelObject, ModelOf } from "../../../ir/cluster-model.ts";
import type { Ip } from "../../../net/cidr.ts";
import { parseIp } from "../../../net/ip.ts";
import { TCP } from "../../condition.ts";
import type { Packet } from "../../packet.ts";

/** A cluster of these objects. */
export function modelOf(...objects: readonly ModelObject[]): ClusterModel {
  const isOf =
    <K extends ModelKind>(kind: K) =>
    (object: ModelObject): object is ModelOf<K> =>
      object.kind === kind;
  return {
    all: <K extends ModelKind>(kind: K) =>
      new Map(
        objects
          .filter(isOf(kind))
          .toSorted((a, b) => (a.key < b.key ? -1 : 1))
          .map((object) => [object.key, object]),
      ),
  };
}

/** A TCP packet to port 80 from one address to another; by default it comes in and leaves by `eth0`. */
export function packet(source: string, destination: string, given: Partial<Packet> = {}): Packet {
  return {
    source: address(source),
    destination: address(destination),
    protocol: TCP,
    sourcePort: 40_000,
    destinationPort: 80,
    icmp: undefined,
    arrivesBy: "eth0",
    leavesBy: "eth0",
    ...given,
  };
}

function address(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an address: ${text}`);
  return ip;
}
