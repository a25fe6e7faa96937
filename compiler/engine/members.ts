import type { SetMember } from "../ir/member-list.ts";
import type { Cidr } from "../net/cidr.ts";
import { splitDefault } from "../net/sets.ts";

/** A `hash:net` set refuses a prefix of length zero, which is therefore written as its two halves. */
export function netMember(cidr: Cidr): readonly SetMember[] {
  return splitDefault(cidr).map((half) => ({ kind: "net", cidr: half }));
}
