import type { HostFeatures } from "../../dataplane/features.ts";
import type { XtMatch, XtTableName, XtTarget } from "../../dataplane/xtables.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { IpSetId, NodeIr, Side } from "../../ir/node-ir.ts";
import type { Cidr, IpVersion } from "../../net/cidr.ts";
import type { Marks } from "./marks.ts";
import { setName } from "./names.ts";
import type { ProgramParts, WorkloadChains } from "./shared-parts.ts";

/** What chains of policies and profiles are made from: nothing of the node itself, as nodes share them. */
export interface ProgramContext {
  readonly version: IpVersion;
  readonly settings: FelixSettings;
  readonly marks: Marks;
}

/** What every chain of one IP version is made from. */
export interface FamilyContext extends ProgramContext {
  readonly ir: NodeIr;
  readonly features: HostFeatures;
  readonly programs: ProgramParts;
  readonly workloadChains: WorkloadChains;
}

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

/**
 * What a deny does. `REJECT` exists in the filter table only; Calico emits it everywhere and the raw table then does
 * not load (§13.4), here the other tables drop.
 */
export function denyTarget(settings: FelixSettings, table: XtTableName): XtTarget {
  return settings.filterDenyAction === "REJECT" && table === "filter"
    ? { kind: "reject", with: "port-unreachable" }
    : DROP;
}

/** The word for a deny in comments. */
export function denyWord(settings: FelixSettings, table: XtTableName): "Drop" | "Reject" {
  return denyTarget(settings, table).kind === "reject" ? "Reject" : "Drop";
}

export function filterAllow(settings: FelixSettings): XtTarget {
  return settings.filterAllowAction === "RETURN" ? RETURN : ACCEPT;
}

export function mangleAllow(settings: FelixSettings): XtTarget {
  return settings.mangleAllowAction === "RETURN" ? RETURN : ACCEPT;
}

export function protocol(number: number): XtMatch {
  return { kind: "protocol", protocol: number, negated: false };
}

export const IS_IPIP: XtMatch = protocol(IPIP);

export function port(side: Side, number: number): XtMatch {
  return { kind: "ports", side, ranges: [{ first: number, last: number }], negated: false };
}

export function fromInterface(name: string): XtMatch {
  return { kind: "interface", direction: "in", name, negated: false };
}

export function toInterface(name: string): XtMatch {
  return { kind: "interface", direction: "out", name, negated: false };
}

/** No match at all for /0: iptables has no spelling for "every address". */
export function address(side: Side, cidr: Cidr): readonly XtMatch[] {
  return cidr.length === 0 ? [] : [{ kind: "address", side, cidr, negated: false }];
}

export function inSet(context: ProgramContext, side: Side, id: IpSetId, dimensions: 1 | 2 = 1): XtMatch {
  return { kind: "set", set: setName(context.version, id), side, dimensions, negated: false };
}

export function notInSet(context: ProgramContext, side: Side, id: IpSetId): XtMatch {
  return { kind: "set", set: setName(context.version, id), side, dimensions: 1, negated: true };
}

export function local(side: Side): XtMatch {
  return { kind: "local-address", side, outInterfaceOnly: false, negated: false };
}

export const ESTABLISHED: XtMatch = { kind: "conntrack", states: ["RELATED", "ESTABLISHED"], negated: false };
export const INVALID: XtMatch = { kind: "conntrack", states: ["INVALID"], negated: false };

/** VXLAN is on for this family. */
export function vxlanOn({ ir, version }: FamilyContext): boolean {
  return version === 4 ? ir.encapsulation.vxlan4 : ir.encapsulation.vxlan6;
}

/** IPIP carries IPv4 only. */
export function ipipOn({ ir, version }: FamilyContext): boolean {
  return version === 4 && ir.encapsulation.ipip;
}

/** The WireGuard port of this family, where it is on. */
export function wireguardPort({ ir, version, settings }: FamilyContext): number | undefined {
  if (version === 4) return ir.encapsulation.wireguard4 ? settings.wireguardPort : undefined;
  return ir.encapsulation.wireguard6 ? settings.wireguardPort6 : undefined;
}

/** One match per configured prefix of workload interfaces. */
export function workloadInterfaces(context: FamilyContext, direction: "in" | "out"): readonly XtMatch[] {
  return context.settings.interfacePrefixes.map((prefix) => ({
    kind: "interface",
    direction,
    name: `${prefix}+`,
    negated: false,
  }));
}
