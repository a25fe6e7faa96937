import type { Payload } from "../../../compiler/index.ts";
import { protocolNumber } from "../../../compiler/index.ts";
import { UserError } from "../../output/errors.ts";

export interface PayloadRequest {
  readonly proto: string;
  readonly dport?: number;
  readonly sport: number;
  readonly icmpType?: number;
  readonly icmpCode: number;
}

const ICMP = { 4: 1, 6: 58 } as const;
const ECHO_REQUEST = { 4: 8, 6: 128 } as const;
/** TCP, UDP, SCTP, UDPLite. */
const WITH_PORTS: readonly number[] = [6, 17, 132, 136];

/** What the packet carries besides its addresses. `icmp` means that of the IP version. */
export function payloadOf(request: PayloadRequest, version: 4 | 6): Payload {
  const { proto, dport, sport, icmpType, icmpCode } = request;
  const asked = protocolNumber(proto);
  if (asked === undefined)
    throw new UserError(`--proto ${proto}: neither a known protocol nor a number 1–255`);
  const protocol = proto.toLowerCase() === "icmp" ? ICMP[version] : asked;
  const isIcmp = protocol === ICMP[version];
  if (!isIcmp && icmpType !== undefined)
    throw new UserError(`--icmp-type: a packet of protocol ${proto} over IPv${version} has none`);
  if (WITH_PORTS.includes(protocol)) {
    if (dport === undefined) throw new UserError(`--proto ${proto} needs --dport`);
    return { protocol, sourcePort: sport, destinationPort: dport, icmp: undefined };
  }
  if (dport !== undefined) throw new UserError(`--dport: protocol ${proto} has no ports`);
  const icmp = isIcmp ? { type: icmpType ?? ECHO_REQUEST[version], code: icmpCode } : undefined;
  return { protocol, sourcePort: undefined, destinationPort: undefined, icmp };
}
