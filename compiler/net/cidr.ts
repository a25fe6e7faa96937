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
