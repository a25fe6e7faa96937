import type { Ip, Ip4, Ip6 } from "./cidr.ts";

const DOT = 0x2e;
const COLON = 0x3a;
const MAPPED_PREFIX = 0xffff;

/**
 * Parses an address as Go's `net.ParseIP` does, since that is what Calico uses: IPv4 octets without leading zeros,
 * no zone, and an IPv4-mapped IPv6 address (`::ffff:1.2.3.4`) is the IPv4 address that it maps.
 */
export function parseIp(text: string): Ip | undefined {
  return parseIpBetween(text, 0, text.length);
}

/**
 * `parseIp` of what a host can have: not of the unspecified address (`0.0.0.0`, `::`), which the kernel takes into no set
 * of addresses and BIRD for no neighbor.
 */
export function parseHostIp(text: string): Ip | undefined {
  const ip = parseIp(text);
  return ip === undefined || isUnspecified(ip) ? undefined : ip;
}

export function isUnspecified({ value }: Ip): boolean {
  return value === 0 || value === 0n;
}

/** `parseIp` of `text.slice(start, end)`, without making the slice. */
export function parseIpBetween(text: string, start: number, end: number): Ip | undefined {
  // The first separator tells the family; it comes within the first five characters.
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === DOT) {
      const value = parseIp4Value(text, start, end);
      return value < 0 ? undefined : { version: 4, value };
    }
    if (c === COLON) {
      const groups = parseIp6Groups(text, start, end);
      return groups === undefined ? undefined : ipFromGroups(groups);
    }
  }
  return undefined;
}

/** Dotted quad as a uint32, or -1 where the text is none. */
export function parseIp4Value(text: string, start: number, end: number): number {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = start; i < end; i++) {
    const c = text.charCodeAt(i);
    if (c === DOT) {
      if (digits === 0 || ++dots > 3) return -1;
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      continue;
    }
    if (c < 0x30 || c > 0x39) return -1;
    // Go refuses leading zeros, because some C libraries read them as octal.
    if (digits > 0 && octet === 0) return -1;
    octet = octet * 10 + (c - 0x30);
    if (octet > 255) return -1;
    digits++;
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : -1;
}

/** The eight 16-bit groups of an IPv6 address. */
function parseIp6Groups(text: string, start: number, end: number): readonly number[] | undefined {
  const groups: number[] = [];
  let gap = -1;
  let i = start;
  if (text.charCodeAt(i) === COLON) {
    if (i + 1 >= end || text.charCodeAt(i + 1) !== COLON) return undefined;
    gap = 0;
    i += 2;
  }
  while (i < end) {
    if (groups.length === 8) return undefined;
    let group = 0;
    const first = i;
    for (; i < end; i++) {
      const digit = hexDigit(text.charCodeAt(i));
      if (digit < 0) break;
      group = group * 16 + digit;
      if (group > 0xffff) return undefined;
    }
    if (i === first || i - first > 4) return undefined;
    if (i < end && text.charCodeAt(i) === DOT) {
      // A dotted quad may stand for the last two groups.
      const quad = groups.length > 6 ? -1 : parseIp4Value(text, first, end);
      if (quad < 0 || (gap < 0 && groups.length !== 6)) return undefined;
      groups.push(quad >>> 16, quad & 0xffff);
      break;
    }
    groups.push(group);
    if (i === end) break;
    if (text.charCodeAt(i) !== COLON || ++i === end) return undefined;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      i++;
    }
  }
  if (gap < 0) return groups.length === 8 ? groups : undefined;
  // `::` stands for at least one group.
  if (groups.length === 8) return undefined;
  groups.splice(gap, 0, ...new Array<number>(8 - groups.length).fill(0));
  return groups;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function ipFromGroups(g: readonly number[]): Ip {
  const words = [0, 2, 4, 6].map((i) => (g[i]! * 0x10000 + g[i + 1]!) >>> 0);
  if (words[0] === 0 && words[1] === 0 && words[2] === MAPPED_PREFIX) return { version: 4, value: words[3]! };
  return { version: 6, value: ip6FromWords(words[0]!, words[1]!, words[2]!, words[3]!) };
}

/** Four uint32 words, most significant first. */
export function ip6FromWords(a: number, b: number, c: number, d: number): bigint {
  return (BigInt(a) << 96n) | (BigInt(b) << 64n) | (BigInt(c) << 32n) | BigInt(d);
}

/** Dotted quad, or the canonical text of RFC 5952. */
export function formatIp(ip: Ip): string {
  return ip.version === 4 ? formatIp4(ip) : formatIp6(ip);
}

function formatIp4({ value }: Ip4): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatIp6({ value }: Ip6): string {
  if (value >> 32n === BigInt(MAPPED_PREFIX))
    return `::ffff:${formatIp4({ version: 4, value: Number(value & 0xffffffffn) })}`;
  const groups: number[] = [];
  for (let shift = 96n; shift >= 0n; shift -= 32n) {
    const word = Number((value >> shift) & 0xffffffffn);
    groups.push(word >>> 16, word & 0xffff);
  }
  const gap = longestZeroRun(groups);
  const hex = groups.map((g) => g.toString(16));
  if (gap.length < 2) return hex.join(":");
  return `${hex.slice(0, gap.start).join(":")}::${hex.slice(gap.start + gap.length).join(":")}`;
}

/** The first of the longest runs: RFC 5952 §4.2.3. */
function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (let i = 0; i < groups.length; i++) {
    if (groups[i] !== 0) start = i + 1;
    else if (i + 1 - start > best.length) best = { start, length: i + 1 - start };
  }
  return best;
}

/** IPv4 before IPv6, then by number. */
export function compareIp(a: Ip, b: Ip): number {
  return a.version - b.version || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
}
