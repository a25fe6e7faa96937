import type { ClusterModel, ModelKind, ModelObject, ModelOf, ModelUpdate } from "../ir/cluster-model.ts";

type Objects = { readonly [K in ModelKind]: Map<string, ModelOf<K>> };

/** The current objects, by kind and key, and for each kind a number that changes whenever one of them does. */
export class ModelStore implements ClusterModel {
  readonly #objects: Objects = {
    tier: new Map(),
    policy: new Map(),
    profile: new Map(),
    "workload-endpoint": new Map(),
    "host-endpoint": new Map(),
    "network-set": new Map(),
    "service-slice": new Map(),
    service: new Map(),
    "ip-pool": new Map(),
    block: new Map(),
    "block-affinity": new Map(),
    node: new Map(),
    "bgp-config": new Map(),
    "bgp-peer": new Map(),
    "bgp-filter": new Map(),
    "felix-config": new Map(),
  };
  readonly #revisions = new Map<ModelKind, number>();
  #revision = 0;

  /** In the order of arrival: whoever makes output from it sorts. */
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
    const objects = this.#objects[kind] as Map<string, ModelObject>;
    const before = objects.get(key);
    if (before === value) return { before, changed: false };
    if (value === undefined) objects.delete(key);
    else objects.set(key, value);
    this.#revision++;
    this.#revisions.set(kind, this.#revision);
    return { before, changed: true };
  }
}
