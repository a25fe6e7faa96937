import { at } from "../diagnostics/diagnostic.ts";
import type { IpPool } from "../ir/cluster-model.ts";
import { formatCidr } from "../net/cidr.ts";
import { CidrTrie } from "../net/trie.ts";
import type { Check } from "./check.ts";
import { poolsByName } from "./pools.ts";

/** Calico refuses overlapping pools where it can, and lives with them where they exist already. */
export const poolOverlap: Check = (model, report) => {
  const seen = new CidrTrie<IpPool>();
  for (const pool of poolsByName(model)) {
    const origin = at(pool.origin, "spec", "cidr");
    const equal = seen.get(pool.cidr);
    if (equal !== undefined) {
      const cidr = formatCidr(pool.cidr);
      report("pool/duplicate-cidr", { pool: pool.name, winner: equal.name, cidr }, origin, {
        related: [{ message: "the pool in force", origin: at(equal.origin, "spec", "cidr") }],
      });
      continue;
    }
    for (const { value: other, cidr } of [...seen.path(pool.cidr), ...seen.within(pool.cidr)])
      report("pool/overlap", { pool: pool.name, other: other.name, cidr: formatCidr(cidr) }, origin, {
        related: [{ message: "the other pool", origin: at(other.origin, "spec", "cidr") }],
      });
    seen.insert(pool.cidr, pool);
  }
};
