import type { Cidr, IpVersion } from "../net/cidr.ts";

/**
 * What can be asked about the header of a packet, in the one vocabulary that both readings (the evaluator's of the
 * resources, the simulator's of the emitted text) are brought to, so that they can be compared.
 */
export type Condition =
  | { readonly kind: "constant"; readonly value: boolean }
  /** All of them hold; true where there are none. */
  | { readonly kind: "all"; readonly of: readonly Condition[] }
  /** At least one holds; false where there are none. */
  | { readonly kind: "any"; readonly of: readonly Condition[] }
  | { readonly kind: "not"; readonly of: Condition }
  | Atom;

export type Atom =
  /** The field's value is in the range, ends included. */
  | { readonly kind: "field"; readonly field: Field; readonly first: number; readonly last: number }
  /** The address of that side, as it is now, is in the network. */
  | { readonly kind: "net"; readonly side: Side; readonly cidr: Cidr }
  /** The address of that side (with protocol and port, if the set has them) is a member of the set. */
  | { readonly kind: "member"; readonly side: Side; readonly set: SetDefinition };

export type Side = "source" | "destination";

/** Ports are meaningful for the protocols of `PORT_PROTOCOLS` only, types and codes for ICMP only. */
export type Field = "protocol" | "source-port" | "destination-port" | "icmp-type" | "icmp-code";

/** What a set means, not what it holds today. Equal keys mean equal sets. */
export interface SetDefinition {
  readonly key: string;
  /** Members are addresses with protocol and port. */
  readonly withPorts: boolean;
}

export const ICMP = 1;
export const IPIP = 4;
export const TCP = 6;
export const UDP = 17;
export const DCCP = 33;
export const ICMPV6 = 58;
export const SCTP = 132;
export const UDPLITE = 136;

/** The protocols whose ports netfilter's `multiport` looks at. */
export const PORT_PROTOCOLS: readonly number[] = [TCP, UDP, DCCP, SCTP, UDPLITE];

export const NEVER: Condition = { kind: "constant", value: false };

export function all(...of: readonly Condition[]): Condition {
  return of.length === 1 ? of[0]! : { kind: "all", of };
}

export function any(...of: readonly Condition[]): Condition {
  return of.length === 1 ? of[0]! : { kind: "any", of };
}

export function not(of: Condition): Condition {
  return { kind: "not", of };
}

export function isProtocol(protocol: number): Condition {
  return { kind: "field", field: "protocol", first: protocol, last: protocol };
}

export function portIn(side: Side, first: number, last: number): Condition {
  return { kind: "field", field: side === "source" ? "source-port" : "destination-port", first, last };
}

export const HAS_PORTS: Condition = any(...PORT_PROTOCOLS.map(isProtocol));

/** The ICMP of that IP version, of that type and, if given, that code. */
export function isIcmp(version: IpVersion, type: number, code: number | undefined): Condition {
  const parts: Condition[] = [
    isProtocol(version === 4 ? ICMP : ICMPV6),
    { kind: "field", field: "icmp-type", first: type, last: type },
  ];
  if (code !== undefined) parts.push({ kind: "field", field: "icmp-code", first: code, last: code });
  return all(...parts);
}

export function inNet(side: Side, cidr: Cidr): Condition {
  return { kind: "net", side, cidr };
}

export function isMember(side: Side, set: SetDefinition): Condition {
  return { kind: "member", side, set };
}
