import { createHash } from "node:crypto";
import { compareIp, formatIp, type Ip, type Node } from "../../compiler/index.ts";
import { spaceNames } from "./names.ts";
import type { Machine, MachineInterface, Segment } from "./plan.ts";
import { gatewayIn, holds, type Subnet, subnetKey, subnetOf } from "./subnet.ts";

/** Prefix lengths for addresses of which the resources give none: a full-length network has no neighbours. */
const DEFAULT_LENGTH = { 4: 24, 6: 64 } as const;
const FULL_LENGTH = { 4: 32, 6: 128 } as const;

export interface Wanted {
  readonly name: string;
  readonly space: string;
  readonly interfaces: readonly {
    readonly device: string;
    readonly addresses: readonly { readonly ip: Ip; readonly length: number }[];
  }[];
}

/** Interfaces as the Node says, and `eth0` with its BGP addresses where it names no interface for them. */
export function wantedNode(lab: string, node: Node): Wanted {
  const lengths = [node.bgp?.ipv4, node.bgp?.ipv6].filter((address) => address !== undefined);
  const lengthOf = (ip: Ip, length: number): number => {
    const known = lengths.find((address) => compareIp(address.ip, ip) === 0)?.length ?? length;
    return known === FULL_LENGTH[ip.version] ? DEFAULT_LENGTH[ip.version] : known;
  };
  const interfaces = node.interfaces.map(({ name, addresses }) => ({
    device: name,
    addresses: addresses.map(({ ip, length }) => ({ ip, length: lengthOf(ip, length) })),
  }));
  const isNamed = (ip: Ip) =>
    interfaces.some(({ addresses }) => addresses.some((address) => compareIp(address.ip, ip) === 0));
  const others = lengths.length > 0 ? lengths : node.addresses.map(({ ip }) => ({ ip, length: 0 }));
  const unnamed = others
    .filter(({ ip }) => !isNamed(ip))
    .map(({ ip, length }) => ({ ip, length: lengthOf(ip, length === 0 ? FULL_LENGTH[ip.version] : length) }));
  const space = spaceNames.node(lab, node.name);
  if (unnamed.length === 0) return { name: node.name, space, interfaces };
  const eth0 = interfaces.find(({ device }) => device === "eth0");
  const rest = interfaces.filter(({ device }) => device !== "eth0");
  return {
    name: node.name,
    space,
    interfaces: [...rest, { device: "eth0", addresses: [...(eth0?.addresses ?? []), ...unnamed] }],
  };
}

export interface Wired {
  readonly machines: readonly Machine[];
  readonly segments: readonly Segment[];
}

/** Machines with an address in the same subnet share a segment, which has a router's address in each subnet. */
export function wire(wanted: readonly Wanted[]): Wired {
  const segments = groupSubnets(wanted);
  const taken = new Set(
    wanted.flatMap(({ interfaces }) =>
      interfaces.flatMap(({ addresses }) => addresses.map(({ ip }) => formatIp(ip))),
    ),
  );
  const gateways = new Map<string, string>();
  for (const subnets of segments)
    for (const subnet of subnets) {
      const gateway = gatewayIn(subnet, taken);
      if (gateway !== undefined) gateways.set(subnetKey(subnet), gateway);
    }
  const machines = wanted.map(({ name, space, interfaces }) => {
    const own: MachineInterface[] = interfaces.map(({ device, addresses }) => ({
      device,
      port: deviceName("p", `${space} ${device}`),
      bridge: bridgeName(segments.find((subnets) => addresses.some((each) => isOn(subnets, each))) ?? []),
      addresses: addresses.map(({ ip, length }) => `${formatIp(ip)}/${length}`),
    }));
    return { name, space, interfaces: own, gateways: gatewaysOf(interfaces, gateways) };
  });
  return {
    machines,
    segments: segments.map((subnets) => ({
      bridge: bridgeName(subnets),
      gateways: subnets.flatMap((subnet) => {
        const gateway = gateways.get(subnetKey(subnet));
        return gateway === undefined ? [] : [`${gateway}/${subnet.length}`];
      }),
    })),
  };
}

/** The same as long as the segment's first subnet is, whatever else the cluster has. */
function bridgeName(subnets: readonly Subnet[]): string {
  const [first] = subnets;
  return first === undefined ? "" : deviceName("b", subnetKey(first));
}

/** Interface names are short: 15 characters at most. */
function deviceName(prefix: string, of: string): string {
  return prefix + createHash("sha256").update(of).digest("hex").slice(0, 12);
}

/** Of the first interface that has one. */
function gatewaysOf(
  interfaces: Wanted["interfaces"],
  gateways: ReadonlyMap<string, string>,
): readonly string[] {
  const all = interfaces.flatMap(({ addresses }) => addresses);
  return ([4, 6] as const).flatMap((version) => {
    const first = all.find(({ ip }) => ip.version === version);
    return (first && gateways.get(subnetKey(subnetOf(first.ip, first.length)))) ?? [];
  });
}

function isOn(subnets: readonly Subnet[], { ip }: { readonly ip: Ip }): boolean {
  return subnets.some((subnet) => holds(subnet, ip));
}

/** Subnets that meet on an interface belong together. Sorted by their first subnet. */
function groupSubnets(wanted: readonly Wanted[]): readonly (readonly Subnet[])[] {
  let groups: Map<string, Subnet>[] = [];
  for (const { interfaces } of wanted)
    for (const { addresses } of interfaces) {
      if (addresses.length === 0) continue;
      const merged = new Map(
        addresses.map(({ ip, length }) => {
          const subnet = subnetOf(ip, length);
          return [subnetKey(subnet), subnet] as const;
        }),
      );
      const meets = (group: Map<string, Subnet>) => [...merged.keys()].some((key) => group.has(key));
      const met = groups.filter(meets);
      groups = groups.filter((group) => !meets(group));
      for (const group of met) for (const [key, subnet] of group) merged.set(key, subnet);
      groups.push(merged);
    }
  return groups
    .map((group) => [...group.values()].toSorted(compareSubnets))
    .toSorted((a, b) => compareSubnets(a[0]!, b[0]!));
}

function compareSubnets(a: Subnet, b: Subnet): number {
  return a.version - b.version || (a.first < b.first ? -1 : a.first > b.first ? 1 : a.length - b.length);
}
