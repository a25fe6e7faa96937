import {
  type Artifact,
  DEFAULT_OWNERSHIP,
  isOurDevice,
  isOurRoute,
  ownershipOfBundle,
  type RoutingOwnership,
  type RoutingState,
  targetDevice,
} from "../../compiler/index.ts";

/**
 * What is ours where nothing says it: Calico's default names and protocols. Whether routes of others on workload
 * interfaces are to be removed is the cluster's to say, so they are left alone.
 */
export const UNTOLD_OWNERSHIP: RoutingOwnership = { ...DEFAULT_OWNERSHIP, removeExternalRoutes: false };

/** As the bundle's manifest says; throws for a manifest that does not. */
export function ownershipOf(artifacts: readonly Artifact[]): RoutingOwnership {
  return ownershipOfBundle(artifacts) ?? UNTOLD_OWNERSHIP;
}

/**
 * Throws where a bundle has something that would not count as ours on the host: it could be made, but neither read
 * back nor removed.
 */
export function refuseUnclaimed(
  { links, addresses, routes }: RoutingState,
  ownership: RoutingOwnership,
): void {
  const refuse = (what: string): never => {
    throw new Error(`${what} is not what the bundle's manifest says is ours; compile the bundle again`);
  };
  for (const { name } of links) if (!ownership.devices.includes(name)) refuse(`the device ${name}`);
  for (const { dev } of addresses)
    if (!isOurDevice(ownership, dev)) refuse(`an address of the device ${dev}`);
  for (const { table, target, protocol } of routes) {
    const dev = targetDevice(target);
    if (isOurRoute(ownership, { table, dev, protocol })) continue;
    const where = `${dev === undefined ? "" : ` on ${dev}`}${table === 254 ? "" : ` in table ${table}`}`;
    refuse(`a route with protocol ${protocol}${where}`);
  }
}
