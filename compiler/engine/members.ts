import type { SetMember } from "../ir/node-ir.ts";
import type { Cidr, IpVersion } from "../net/cidr.ts";
import { compareIp } from "../net/ip.ts";

export function memberVersion(member: SetMember): IpVersion {
  return member.kind === "net" ? member.cidr.version : member.ip.version;
}

/** By address, then prefix length or protocol and port. Members of one set are all of one kind. */
export function compareMembers(a: SetMember, b: SetMember): number {
  if (a.kind === "net" && b.kind === "net") return compareIp(a.cidr, b.cidr) || a.cidr.length - b.cidr.length;
  if (a.kind === "ip-port" && b.kind === "ip-port")
    return compareIp(a.ip, b.ip) || a.protocol - b.protocol || a.port - b.port;
  return a.kind === "net" ? -1 : 1;
}

/** A `hash:net` set refuses a prefix of length zero, which is therefore written as its two halves. */
export function netMember(cidr: Cidr): readonly SetMember[] {
  if (cidr.length > 0) return [{ kind: "net", cidr }];
  return cidr.version === 4
    ? [
        { kind: "net", cidr: { version: 4, value: 0, length: 1 } },
        { kind: "net", cidr: { version: 4, value: 2 ** 31, length: 1 } },
      ]
    : [
        { kind: "net", cidr: { version: 6, value: 0n, length: 1 } },
        { kind: "net", cidr: { version: 6, value: 1n << 127n, length: 1 } },
      ];
}

/** Sorted, each member once. */
export function sortMembers(members: readonly SetMember[]): readonly SetMember[] {
  return withoutRepetitions(members.toSorted(compareMembers));
}

/** @returns the argument itself where it has no repetitions. `sorted` by `compareMembers`. */
export function withoutRepetitions(sorted: readonly SetMember[]): readonly SetMember[] {
  const repeats = sorted.some(
    (member, i) => i > 0 && compareMembers(sorted[i - 1] as SetMember, member) === 0,
  );
  if (!repeats) return sorted;
  return sorted.filter((member, i) => i === 0 || compareMembers(sorted[i - 1] as SetMember, member) !== 0);
}

export function sameMembers(a: readonly SetMember[], b: readonly SetMember[]): boolean {
  return a === b || (a.length === b.length && a.every((m, i) => compareMembers(m, b[i] as SetMember) === 0));
}
