import type { Policy } from "../ir/cluster-model.ts";

/** As findings name a policy: `NetworkPolicy shop/api`. */
export function policyName({ policyKind, namespace, name }: Policy): string {
  return `${policyKind} ${namespace === "" ? name : `${namespace}/${name}`}`;
}
