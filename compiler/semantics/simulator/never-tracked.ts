import type { IpVersion } from "../../net/cidr.ts";
import { any, type Condition, isIcmp, NEVER } from "../condition.ts";

/** Messages of multicast listeners and neighbours (Linux, `nf_conntrack_proto_icmpv6.c`, `noct_valid_new`). */
const TYPES: readonly number[] = [130, 131, 132, 133, 134, 135, 136, 143];

/** What connection tracking never looks at: to every rule behind it, such packets are `UNTRACKED`. */
export function isNeverTracked(version: IpVersion): Condition {
  return version === 4 ? NEVER : any(...TYPES.map((type) => isIcmp(6, type, undefined)));
}
