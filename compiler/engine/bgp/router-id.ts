import { createHash } from "node:crypto";
import type { Ip, Ip4 } from "../../net/cidr.ts";

/**
 * The node's IPv4 address; without one, or on demand, Calico's hash of the node name: the first four bytes of
 * SHA-256, kept out of the multicast and reserved ranges (routing-bgp.md §3.4).
 */
export function routerId(node: string, address4: Ip | undefined, mode: "address" | "hash"): Ip4 {
  if (mode === "address" && address4?.version === 4) return { version: 4, value: address4.value };
  const digest = createHash("sha256").update(node).digest();
  const first = digest.readUInt8(0);
  digest.writeUInt8(first > 223 ? first - 32 : first, 0);
  return { version: 4, value: digest.readUInt32BE(0) };
}
