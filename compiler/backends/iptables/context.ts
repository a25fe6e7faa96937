import type { HostFeatures } from "../../dataplane/features.ts";
import type { XtMatch, XtTableName, XtTarget } from "../../dataplane/xtables.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { NodeIr } from "../../ir/node-ir.ts";
import type { IpVersion } from "../../net/cidr.ts";
import type { Marks } from "./marks.ts";
import { ACCEPT, DROP, onInterface, RETURN } from "./rule-parts.ts";
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
  return context.settings.interfacePrefixes.map((prefix) => onInterface(direction, `${prefix}+`));
}
