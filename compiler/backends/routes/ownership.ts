import type { RuleState } from "../../dataplane/routing.ts";
import { isWorkloadInterface } from "../../dataplane/workload-interface.ts";
import type { RoutingOwnership } from "../../ir/routing-ir.ts";
import { RTPROT_BIRD, RTPROT_KERNEL } from "./canonical.ts";

/** Ownership under Calico's defaults: what to look for on a host whose configuration is not at hand. */
export const DEFAULT_OWNERSHIP: RoutingOwnership = {
  interfacePrefixes: ["cali"],
  interfaceExclude: ["kube-ipvs0"],
  removeExternalRoutes: true,
  workloadProtocols: [3, 80],
  bgpPeerInterfaces: [],
  exclusiveProtocols: [80],
  devices: ["tunl0", "vxlan-v6.calico", "vxlan.calico", "wg-v6.cali", "wireguard.cali"],
  exclusiveDevices: ["vxlan-v6.calico", "vxlan.calico"],
  birdRoutesOnIpip: true,
  tables: [],
  rulePriorities: [],
};

/** Where Calico's WireGuard has its routes and its rule by default (routing-bgp.md §1.11). */
const WIREGUARD = { table: 1, priority: 99 } as const;

/**
 * The table is a common one. On a host that Felix made, or that we have lost the record of, it is ours where a rule
 * leads to it as that of Calico's WireGuard does: all packets but those with one mark.
 */
export function withWireguardTable(
  ownership: RoutingOwnership,
  rules: readonly RuleState[],
): RoutingOwnership {
  const { table, priority } = WIREGUARD;
  const isOurs = rules.some(
    (rule) => rule.table === table && rule.priority === priority && rule.not && rule.mark === rule.mask,
  );
  if (!isOurs) return ownership;
  return {
    ...ownership,
    tables: [...new Set([...ownership.tables, table])],
    rulePriorities: [...new Set([...ownership.rulePriorities, priority])],
  };
}

/**
 * What is ours on a host while its configuration changes: what we made under the old one goes with the new one. Of
 * routes of others, and of interfaces where they may be, only the new one says whose they are.
 */
export function ownedBeforeOrNow(before: RoutingOwnership, now: RoutingOwnership): RoutingOwnership {
  const both = <T>(a: readonly T[], b: readonly T[]): readonly T[] => [...new Set([...b, ...a])];
  return {
    ...now,
    interfacePrefixes: both(before.interfacePrefixes, now.interfacePrefixes),
    workloadProtocols: both(before.workloadProtocols, now.workloadProtocols),
    exclusiveProtocols: both(before.exclusiveProtocols, now.exclusiveProtocols),
    devices: both(before.devices, now.devices),
    exclusiveDevices: both(before.exclusiveDevices, now.exclusiveDevices),
    tables: both(before.tables, now.tables),
    rulePriorities: both(before.rulePriorities, now.rulePriorities),
  };
}

/** A device that is ours, or a workload's: what stands on it may be ours. */
export function isOurDevice(ownership: RoutingOwnership, name: string): boolean {
  return ownership.devices.includes(name) || isWorkloadInterface(ownership, name);
}

/** The table of routing-bgp.md §1.5, row by row. */
export function isOurRoute(
  ownership: RoutingOwnership,
  route: { readonly table: number; readonly dev: string | undefined; readonly protocol: number | undefined },
): boolean {
  const { table, dev, protocol } = route;
  // What the kernel makes for an address goes with the address.
  if (protocol === RTPROT_KERNEL) return false;
  if (ownership.tables.includes(table)) return true;
  if (table !== 254) return false;
  if (protocol !== undefined && ownership.exclusiveProtocols.includes(protocol)) return true;
  if (dev === undefined) return false;
  if (ownership.exclusiveDevices.includes(dev)) return true;
  if (dev === "tunl0") return protocol === RTPROT_BIRD && ownership.birdRoutesOnIpip;
  if (!isWorkloadInterface(ownership, dev)) return false;
  if (protocol === RTPROT_BIRD && ownership.bgpPeerInterfaces.includes(dev)) return false;
  return (
    ownership.removeExternalRoutes ||
    (protocol !== undefined && ownership.workloadProtocols.includes(protocol))
  );
}
