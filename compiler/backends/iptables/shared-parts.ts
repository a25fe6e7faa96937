import type { KernelSet } from "../../dataplane/ipset.ts";
import type { XtChain } from "../../dataplane/xtables.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { IpSet, LocalWorkload, PolicyProgram, ProfileProgram, TierPolicies } from "../../ir/node-ir.ts";
import type { ProgramContext } from "./context.ts";
import type { RuleList } from "./rule-list.ts";

/** Values by the object that they are made from, and by a word for whatever else they depend on. */
export class MadeFrom<Source extends object, Value> {
  readonly #made = new WeakMap<Source, Made<Value>>();

  get(source: Source, variant: string, make: () => Value): Value {
    const made = this.#made.get(source);
    if (made?.variant === variant) return made.value;
    if (made === undefined) {
      const value = make();
      this.#made.set(source, { variant, value, others: undefined });
      return value;
    }
    made.others ??= new Map();
    let value = made.others.get(variant);
    if (value === undefined) {
      value = make();
      if (made.others.size === MAX_VARIANTS) made.others.clear();
      made.others.set(variant, value);
    }
    return value;
  }
}

/**
 * Profiles and limits of pods come and go, and pods without any policy have one source for ever: its variants are given
 * up at once when they have become many.
 */
const MAX_VARIANTS = 4096;

/** Most sources have one variant. */
interface Made<Value> {
  readonly variant: string;
  readonly value: Value;
  others: Map<string, Value> | undefined;
}

/** What is made of policies and profiles for one IP version, by the same settings and with the same marks. */
export class ProgramParts {
  /** Chains of policies and profiles; the variant is their table and direction. */
  readonly chains = new MadeFrom<PolicyProgram | ProfileProgram, XtChain>();
  /** Chains of groups of policies; the variant is their direction. */
  readonly groups = new MadeFrom<readonly TierPolicies[], readonly XtChain[]>();
  /** Rules of endpoints, for what `endpointChain` is told of them besides their policies. */
  readonly endpointRules = new MadeFrom<readonly TierPolicies[], RuleList>();
}

/** The chains of a workload. */
export type WorkloadChains = MadeFrom<LocalWorkload, readonly XtChain[]>;

/** Work done since the printer was made. */
export interface PrintCounters {
  /** Chains whose text was put together. */
  chainsPrinted: number;
  /** Sets whose text was put together. */
  setsPrinted: number;
}

/**
 * What the nodes of one compile have in common is made once for all of them, and what a node has for itself is kept
 * until another one is printed. Whatever has not changed is the same object in the IR, so it is found by identity.
 */
export class SharedParts {
  readonly counters: PrintCounters;
  /** The variant is the IP version and the largest size of a set. */
  readonly sets = new MadeFrom<IpSet, KernelSet>();
  /** The variant is the IP version of a chain. */
  readonly texts = new MadeFrom<XtChain | KernelSet, string>();
  readonly #programs = new MadeFrom<FelixSettings, ProgramParts>();
  #node: string | undefined;
  #workloads = new MadeFrom<ProgramParts, WorkloadChains>();

  constructor(counters: PrintCounters = { chainsPrinted: 0, setsPrinted: 0 }) {
    this.counters = counters;
  }

  /** The marks follow from the settings and from whether one of them is WireGuard's. */
  programs({ settings, marks, version }: ProgramContext): ProgramParts {
    return this.#programs.get(settings, `${version} ${marks.wireguard}`, () => new ProgramParts());
  }

  workloads(node: string, programs: ProgramParts): WorkloadChains {
    if (node !== this.#node) {
      this.#node = node;
      this.#workloads = new MadeFrom();
    }
    return this.#workloads.get(programs, "", () => new MadeFrom());
  }
}
