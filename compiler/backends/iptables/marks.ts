import type { XtMatch, XtTarget } from "../../dataplane/xtables.ts";
import type { Report } from "../../diagnostics/bag.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";

/**
 * The bits of the packet mark that are ours, taken from the lowest bit of the mask upwards (Calico reference §2).
 * Calico's third bit ("drop") stays reserved, so that the others sit where Calico's do; a deny rule drops at once and
 * needs none.
 */
export interface Marks {
  /** A policy or profile allowed the packet; lives from raw to mangle POSTROUTING. */
  readonly accept: number;
  /** A Pass rule matched; lives until the next tier. */
  readonly pass: number;
  /** All match blocks so far hold; also "comes from a workload", and the packet-rate limiter's. */
  readonly scratch0: number;
  /** The current match block holds. */
  readonly scratch1: number;
  /** 0 where the node has no WireGuard. */
  readonly wireguard: number;
  /** All bits above: which endpoint an IPVS packet came from. */
  readonly endpoint: number;
}

/** Five for verdicts, one at least for endpoints. */
const NEEDED_BITS = 6;

/** Reports a mask that has too few bits. */
export function allocateMarks(
  settings: FelixSettings,
  wireguard: boolean,
  report: Report,
): Marks | undefined {
  const bits: number[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const value = (1 << bit) >>> 0;
    if ((settings.markMask & value) >>> 0 !== 0) bits.push(value);
  }
  const [accept, pass, drop, scratch0, scratch1, ...others] = bits;
  const wireguardBit = wireguard ? others.shift() : 0;
  if (
    accept === undefined ||
    pass === undefined ||
    drop === undefined ||
    scratch0 === undefined ||
    scratch1 === undefined ||
    wireguardBit === undefined ||
    others.length === 0
  ) {
    const needed = NEEDED_BITS + Number(wireguard);
    const mask = `0x${(settings.markMask >>> 0).toString(16)}`;
    report("iptables/mark-mask-too-small", { mask, bits: bits.length, needed }, undefined);
    return undefined;
  }
  const endpoint = others.reduce((mask, bit) => (mask | bit) >>> 0, 0);
  return { accept, pass, scratch0, scratch1, wireguard: wireguardBit, endpoint };
}

/** The bits that every packet starts without. */
export function transientBits(marks: Marks): number {
  return union(marks.accept, marks.pass, marks.scratch0, marks.scratch1);
}

export function union(...bits: readonly number[]): number {
  return bits.reduce((mask, bit) => (mask | bit) >>> 0, 0);
}

export function setBits(bits: number): XtTarget {
  return { kind: "mark", value: bits, mask: bits };
}

export function clearBits(bits: number): XtTarget {
  return { kind: "mark", value: 0, mask: bits };
}

/** All of `bits` are set (one bit, in every use). */
export function marked(bits: number): XtMatch {
  return { kind: "mark", value: bits, mask: bits, negated: false };
}

/** None of `bits` is set. */
export function unmarked(bits: number): XtMatch {
  return { kind: "mark", value: 0, mask: bits, negated: false };
}

/** At least one of `bits` is set. */
export function anyMark(bits: number): XtMatch {
  return { kind: "mark", value: 0, mask: bits, negated: true };
}
