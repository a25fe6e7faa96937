import { type Ip, type IpVersion, parseCidr } from "../../net/cidr.ts";
import { type Host, ownAddresses, workloadOn } from "../../semantics/evaluator/host.ts";
import type { Value } from "../../semantics/symbolic/diagram.ts";
import { type Box, type Interval, includes } from "./boxes.ts";
import type { End } from "./pairs.ts";

/** The first of the preferred values that the box has, else its first. */
export function chooseValue(box: Box, level: number, preferred: readonly Value[]): Value {
  const intervals = box.get(level);
  if (intervals === undefined) return preferred[0]!;
  return preferred.find((value) => includes(intervals, value)) ?? intervals[0]!.first;
}

/** The same for addresses, of which an ordinary one comes before the first. */
export function chooseAddress(
  box: Box,
  level: number,
  version: IpVersion,
  preferred: readonly Value[],
): Value {
  const ordinary = (box.get(level) ?? []).flatMap((interval) =>
    ORDINARY[version].flatMap((range) => {
      const both = (value: Value): boolean => includes([interval], value) && includes([range], value);
      return [interval.first, range.first].find(both) ?? [];
    }),
  );
  return chooseValue(box, level, [...preferred, ...ordinary]);
}

/** Whether a host may have the address and others may send to it: neither a group, nor this host, nor unspecified. */
export function isOrdinary({ version, value }: Ip): boolean {
  return includes(ORDINARY[version], value);
}

/** Unicast, as the registries of IANA give it out (RFC 6890; RFC 4291, section 2.4; RFC 4193). */
const ORDINARY: Readonly<Record<IpVersion, readonly Interval[]>> = {
  4: [between("1.0.0.0", "126.255.255.255"), between("128.0.0.0", "223.255.255.255")],
  6: [
    between("2000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    between("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
  ],
};

function between(first: string, last: string): Interval {
  return { first: parseCidr(first)!.value, last: parseCidr(last)!.value };
}

/** What the resources say of the addresses at an end: those of its workloads, or the host's own. */
export function addressesAt(hosts: readonly Host[], end: End, version: IpVersion): readonly Value[] {
  const cidrs = hosts.flatMap((host) =>
    end === "host" ? ownAddresses(host) : end.flatMap((name) => workloadOn(host, name)?.addresses ?? []),
  );
  return cidrs
    .filter((cidr) => cidr.version === version)
    .map(({ value }) => value)
    .filter((value) => includes(ORDINARY[version], value));
}
