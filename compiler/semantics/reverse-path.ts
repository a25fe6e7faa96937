import { cidrOf, type IpVersion } from "../net/cidr.ts";
import { all, any, type Condition, inNet } from "./condition.ts";

const LINK_LOCAL = cidrOf({ version: 6, value: 0xfe80n << 112n }, 10);
const UNSPECIFIED = cidrOf({ version: 6, value: 0n }, 128);
const THIS_NETWORK = cidrOf({ version: 4, value: 0 }, 8);
const BROADCAST = cidrOf({ version: 4, value: 0xffff_ffff }, 32);
const LOCAL_MULTICAST = cidrOf({ version: 4, value: 0xe000_0000 }, 24);

/**
 * Sources that reverse path filtering lets pass without a route: those that every interface has, and those of hosts
 * that have no address yet (Linux, `ipt_rpfilter.c` and `ip6t_rpfilter.c`).
 */
export function sourceNeedsNoRoute(version: IpVersion): Condition {
  if (version === 6) return any(inNet("source", LINK_LOCAL), inNet("source", UNSPECIFIED));
  const toAll = any(inNet("destination", BROADCAST), inNet("destination", LOCAL_MULTICAST));
  return all(inNet("source", THIS_NETWORK), toAll);
}
