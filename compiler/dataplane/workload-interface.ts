import type { RoutingOwnership } from "../ir/routing-ir.ts";

/** Whether a device of that name is the host's end of a workload. */
export function isWorkloadInterface(ownership: RoutingOwnership, name: string): boolean {
  return (
    ownership.interfacePrefixes.some((prefix) => name.startsWith(prefix)) &&
    !ownership.interfaceExclude.includes(name)
  );
}
