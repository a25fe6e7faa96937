import { compareIp, formatIp, parseIp, parseIp4Value, parseIpBetween } from "./ip.ts";

/**
 * IP addresses and CIDRs as numbers. An IPv4 address is a `number` (uint32), an IPv6 address a `bigint`
 * (uint128): the two never mix by accident, and the common family stays cheap. Text is made only when printed.
 */
export type IpVersion = 4 | 6;
export const IP_VERSIONS: readonly IpVersion[] = [4, 6];

export interface Ip4 {
  readonly version: 4;
  readonly value: number;
}
export interface Ip6 {
  readonly version: 6;
  readonly value: bigint;
}
export type Ip = Ip4 | Ip6;

/** A network: host bits are always zero. `length` is the prefix length, 0–32 or 0–128. */
export interface Cidr4 extends Ip4 {
  readonly length: number;
}
export interface Cidr6 extends Ip6 {
  readonly length: number;
}
export type Cidr = Cidr4 | Cidr6;

/** Inclusive range of transport ports, 0–65535; a single port has `first === last`. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** The longest prefix of a family. */
export function maxLength(version: IpVersion): 32 | 128 {
  return version === 4 ? 32 : 128;
}

/** The network of that prefix length which holds `ip`; `length` must fit the family. */
export function cidrOf(ip: Ip, length: number): Cidr {
  return ip.version === 4
    ? { version: 4, value: mask4(ip.value, length), length }
    : { version: 6, value: mask6(ip.value, length), length };
}

/** The /32 or /128 of one address. */
export function hostCidr(ip: Ip): Cidr {
  return ip.version === 4
    ? { version: 4, value: ip.value, length: 32 }
    : { version: 6, value: ip.value, length: 128 };
}

/** The first address of a network: of one that is a single address, that address. */
export function ipOf(cidr: Cidr): Ip {
  return cidr.version === 4 ? { version: 4, value: cidr.value } : { version: 6, value: cidr.value };
}

export function isSingleAddress({ version, length }: Cidr): boolean {
  return length === maxLength(version);
}

/** The address at an offset into a network; the offset must lie inside it. */
export function addressAt(network: Cidr, offset: number): Ip {
  return network.version === 4
    ? { version: 4, value: network.value + offset }
    : { version: 6, value: network.value + BigInt(offset) };
}

/** Number of addresses of a network, at most 2¹²⁸. */
export function sizeOf(network: Cidr): number {
  return 2 ** (maxLength(network.version) - network.length);
}

// A shift by 32 is a shift by 0 in JavaScript, hence the case of its own.
function mask4(value: number, length: number): number {
  return length === 0 ? 0 : (value & (-1 << (32 - length))) >>> 0;
}

function mask6(value: bigint, length: number): bigint {
  const hostBits = BigInt(128 - length);
  return (value >> hostBits) << hostBits;
}

/**
 * Parses `address/length` or a bare address (full length), as Calico's `ParseCIDROrIP`; host bits are masked off.
 * An IPv4-mapped network of /96 or longer is the IPv4 network that it maps.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) {
    const ip = parseIp(text);
    return ip && hostCidr(ip);
  }
  const length = parseLength(text, slash + 1);
  if (length < 0) return undefined;
  // IPv4 goes first and by itself: bulk input is IPv4, and text of the other family fails within four characters.
  const value = parseIp4Value(text, 0, slash);
  if (value >= 0) return length > 32 ? undefined : { version: 4, value: mask4(value, length), length };
  const ip = parseIpBetween(text, 0, slash);
  if (ip === undefined) return undefined;
  if (ip.version === 6) return cidrOf(ip, length);
  // Written as a mapped address: the length counts the 96 bits before the IPv4 part.
  if (length >= 96) return cidrOf(ip, length - 96);
  return cidrOf({ version: 6, value: (0xffffn << 32n) | BigInt(ip.value) }, length);
}

/** Whether the text is an `address/length` whose host bits are all zero. */
export function isStrictCidr(text: string): boolean {
  const slash = text.indexOf("/");
  const cidr = slash < 0 ? undefined : parseCidr(text);
  if (cidr === undefined) return false;
  const ip = parseIpBetween(text, 0, slash);
  // Only a mapped network shorter than /96 changes its family, and it always has the mapping's own bits to lose.
  return ip?.version === cidr.version && ip.value === cidr.value;
}

/** Decimal digits up to the end of the text, or -1. */
function parseLength(text: string, start: number): number {
  if (start === text.length) return -1;
  let length = 0;
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
    if (length > 128) return -1;
  }
  return length;
}

/** Always with the length: `10.0.0.1/32`. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr)}/${cidr.length}`;
}

/** By family, then network number, then length: a network comes before those inside it. */
export function compareCidr(a: Cidr, b: Cidr): number {
  return compareIp(a, b) || a.length - b.length;
}

export function cidrContainsIp(cidr: Cidr, ip: Ip): boolean {
  if (cidr.version === 4) return ip.version === 4 && mask4(ip.value, cidr.length) === cidr.value;
  return ip.version === 6 && mask6(ip.value, cidr.length) === cidr.value;
}

/** Whether every address of `inner` is in `outer`; a network contains itself. */
export function cidrContains(outer: Cidr, inner: Cidr): boolean {
  return outer.length <= inner.length && cidrContainsIp(outer, inner);
}

/** Whether any address is in both: of two networks that share one, one is in the other. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return cidrContainsIp(a, b) || cidrContainsIp(b, a);
}

/** Key for a `Map` or `Set`; IPv4 keys are numbers and IPv6 keys bigints, so that the families never collide. */
export function cidrKey(cidr: Cidr): number | bigint {
  return cidr.version === 4 ? cidr.value * 64 + cidr.length : (cidr.value << 8n) | BigInt(cidr.length);
}
