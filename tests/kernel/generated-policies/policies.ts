import fc from "fast-check";
import type { Resource } from "./inventory.ts";
import { policies, profile, tiers } from "./policy-kinds.ts";
import {
  bgpConfiguration,
  felixConfiguration,
  hostEndpoint,
  networkSets,
  workloadC,
} from "./surroundings.ts";

/** What a case adds to the inventory, in the order in which it is written. */
export interface Case {
  readonly resources: readonly Resource[];
  /** Of the packets, not of the policies. */
  readonly seed: number;
}

/** Absent in one of `freq` cases. */
function maybe(resource: fc.Arbitrary<Resource>, freq: number): fc.Arbitrary<readonly Resource[]> {
  return fc.option(resource, { nil: undefined, freq }).map((made) => (made === undefined ? [] : [made]));
}

export const anyCase: fc.Arbitrary<Case> = fc
  .record({
    tiers,
    networkSets,
    profile: profile.map((made) => [made]),
    workloadC: workloadC.map((made) => [made]),
    hostEndpoint: maybe(hostEndpoint, 5),
    felixConfiguration: felixConfiguration.map((made) => [made]),
    bgpConfiguration: maybe(fc.constant(bgpConfiguration), 2),
    policies,
    seed: fc.noShrink(fc.nat()),
  })
  .map(({ seed, ...resources }) => ({ resources: Object.values(resources).flat(), seed }));
