import { cidrOf, formatIp, type Ip } from "../../compiler/index.ts";

/** The network of an interface of a machine: `10.0.0.0/24`. */
export interface Subnet {
  readonly version: 4 | 6;
  /** The network's own address. */
  readonly first: bigint;
  readonly length: number;
}

const BITS = { 4: 32, 6: 128 } as const;

export function subnetOf(ip: Ip, length: number): Subnet {
  return { version: ip.version, first: BigInt(cidrOf(ip, length).value), length };
}

export function subnetKey({ version, first, length }: Subnet): string {
  return `${formatIp(ipAt(version, first))}/${length}`;
}

export function holds({ version, first, length }: Subnet, ip: Ip): boolean {
  return ip.version === version && BigInt(cidrOf(ip, length).value) === first;
}

/**
 * An address for the router of the subnet: the highest that nobody has, short of the broadcast address; `undefined`
 * where all are taken.
 */
export function gatewayIn(subnet: Subnet, taken: ReadonlySet<string>): string | undefined {
  const { version, first, length } = subnet;
  const size = 1n << BigInt(BITS[version] - length);
  const highest = size > 2n ? first + size - 2n : first + size - 1n;
  for (let value = highest; value >= first; value--) {
    const text = formatIp(ipAt(version, value));
    if (!taken.has(text)) return text;
  }
  return undefined;
}

function ipAt(version: 4 | 6, value: bigint): Ip {
  return version === 4 ? { version, value: Number(value) } : { version, value };
}
