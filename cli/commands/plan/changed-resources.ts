import { isDeepStrictEqual } from "node:util";
import type { Sources } from "../../../compiler/index.ts";
import type { Resource } from "../../../runtime/datastore/resource.ts";
import { withDefaults } from "../../resources/defaults.ts";

/** A resource that the two sides do not have alike: `NetworkPolicy shop/allow-api`. */
export interface ChangedResource {
  readonly op: "add" | "remove" | "change";
  readonly resource: string;
}

/**
 * By kind and name. Both sides are canonical but for what Calico's client fills in, as one of them may come from a
 * datastore: so both are compared with it.
 */
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

/** A file that says no uid means the resource to which a datastore has given one, and a time. */
function areAlike(was: Resource, is: Resource): boolean {
  const isOne = was.metadata.uid === undefined || is.metadata.uid === undefined;
  return isOne ? isDeepStrictEqual(asWritten(was), asWritten(is)) : isDeepStrictEqual(was, is);
}

function asWritten(item: Resource): object {
  const { uid, creationTimestamp, ...metadata } = item.metadata;
  return { ...item, metadata };
}

function byName({ policy, inventory }: Sources): ReadonlyMap<string, Resource> {
  const items = [policy, inventory].flatMap(
    (text) => (JSON.parse(text) as { readonly items: readonly Resource[] }).items,
  );
  return new Map(
    items.map((item) => {
      const { apiVersion, kind, metadata } = item;
      const { namespace, name } = metadata;
      // Kubernetes and Calico both have a NetworkPolicy.
      const isKubernetes = kind === "NetworkPolicy" && apiVersion.startsWith("networking.k8s.io/");
      const called = isKubernetes ? "KubernetesNetworkPolicy" : kind;
      const whole = isKubernetes ? item : withDefaults(item);
      return [`${called} ${namespace === undefined ? name : `${namespace}/${name}`}`, whole];
    }),
  );
}
