import type { SetMember } from "../ir/member-list.ts";
import type { Cidr } from "../net/cidr.ts";
import { splitDefault } from "../net/sets.ts";

/** A `hash:net` set refuses a prefix of length zero, which is therefore written as its two halves. */
export function netMember(cidr: Cidr): readonly SetMember[] {
  if (cidr.length > 0) return [{ kind: "net", cidr }];
  return splitDefault(cidr).map((half) => ({ kind: "net", cidr: half }));
}
