import { cidrContainsIp, type Ip } from "../net/cidr.ts";
import { type Condition, type Field, ICMP, ICMPV6, PORT_PROTOCOLS, type SetDefinition } from "./condition.ts";
import type { Packet } from "./packet.ts";

/** What conditions are asked about. */
export type Header = Pick<
  Packet,
  "source" | "destination" | "protocol" | "sourcePort" | "destinationPort" | "icmp"
>;

/** Whether the address, with protocol and port where the set has them, is in the set. */
export type Membership = (
  set: SetDefinition,
  at: { readonly ip: Ip; readonly protocol: number; readonly port: number | undefined },
) => boolean;

/** Whether the condition holds for the header. A field that the protocol does not have is in no range. */
export function holds(condition: Condition, header: Header, isMember: Membership): boolean {
  switch (condition.kind) {
    case "constant":
      return condition.value;
    case "all":
      return condition.of.every((part) => holds(part, header, isMember));
    case "any":
      return condition.of.some((part) => holds(part, header, isMember));
    case "not":
      return !holds(condition.of, header, isMember);
    case "field": {
      const value = fieldOf(condition.field, header);
      return value !== undefined && condition.first <= value && value <= condition.last;
    }
    case "net":
      return cidrContainsIp(condition.cidr, header[condition.side]);
    case "member": {
      const { set, side } = condition;
      const field = side === "source" ? "source-port" : "destination-port";
      return isMember(set, { ip: header[side], protocol: header.protocol, port: fieldOf(field, header) });
    }
  }
}

function fieldOf(field: Field, { protocol, sourcePort, destinationPort, icmp }: Header): number | undefined {
  switch (field) {
    case "protocol":
      return protocol;
    case "source-port":
      return PORT_PROTOCOLS.includes(protocol) ? sourcePort : undefined;
    case "destination-port":
      return PORT_PROTOCOLS.includes(protocol) ? destinationPort : undefined;
    case "icmp-type":
      return protocol === ICMP || protocol === ICMPV6 ? icmp?.type : undefined;
    case "icmp-code":
      return protocol === ICMP || protocol === ICMPV6 ? icmp?.code : undefined;
  }
}
