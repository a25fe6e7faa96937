import { formatIp, type RoutingState } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";

/** Addresses that led to a workload of this host and lead to none any more. */
export function removedWorkloads(old: RoutingState, target: RoutingState): readonly string[] {
  const left = new Set(workloadAddresses(target));
  return workloadAddresses(old).filter((address) => !left.has(address));
}

function workloadAddresses({ routes }: RoutingState): readonly string[] {
  return routes.flatMap(({ destination, target }) => {
    const isSingle = destination.length === (destination.version === 4 ? 32 : 128);
    return target.kind === "link" && isSingle ? [formatIp(destination)] : [];
  });
}

/**
 * Their connections must not live on with whoever gets the address next. `conntrack` fails where there is none to
 * delete, so what it says is no sign of anything; a host without the tool keeps its entries until they time out.
 */
export async function cutConnections(host: Host, addresses: readonly string[]): Promise<void> {
  for (const address of addresses)
    for (const side of ["--orig-src", "--orig-dst", "--reply-src", "--reply-dst"])
      await host.run("conntrack", ["--delete", side, address]);
}
