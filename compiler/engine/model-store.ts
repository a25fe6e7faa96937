import type { ClusterModel, ModelKind, ModelObject, ModelOf, ModelUpdate } from "../ir/cluster-model.ts";
import { SortedMap } from "./sorted-map.ts";

type Objects = { readonly [K in ModelKind]: SortedMap<ModelOf<K>> };

/** The current objects, by kind and key, and for each kind a number that changes whenever one of them does. */
export class ModelStore implements ClusterModel {
  readonly #objects: Objects = {
    tier: new SortedMap(),
    policy: new SortedMap(),
    profile: new SortedMap(),
    "workload-endpoint": new SortedMap(),
    "abstract-endpoint": new SortedMap(),
    "host-endpoint": new SortedMap(),
    "network-set": new SortedMap(),
    "service-slice": new SortedMap(),
    service: new SortedMap(),
    "ip-pool": new SortedMap(),
    block: new SortedMap(),
    "block-affinity": new SortedMap(),
    node: new SortedMap(),
    "bgp-config": new SortedMap(),
    "bgp-peer": new SortedMap(),
    "bgp-filter": new SortedMap(),
    "felix-config": new SortedMap(),
  };
  readonly #revisions = new Map<ModelKind, number>();
  #revision = 0;

  /** Iterated in the order of the keys. */
  all<K extends ModelKind>(kind: K): ReadonlyMap<string, ModelOf<K>> {
    return this.#objects[kind];
  }

  get<K extends ModelKind>(kind: K, key: string): ModelOf<K> | undefined {
    return this.#objects[kind].get(key);
  }

  /** Changes with every change of an object of the kind. */
  revision(kind: ModelKind): number {
    return this.#revisions.get(kind) ?? 0;
  }

  /** Changes with every change. */
  get totalRevision(): number {
    return this.#revision;
  }

  /** @returns the object that was there before, and whether anything changed. */
  apply({ kind, key, value }: ModelUpdate): {
    readonly before: ModelObject | undefined;
    readonly changed: boolean;
  } {
    // A map of one kind holds objects of that kind only, which the type of an update cannot express.
    const objects = this.#objects[kind] as SortedMap<ModelObject>;
    const before = objects.get(key);
    if (before === value) return { before, changed: false };
    if (value === undefined) objects.delete(key);
    else objects.set(key, value);
    this.#revision++;
    this.#revisions.set(kind, this.#revision);
    return { before, changed: true };
  }
}
