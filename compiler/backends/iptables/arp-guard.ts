import type { ArpGuard } from "../../dataplane/arp-guard.ts";
import type { NodeIr } from "../../ir/node-ir.ts";

export function arpGuard({ workloads }: NodeIr): ArpGuard {
  return {
    interfaces: workloads.flatMap(({ interfaceName: name, addresses }) => {
      const own = addresses.flatMap((cidr) =>
        cidr.version === 4 ? [{ version: 4, value: cidr.value } as const] : [],
      );
      return own.length === 0 ? [] : [{ name, addresses: own.toSorted((a, b) => a.value - b.value) }];
    }),
  };
}
