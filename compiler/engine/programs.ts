import type { Policy, Profile } from "../ir/cluster-model.ts";
import type { PolicyId, PolicyProgram, ProfileProgram } from "../ir/node-ir.ts";
import type { Counters } from "./counters.ts";
import type { SetRequest } from "./member-set.ts";
import { lowerRules } from "./rules.ts";

/** A program with the sets that it refers to. */
export interface Linked<P> {
  readonly program: P;
  readonly sets: readonly SetRequest[];
}

/** Policies and profiles with their rules lowered; each when first asked for, and again only when it changes. */
export class Programs {
  readonly #counters: Counters;
  readonly #policies = new Map<
    PolicyId,
    { readonly policy: Policy; readonly linked: Linked<PolicyProgram> }
  >();
  readonly #profiles = new Map<
    string,
    { readonly profile: Profile | undefined; readonly linked: Linked<ProfileProgram> }
  >();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  policy(policy: Policy): Linked<PolicyProgram> {
    const known = this.#policies.get(policy.key);
    if (known?.policy === policy) return known.linked;
    this.#counters.programsLowered++;
    const linked = linkPolicy(policy);
    this.#policies.set(policy.key, { policy, linked });
    return linked;
  }

  profile(name: string, profile: Profile | undefined): Linked<ProfileProgram> {
    const known = this.#profiles.get(name);
    if (known !== undefined && known.profile === profile) return known.linked;
    this.#counters.programsLowered++;
    const linked = linkProfile(name, profile);
    this.#profiles.set(name, { profile, linked });
    return linked;
  }

  forgetPolicy(key: PolicyId): void {
    this.#policies.delete(key);
  }

  forgetProfile(name: string): void {
    this.#profiles.delete(name);
  }
}

/** Rules of a direction that the policy does not have take no effect, so they are left out with their sets. */
function linkPolicy(policy: Policy): Linked<PolicyProgram> {
  const ingress = lowerRules(policy.directions.includes("ingress") ? policy.ingress : []);
  const egress = lowerRules(policy.directions.includes("egress") ? policy.egress : []);
  return {
    program: {
      id: policy.key,
      policyKind: policy.policyKind,
      namespace: policy.namespace,
      name: policy.name,
      tier: policy.tier,
      selector: policy.selector.canonical,
      directions: policy.directions,
      neededEverywhere: policy.neededEverywhere,
      ingress: ingress.rules,
      egress: egress.rules,
      origin: policy.origin,
    },
    sets: [...ingress.sets, ...egress.sets],
  };
}

function linkProfile(name: string, profile: Profile | undefined): Linked<ProfileProgram> {
  const ingress = lowerRules(profile?.ingress ?? []);
  const egress = lowerRules(profile?.egress ?? []);
  return {
    program: {
      name,
      missing: profile === undefined,
      ingress: ingress.rules,
      egress: egress.rules,
      origin: profile?.origin,
    },
    sets: [...ingress.sets, ...egress.sets],
  };
}
