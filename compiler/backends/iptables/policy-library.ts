import type { XtChain, XtTableName } from "../../dataplane/xtables.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import type { FamilyContext } from "./context.ts";
import { placeChain } from "./draft.ts";
import { policyChain, profileChain } from "./names.ts";
import { policyProgramChain, profileProgramChain } from "./policy-chains.ts";

const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** The policies and profiles of the node as chains, made when a table first needs them. */
export class PolicyLibrary {
  readonly #context: FamilyContext;
  #chains: ReadonlyMap<string, (table: XtTableName) => XtChain> | undefined;

  constructor(context: FamilyContext) {
    this.#context = context;
  }

  /** Of policies, then of profiles. */
  get names(): Iterable<string> {
    return this.#byName.keys();
  }

  chain(table: XtTableName, name: string): XtChain | undefined {
    return this.#byName.get(name)?.(table);
  }

  get #byName(): ReadonlyMap<string, (table: XtTableName) => XtChain> {
    this.#chains ??= chainsByName(this.#context);
    return this.#chains;
  }
}

function chainsByName(context: FamilyContext): ReadonlyMap<string, (table: XtTableName) => XtChain> {
  const { ir, programs, version } = context;
  const chains = new Map<string, (table: XtTableName) => XtChain>();
  for (const policy of ir.policies)
    for (const direction of DIRECTIONS)
      chains.set(policyChain(direction, policy.id), (table) =>
        programs.chains.get(policy, `${table} ${direction}`, () =>
          placeChain(policyProgramChain(context, table, policy, direction), version),
        ),
      );
  for (const profile of ir.profiles)
    for (const direction of DIRECTIONS)
      chains.set(profileChain(direction, profile.name), (table) =>
        programs.chains.get(profile, `${table} ${direction}`, () =>
          placeChain(profileProgramChain(context, table, profile, direction), version),
        ),
      );
  return chains;
}

/** Chains that stay in the filter table though no endpoint here uses them (`AssumeNeededOnEveryNode`). */
export function neededEverywhere({ ir }: FamilyContext): readonly string[] {
  return ir.policies
    .filter((policy) => policy.neededEverywhere)
    .flatMap(({ id, directions }) => directions.map((direction) => policyChain(direction, id)));
}
