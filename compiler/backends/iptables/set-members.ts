import type { SetMember } from "../../ir/member-list.ts";
import { cidrKey, formatCidr, isSingleAddress } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";

/** Names that `ipset` prints and reads for members with a port. */
const PROTOCOLS: Readonly<Record<number, string>> = { 6: "tcp", 17: "udp", 132: "sctp", 136: "udplite" };

/** As the kernel prints it: a single address without its length. */
export function printMember(member: SetMember): string {
  if (member.kind === "ip-port")
    return `${formatIp(member.ip)},${PROTOCOLS[member.protocol] ?? member.protocol}:${member.port}`;
  const { cidr } = member;
  return isSingleAddress(cidr) ? formatIp(cidr) : formatCidr(cidr);
}

/** Equal iff the members are; within one set. */
export function memberKey(member: SetMember): string {
  return member.kind === "net"
    ? `${cidrKey(member.cidr)}`
    : `${member.ip.value},${member.protocol},${member.port}`;
}

export function protocolOfMember(text: string): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const found = Object.entries(PROTOCOLS).find(([, name]) => name === text);
  return found === undefined ? undefined : Number(found[0]);
}
