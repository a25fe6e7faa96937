import type { Resource, ResourceKey, Selection } from "../../runtime/datastore/resource.ts";

export const NETWORK_SETS: Selection = { apiVersion: "projectcalico.org/v3", kind: "NetworkSet" };
export const POOLS: Selection = { apiVersion: "projectcalico.org/v3", kind: "IPPool" };

export function networkSet(
  namespace: string,
  name: string,
  nets: readonly string[] = ["10.0.0.0/8"],
): Resource {
  return {
    kind: "NetworkSet",
    apiVersion: "projectcalico.org/v3",
    metadata: { name, namespace },
    spec: { nets },
  };
}

export function pool(name: string, cidr: string): Resource {
  return {
    kind: "IPPool",
    apiVersion: "projectcalico.org/v3",
    metadata: { name },
    spec: { cidr, natOutgoing: true },
  };
}

export function setKey(namespace: string, name: string): ResourceKey {
  return { ...NETWORK_SETS, namespace, name };
}
