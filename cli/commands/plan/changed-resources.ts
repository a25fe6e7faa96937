import type { Sources } from "../../../compiler/index.ts";

/** A resource that the two sides do not have alike: `NetworkPolicy shop/allow-api`. */
export interface ChangedResource {
  readonly op: "add" | "remove" | "change";
  readonly resource: string;
}

/** By kind and name. Both sides are canonical, so that equal text means equal resources. */
export function changedResources(before: Sources, after: Sources): readonly ChangedResource[] {
  const olds = byName(before);
  const news = byName(after);
  return [...new Set([...olds.keys(), ...news.keys()])]
    .sort()
    .flatMap((resource): readonly ChangedResource[] => {
      const was = olds.get(resource);
      const is = news.get(resource);
      if (was !== undefined && is !== undefined && areAlike(was, is)) return [];
      return [{ op: was === undefined ? "add" : is === undefined ? "remove" : "change", resource }];
    });
}

interface Named {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
  };
}

/** A file that says no uid means the resource to which a datastore has given one, and a time. */
function areAlike(was: Named, is: Named): boolean {
  const isSame = (a: Named, b: Named) => JSON.stringify(a) === JSON.stringify(b);
  const isOne = was.metadata.uid === undefined || is.metadata.uid === undefined;
  return isOne ? isSame(asWritten(was), asWritten(is)) : isSame(was, is);
}

function asWritten(item: Named): Named {
  const { uid, creationTimestamp, ...metadata } = item.metadata;
  return { ...item, metadata };
}

function byName({ policy, inventory }: Sources): ReadonlyMap<string, Named> {
  const items = [policy, inventory].flatMap(
    (text) => (JSON.parse(text) as { readonly items: readonly Named[] }).items,
  );
  return new Map(
    items.map((item) => {
      const { apiVersion = "", kind, metadata } = item;
      const { namespace, name } = metadata;
      // Kubernetes and Calico both have a NetworkPolicy.
      const isKubernetes = kind === "NetworkPolicy" && apiVersion.startsWith("networking.k8s.io/");
      const called = isKubernetes ? "KubernetesNetworkPolicy" : kind;
      return [`${called} ${namespace === undefined ? name : `${namespace}/${name}`}`, item];
    }),
  );
}
