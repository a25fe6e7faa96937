import type { BgpConfig, BgpFilter, BgpPeer } from "./bgp-model.ts";
import type { AbstractEndpoint, HostEndpoint, NetworkSet, WorkloadEndpoint } from "./endpoint-model.ts";
import type { FelixConfig } from "./felix-config.ts";
import type { Block, BlockAffinity, IpPool, Node, Service, ServiceSlice } from "./network-model.ts";
import type { Policy, Profile, Tier } from "./policy-model.ts";

export type * from "./endpoint-model.ts";
export type * from "./network-model.ts";
export type * from "./policy-model.ts";

/**
 * The meaning of the resources, one object per thing, before any node is considered: selectors are folded and
 * parsed, defaults are filled in, Kubernetes objects have become Calico's. This is what the engine consumes and
 * what the reference evaluator reads; nothing in it depends on another object.
 */
export type ModelObject =
  | Tier
  | Policy
  | Profile
  | WorkloadEndpoint
  | AbstractEndpoint
  | HostEndpoint
  | NetworkSet
  | ServiceSlice
  | Service
  | IpPool
  | Block
  | BlockAffinity
  | Node
  | BgpConfig
  | BgpPeer
  | BgpFilter
  | FelixConfig;

export type ModelKind = ModelObject["kind"];

/** A change of one object; `value: undefined` deletes it. */
export interface ModelUpdate {
  readonly kind: ModelKind;
  readonly key: string;
  readonly value: ModelObject | undefined;
}

export function asUpdate(value: ModelObject): ModelUpdate {
  return { kind: value.kind, key: value.key, value };
}

export type ModelOf<K extends ModelKind> = Extract<ModelObject, { kind: K }>;

/**
 * The whole cluster, by kind and key. Keys: tier, profile, pool, node, host endpoint, BGP and Felix objects: the
 * name · policy: its `PolicyId` · workload endpoint: `<node>/<orchestrator>/<workload>/<endpoint>` · network set,
 * service, slice: `<namespace>/<name>` · abstract endpoint: `<controllerKind>/<namespace>/<name>` · block: its CIDR ·
 * affinity: `<node>/<CIDR>`.
 */
export interface ClusterModel {
  /** Iterated in the order of the keys, so that nothing depends on the order of arrival. */
  all<K extends ModelKind>(kind: K): ReadonlyMap<string, ModelOf<K>>;
}
