import { type Cidr, cidrKey, isSingleAddress, parseCidr } from "../../net/cidr.ts";
import { isUnspecified } from "../../net/ip.ts";

const NO_NETWORKS: readonly Cidr[] = [];

/** The networks of a list that parse, in the order given; two spellings of one network are one. */
export function parseNetworks(texts: readonly string[] = []): readonly Cidr[] {
  if (texts.length === 0) return NO_NETWORKS;
  const nets = new Map<number | bigint, Cidr>();
  for (const text of texts) {
    const cidr = parseCidr(text);
    if (cidr !== undefined) nets.set(cidrKey(cidr), cidr);
  }
  return [...nets.values()];
}

/** A network that is the address of one host: what a workload has. */
export function isHostAddress(network: Cidr): boolean {
  return isSingleAddress(network) && !isUnspecified(network);
}
