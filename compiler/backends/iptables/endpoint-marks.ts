import type { Report } from "../../diagnostics/bag.ts";
import type { NodeIr } from "../../ir/node-ir.ts";
import type { Marks } from "./marks.ts";

/** Position taken by packets that come from no endpoint of ours. */
const OUTSIDE = 1;

/** Which mark stands for which interface in IPVS mode, and for none of them. */
export interface EndpointMarks {
  readonly outside: number;
  readonly byInterface: ReadonlyMap<string, number>;
}

/**
 * Numbers the interfaces by 32-bit FNV-1 of the name, with linear probing; 0 means "no endpoint". Names are taken in
 * sorted order, so that the marks depend on the set of interfaces alone (Calico's depend on their arrival: §13.13).
 * There must be room for them: `endpointMarksFit`.
 */
export function endpointMarks(interfaces: readonly string[], marks: Marks): EndpointMarks {
  const bits = bitsOf(marks.endpoint);
  const size = 2 ** bits.length;
  const taken = new Set([0, OUTSIDE]);
  const byInterface = new Map<string, number>();
  for (const name of interfaces.toSorted((a, b) => (a < b ? -1 : 1))) {
    let position = fnv1(name) % size;
    while (taken.has(position)) position = (position + 1) % size;
    taken.add(position);
    byInterface.set(name, spread(position, bits));
  }
  return { outside: spread(OUTSIDE, bits), byInterface };
}

/** Reports a mask that cannot tell the node's endpoints apart; only IPVS needs to. */
export function endpointMarksFit(ir: NodeIr, marks: Marks, report: Report): boolean {
  if (!ir.settings.kubeIpvsSupport) return true;
  const endpoints = ir.workloads.length + ir.hostEndpoints.length;
  const room = 2 ** bitsOf(marks.endpoint).length - 2;
  if (endpoints <= room) return true;
  const mask = `0x${(ir.settings.markMask >>> 0).toString(16)}`;
  report("iptables/too-few-endpoint-marks", { mask, endpoints, room }, undefined);
  return false;
}

function bitsOf(mask: number): readonly number[] {
  const bits: number[] = [];
  for (let bit = 0; bit < 32; bit++) if (((mask >>> bit) & 1) === 1) bits.push((1 << bit) >>> 0);
  return bits;
}

/** The number's bits over the mask's bits, low to high. */
function spread(position: number, bits: readonly number[]): number {
  return bits.reduce(
    (mark, bit, index) => (Math.floor(position / 2 ** index) % 2 === 1 ? (mark | bit) >>> 0 : mark),
    0,
  );
}

function fnv1(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0;
  return hash;
}
