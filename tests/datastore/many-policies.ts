import { Etcd3, type IRequestOp } from "etcd3";
import { keysOfResource } from "../../runtime/datastore/etcd/keys.ts";
import { encodeValue } from "../../runtime/datastore/etcd/values.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";

export const POLICIES = { kind: "NetworkPolicy", apiVersion: "projectcalico.org/v3" };

/** About 900 bytes of JSON. */
export function policy(i: number): Resource {
  const rule = (n: number) => ({
    action: "Allow",
    protocol: "TCP",
    source: { selector: `role == 'r${n}'`, namespaceSelector: "all()" },
    destination: { ports: [80, 443, 8000 + n] },
  });
  return {
    ...POLICIES,
    metadata: { name: `p${i}`, namespace: `n${i % 100}`, labels: { app: `a${i}` } },
    spec: {
      tier: "default",
      order: i,
      selector: `app == 'a${i}'`,
      types: ["Ingress"],
      ingress: [1, 2, 3, 4].map(rule),
    },
  };
}

/** Puts `count` policies into an etcd, a hundred with each request. */
export async function seedPolicies(endpoint: string, count: number): Promise<void> {
  const raw = new Etcd3({ hosts: endpoint });
  for (let first = 0; first < count; first += 100) {
    const success = Array.from({ length: Math.min(100, count - first) }, (_, i): IRequestOp => {
      const resource = policy(first + i);
      const [key = ""] = keysOfResource(resource);
      return { request_put: { key: Buffer.from(key), value: encodeValue(key, resource) } };
    });
    await raw.kv.txn({ success });
  }
  raw.close();
}
