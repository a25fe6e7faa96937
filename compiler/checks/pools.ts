import type { ClusterModel, IpPool } from "../ir/cluster-model.ts";
import { CidrTrie } from "../net/trie.ts";

/** The pools by network; of two with one network the one in force, whose name sorts first. */
export function poolsByCidr(model: ClusterModel): CidrTrie<IpPool> {
  const pools = new CidrTrie<IpPool>();
  for (const pool of poolsByName(model))
    if (pools.get(pool.cidr) === undefined) pools.insert(pool.cidr, pool);
  return pools;
}

export function poolsByName(model: ClusterModel): readonly IpPool[] {
  return [...model.all("ip-pool").values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
