import type { Sources } from "../../compiler/index.ts";

/** A resource that two policies do not have alike: `NetworkPolicy shop/allow-api`. */
export interface ChangedResource {
  readonly resource: string;
  readonly change: "added" | "removed" | "changed";
}

/** What leads from one policy to the next, sorted by resource. */
export function changedResources(
  before: Sources["policy"],
  after: Sources["policy"],
): readonly ChangedResource[] {
  const [old, fresh] = [byName(before), byName(after)];
  return [...new Set([...old.keys(), ...fresh.keys()])].sort().flatMap((resource): ChangedResource[] => {
    const [was, is] = [old.get(resource), fresh.get(resource)];
    if (was === is) return [];
    return [{ resource, change: was === undefined ? "added" : is === undefined ? "removed" : "changed" }];
  });
}

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** The canonical text of each resource, by its kind and name, with the API where two have kinds of one name. */
function byName(policy: Sources["policy"]): ReadonlyMap<string, string> {
  const { items } = JSON.parse(policy) as { readonly items: readonly Named[] };
  return new Map(
    items.map((item) => {
      const { apiVersion, kind, metadata } = item;
      const type = apiVersion.startsWith("projectcalico.org/") ? kind : `${kind} (${apiVersion})`;
      const name =
        metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
      return [`${type} ${name}`, JSON.stringify(item)];
    }),
  );
}
