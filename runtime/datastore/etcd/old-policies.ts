import type { IRequestOp, ITxnResponse } from "etcd3";
import { isPolicyKind } from "../kinds.ts";
import { keysOf } from "./keys.ts";
import type { ReadValue } from "./stored.ts";

/** In one transaction, unless the server is set otherwise. */
const MOST_OPERATIONS = 128;

/**
 * Before version 3.32 Calico stored a policy of the default tier as `default.<name>`, and a controller moves it to its
 * own name: while both are there only the new one counts, and the end of the old one is not that of the policy.
 * Returns the etcd keys of those that are old and whose new one is there, at the revision or now. Source: the sheet's "Name
 * rules" of policies.
 */
export async function replacedPolicies(
  reads: readonly ReadValue[],
  revision: string | undefined,
  transact: (requests: IRequestOp[]) => Promise<ITxnResponse>,
): Promise<ReadonlySet<string>> {
  const old = reads.flatMap(({ etcdKey, value: { key } }) => {
    const isOld = key !== undefined && isPolicyKind(key.kind) && etcdKey.endsWith(`/default.${key.name}`);
    const plain = isOld ? keysOf(key)[0] : undefined;
    return plain === undefined ? [] : [{ etcdKey, plain }];
  });
  const replaced = new Set<string>();
  for (let i = 0; i < old.length; i += MOST_OPERATIONS) {
    const some = old.slice(i, i + MOST_OPERATIONS);
    const { responses } = await transact(
      some.map(({ plain }) => ({
        request_range: {
          key: Buffer.from(plain),
          count_only: true,
          ...(revision === undefined ? {} : { revision }),
        },
      })),
    );
    for (const [n, { etcdKey }] of some.entries())
      if (responses[n]?.response_range.count !== "0") replaced.add(etcdKey);
  }
  return replaced;
}
