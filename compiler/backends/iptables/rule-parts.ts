import type { XtMatch, XtTarget } from "../../dataplane/xtables.ts";
import type { IpSetId, Side } from "../../ir/node-ir.ts";
import type { Cidr, IpVersion } from "../../net/cidr.ts";
import { setName } from "./names.ts";

/** Matches and targets by short names: what chains are written with. */

export const ACCEPT: XtTarget = { kind: "accept" };
export const DROP: XtTarget = { kind: "drop" };
export const RETURN: XtTarget = { kind: "return" };
export const NOTRACK: XtTarget = { kind: "notrack" };

export const TCP = 6;
export const UDP = 17;
const IPIP = 4;

export function jump(chain: string): XtTarget {
  return { kind: "jump", chain };
}

export function goto(chain: string): XtTarget {
  return { kind: "goto", chain };
}

export function protocol(number: number): XtMatch {
  return { kind: "protocol", protocol: number, negated: false };
}

export const IS_IPIP: XtMatch = protocol(IPIP);

export function port(side: Side, number: number): XtMatch {
  return { kind: "ports", side, ranges: [{ first: number, last: number }], negated: false };
}

/** `name` may end in `+`: all interfaces that begin like this. */
export function onInterface(direction: "in" | "out", name: string): XtMatch {
  return { kind: "interface", direction, name, negated: false };
}

export function fromInterface(name: string): XtMatch {
  return onInterface("in", name);
}

export function toInterface(name: string): XtMatch {
  return onInterface("out", name);
}

/** No match at all for /0: iptables has no spelling for "every address". */
export function address(side: Side, cidr: Cidr): readonly XtMatch[] {
  return cidr.length === 0 ? [] : [{ kind: "address", side, cidr, negated: false }];
}

/** Sets of one definition have a name in each family. */
interface OfFamily {
  readonly version: IpVersion;
}

export function inSet({ version }: OfFamily, side: Side, id: IpSetId, dimensions: 1 | 2 = 1): XtMatch {
  return { kind: "set", set: setName(version, id), side, dimensions, negated: false };
}

export function notInSet({ version }: OfFamily, side: Side, id: IpSetId): XtMatch {
  return { kind: "set", set: setName(version, id), side, dimensions: 1, negated: true };
}

export function local(side: Side): XtMatch {
  return { kind: "local-address", side, outInterfaceOnly: false, negated: false };
}

export const ESTABLISHED: XtMatch = { kind: "conntrack", states: ["RELATED", "ESTABLISHED"], negated: false };
export const INVALID: XtMatch = { kind: "conntrack", states: ["INVALID"], negated: false };
