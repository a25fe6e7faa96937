import fc from "fast-check";
import { Draw } from "../../draw.ts";
import { CALICO, NODE, PODS, type Resource } from "../../kernel/generated-policies/inventory.ts";
import { policies, profile, tiers } from "../../kernel/generated-policies/policy-kinds.ts";
import { networkSets, workloadC } from "../../kernel/generated-policies/surroundings.ts";

/** Fixed for a run: what the policies stand among. No host endpoint by wildcard, so that one table decides. */
const SETTINGS: Resource = {
  apiVersion: CALICO,
  kind: "FelixConfiguration",
  metadata: { name: "default" },
  spec: { workloadSourceSpoofing: "Any", defaultEndpointToHostAction: "Accept" },
};
const HOST_ENDPOINT: Resource = {
  apiVersion: CALICO,
  kind: "HostEndpoint",
  metadata: { name: "node-1-host", labels: { role: "host" } },
  spec: { node: NODE, interfaceName: "eth0", profiles: ["projectcalico-default-allow"] },
};

/** How many policies there are at a time, about. */
const SIZE = 6;

function one<T>(arbitrary: fc.Arbitrary<T>, seed: number): T {
  const [made] = fc.sample(arbitrary, { seed, numRuns: 1 });
  if (made === undefined) throw new Error("nothing was drawn");
  return made;
}

/** Random sets of resources, each a small change of the one before. */
export class RandomChanges {
  readonly #draw: Draw;
  readonly #surroundings: readonly Resource[];
  readonly #pool: readonly Resource[];
  readonly #usual: readonly Resource[];
  #policies: readonly Resource[];
  #labels: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map();

  /** `felix`: further fields of the FelixConfiguration. */
  constructor(seed: number, felix: Readonly<Record<string, unknown>> = {}) {
    this.#draw = new Draw(seed);
    this.#surroundings = [
      { ...SETTINGS, spec: { ...(SETTINGS.spec as object), ...felix } },
      HOST_ENDPOINT,
      ...one(tiers, seed),
      ...one(networkSets, seed + 1),
      one(profile, seed + 2),
      one(workloadC, seed + 3),
    ];
    const drawn = fc.sample(policies, { seed: seed + 4, numRuns: 400 }).flat();
    this.#pool = drawn
      .filter(({ spec }) => !("doNotTrack" in (spec as object)) && !("preDNAT" in (spec as object)))
      .map((policy, index) => renamed(policy, index));
    this.#usual = this.#pool.slice(0, SIZE);
    this.#policies = this.#usual;
  }

  resources(): readonly Resource[] {
    return [...this.#surroundings, ...this.#policies];
  }

  /** All policies that the run may ever have, to draw packets around. */
  everything(): readonly Resource[] {
    return [...this.#surroundings, ...this.#pool.slice(0, 60)];
  }

  /** Labels that pods have instead of those of the inventory, by `namespace/name`. */
  labels(): ReadonlyMap<string, Readonly<Record<string, string>>> {
    return this.#labels;
  }

  /** A policy comes, goes, or makes room for another. Returns how to take that back. */
  changePolicy(): () => void {
    const before = this.#policies;
    const leaving = this.#draw.from(before);
    const arriving = this.#draw.from(this.#pool.filter((policy) => !before.includes(policy)));
    const isFull = before.length > SIZE;
    const isScarce = before.length < SIZE - 2;
    const takes = !isScarce && (isFull || this.#draw.chance(0.7));
    const gives = isScarce || !takes || this.#draw.chance(0.6);
    this.#policies = [
      ...before.filter((policy) => !takes || policy !== leaving),
      ...(gives && arriving !== undefined ? [arriving] : []),
    ];
    return () => {
      this.#policies = before;
    };
  }

  /** One pod or two get other labels, which moves them into and out of sets and policies. */
  changeInventory(): void {
    const next = new Map(this.#labels);
    for (let left = this.#draw.chance(0.3) ? 2 : 1; left > 0; left--) {
      const pod = this.#draw.from(PODS.filter(({ name }) => name !== "c"));
      const app = this.#draw.from(["a", "b", "c"]) ?? "a";
      const tier = this.#draw.from(["front", "back", "far", undefined]);
      if (pod !== undefined)
        next.set(`${pod.namespace}/${pod.name}`, { app, ...(tier === undefined ? {} : { tier }) });
    }
    this.#labels = next;
  }
}

/** Each of the pool has a name of its own, with its tier in front as Calico wants it. */
function renamed(policy: Resource, index: number): Resource {
  const { metadata } = policy;
  return { ...policy, metadata: { ...metadata, name: metadata.name.replace(/p\d+$/, `p${index}`) } };
}
