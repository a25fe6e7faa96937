import type { Ip4 } from "../net/cidr.ts";

/**
 * Keeps proxy ARP from answering a pod's probe for its own address (duplicate address detection): replies that the
 * host sends into a workload's interface claiming the workload's own IPv4 address are dropped. One nftables table of
 * family `arp`, also in iptables mode, because iptables cannot see ARP. Sorted by interface.
 */
export interface ArpGuard {
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly Ip4[] }[];
}
