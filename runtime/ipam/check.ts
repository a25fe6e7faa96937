/**
 * Whether blocks, handles and those who use addresses agree. Source: the sheet "IPAM commands"; kinds of allocations and
 * the order of the questions: `calicoctl/calicoctl/commands/ipam/check.go` of projectcalico/calico.
 */
import { type Cidr, cidrContainsIp, parseIp } from "../../compiler/index.ts";
import type { Stored } from "../datastore/resource.ts";
import {
  type Allocation,
  allocationsOf,
  type Block,
  brokenInvariant,
  comparableHandle,
  hostOf,
  isCooling,
  sequenceNumberOf,
  tunnelHandle,
} from "./block.ts";
import type { Use, Users } from "./users.ts";

/** An allocation, and what became of it; without `undefined` fields it is what Calico's reports hold. */
export interface CheckedAllocation {
  readonly allocation: Allocation;
  readonly handle: string | undefined;
  readonly sequenceNumber: bigint;
  readonly node: string;
  readonly inUse: boolean;
  readonly borrowed: boolean;
  readonly coolingDown: boolean;
  /** Of a type that cannot be followed to its user: taken to be in use, lest somebody's address is released. */
  readonly unknown: boolean;
  readonly owners: readonly string[];
}

export interface Findings {
  /** By address, in the order of blocks and ordinals. */
  readonly allocations: ReadonlyMap<string, readonly CheckedAllocation[]>;
  readonly unknown: readonly CheckedAllocation[];
  /** Addresses that are allocated and not used. */
  readonly leaked: readonly string[];
  /** Addresses with more than one user. */
  readonly shared: readonly string[];
  readonly outsidePools: readonly Use[];
  readonly notAllocated: readonly Use[];
  readonly leakedHandles: readonly Stored[];
  readonly goodHandles: number;
  readonly missingHandles: readonly string[];
  readonly invalidBlocks: readonly { readonly name: string; readonly reason: string }[];
  readonly problems: number;
}

export interface Checked {
  readonly blocks: readonly Block[];
  readonly handles: readonly Stored[];
  /** Those that are not disabled. */
  readonly activePools: readonly Cidr[];
  readonly users: Users;
  /** Whether `users` knows the services. */
  readonly servicesRead: boolean;
}

export function checkConsistency(checked: Checked, now: number): Findings {
  const { blocks, handles, activePools, users } = checked;
  const usesByIp = Map.groupBy([...users.nodes, ...users.services, ...users.workloads], ({ ip }) => ip);
  const all = blocks.flatMap((block) =>
    allocationsOf(block).map((allocation) =>
      checkAllocation(allocation, usesByIp.get(allocation.ip) ?? [], checked.servicesRead),
    ),
  );
  const allocations = Map.groupBy(all, ({ allocation }) => allocation.ip);
  const unallocatedUses = [...usesByIp].filter(([ip]) => !allocations.has(ip)).flatMap(([, uses]) => uses);
  const inPool = ({ ip }: Use): boolean => activePools.some((pool) => cidrContainsIp(pool, parseIp(ip)!));
  const held = new Set(all.flatMap(({ handle }) => (handle === undefined ? [] : [handle])));
  const names = new Set(handles.map(({ key }) => comparableHandle(key.name)));
  const invalidBlocks = blocks.flatMap((block) => {
    const reason = brokenInvariant(block, now);
    return reason === undefined ? [] : [{ name: block.stored.key.name, reason }];
  });
  const found = {
    unknown: all.filter(({ unknown }) => unknown),
    leaked: [...allocations]
      .filter(([, those]) => those.every(({ inUse, coolingDown }) => !inUse && !coolingDown))
      .map(([ip]) => ip),
    outsidePools: unallocatedUses.filter((use) => !inPool(use)),
    notAllocated: unallocatedUses.filter(inPool),
    leakedHandles: handles.filter(({ key }) => !held.has(comparableHandle(key.name))),
    invalidBlocks,
  };
  const { unknown, leaked, outsidePools, notAllocated, leakedHandles } = found;
  return {
    ...found,
    allocations,
    shared: [...usesByIp].filter(([, uses]) => uses.length > 1).map(([ip]) => ip),
    goodHandles: handles.length - leakedHandles.length,
    missingHandles: [...held].filter((handle) => !names.has(handle)).sort(),
    // Handles that blocks name and that are missing are not counted: nothing is lost with them.
    problems:
      [unknown, leaked, leakedHandles, invalidBlocks].reduce((sum, list) => sum + list.length, 0) +
      new Set([...outsidePools, ...notAllocated].map(({ ip }) => ip)).size,
  };
}

const LOAD_BALANCER = "LoadBalancer";
const WINDOWS_HANDLE = "windows-reserved-ipam-handle";

function checkAllocation(
  allocation: Allocation,
  uses: readonly Use[],
  servicesRead: boolean,
): CheckedAllocation {
  const { block, ordinal, attribute } = allocation;
  const owner = attribute?.owner ?? {};
  const affineNode = hostOf(block.affinity) ?? "";
  const node = owner.node || affineNode;
  const coolingDown = isCooling(allocation);
  const isWindows = attribute?.handle === WINDOWS_HANDLE;
  const isAssumed = uses.length === 0 && !coolingDown && !isWindows && !isFollowed(allocation, servicesRead);
  const unknown = isAssumed && owner.type !== LOAD_BALANCER;
  return {
    ...{ allocation, node, coolingDown, unknown },
    // There is no handle object behind that of Windows.
    handle: attribute?.handle === undefined || isWindows ? undefined : comparableHandle(attribute.handle),
    sequenceNumber: sequenceNumberOf(block, ordinal),
    inUse: !coolingDown && (uses.length > 0 || isWindows || isAssumed),
    borrowed: node !== affineNode,
    owners: [
      ...uses.map(({ user }) => user),
      ...(isWindows ? ["Reserved for Windows"] : []),
      ...(unknown ? [`UnknownType(${owner.type ?? ""})`] : []),
    ],
  };
}

const VM_HANDLE = /\.vmi\./;
const TUNNEL_TYPE = /TunnelAddress$/;

/** Whether all users of such an allocation were looked at: then one that is not among them is none. */
function isFollowed({ attribute }: Allocation, servicesRead: boolean): boolean {
  // It points to nobody.
  if (attribute === undefined) return true;
  const { owner, handle = "" } = attribute;
  const { pod, type = "" } = owner;
  if (type === LOAD_BALANCER) return servicesRead;
  if (owner["vmi-name"] !== undefined || VM_HANDLE.test(handle)) return false;
  // The oldest tunnels have no type.
  return pod !== undefined || TUNNEL_TYPE.test(type) || tunnelHandle(handle) !== undefined;
}
