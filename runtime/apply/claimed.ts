import {
  DEFAULT_OWNERSHIP,
  type RoutingOwnership,
  type RoutingState,
  targetDevice,
} from "../../compiler/index.ts";

/**
 * What is ours on a host whose bundle is all that is known: Calico's default names and protocols. A bundle does not
 * say whether routes of others on workload interfaces are to be removed, so they are left alone.
 */
export const BUNDLE_OWNERSHIP: RoutingOwnership = { ...DEFAULT_OWNERSHIP, removeExternalRoutes: false };

/**
 * Throws where a bundle has something that would not count as ours on the host: it could be made, but neither read
 * back nor removed.
 */
export function refuseUnclaimed({ links, addresses, routes }: RoutingState): void {
  const { devices, interfacePrefixes, workloadProtocols, exclusiveProtocols, tables } = BUNDLE_OWNERSHIP;
  const isWorkload = (name: string): boolean => interfacePrefixes.some((prefix) => name.startsWith(prefix));
  const refuse = (what: string): never => {
    throw new Error(`${what} cannot be applied yet: only Calico's default names and protocols can`);
  };
  for (const { name } of links) if (!devices.includes(name)) refuse(`the device ${name}`);
  for (const { dev } of addresses)
    if (!devices.includes(dev) && !isWorkload(dev)) refuse(`an address of the device ${dev}`);
  for (const { table, target, protocol } of routes) {
    if (tables.includes(table) || exclusiveProtocols.includes(protocol)) continue;
    if (table !== 254) refuse(`a route in table ${table}`);
    const dev = targetDevice(target);
    const isOurs = dev !== undefined && (devices.includes(dev) || isWorkload(dev));
    if (!isOurs || (isWorkload(dev) && !workloadProtocols.includes(protocol)))
      refuse(`a route with protocol ${protocol}${dev === undefined ? "" : ` on ${dev}`}`);
  }
}
