import fc from "fast-check";
import type { ModelKind, ModelObject, ModelUpdate } from "../../ir/cluster-model.ts";
import * as make from "../../ir/testing/objects.ts";
import { abstractEndpoint, hostEndpoint, networkSet, serviceSlice, workload } from "./endpoints.ts";
import {
  bgpConfig,
  bgpFilter,
  bgpPeer,
  block,
  blockAffinity,
  felixConfig,
  kubernetesService,
  node,
  pool,
} from "./network.ts";
import { policy, profile, tier } from "./policies.ts";

/** Every kind has its place here; the frequent ones are those with the most to go wrong. */
const KINDS: Readonly<Record<ModelKind, fc.WeightedArbitrary<ModelObject>>> = {
  "workload-endpoint": { weight: 6, arbitrary: workload },
  policy: { weight: 6, arbitrary: policy },
  profile: { weight: 3, arbitrary: profile },
  "network-set": { weight: 3, arbitrary: networkSet },
  "host-endpoint": { weight: 2, arbitrary: hostEndpoint },
  "service-slice": { weight: 2, arbitrary: serviceSlice },
  node: { weight: 2, arbitrary: node },
  tier: { weight: 1, arbitrary: tier },
  "ip-pool": { weight: 1, arbitrary: pool },
  "felix-config": { weight: 1, arbitrary: felixConfig },
  block: { weight: 2, arbitrary: block },
  "block-affinity": { weight: 1, arbitrary: blockAffinity },
  service: { weight: 1, arbitrary: kubernetesService },
  "bgp-config": { weight: 1, arbitrary: bgpConfig },
  "bgp-peer": { weight: 1, arbitrary: bgpPeer },
  "bgp-filter": { weight: 1, arbitrary: bgpFilter },
  "abstract-endpoint": { weight: 1, arbitrary: abstractEndpoint },
};

export const anyObject: fc.Arbitrary<ModelObject> = fc.oneof(...Object.values(KINDS));

const step: fc.Arbitrary<ModelUpdate> = fc.oneof(
  { weight: 4, arbitrary: anyObject.map(make.add) },
  { weight: 1, arbitrary: anyObject.map(make.remove) },
);

/** Batches of changes, as a stream delivers them. */
export function history(batches: number): fc.Arbitrary<readonly (readonly ModelUpdate[])[]> {
  return fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: batches });
}
