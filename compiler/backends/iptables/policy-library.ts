import type { XtChain, XtTableName } from "../../dataplane/xtables.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import type { FamilyContext } from "./context.ts";
import { placeChain } from "./draft.ts";
import { policyChain, profileChain } from "./names.ts";
import { policyProgramChain, profileProgramChain } from "./policy-chains.ts";

const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

/** The policies and profiles of the node as chains of one table, rendered when first asked for. */
export function policyLibrary(
  context: FamilyContext,
  table: XtTableName,
): ReadonlyMap<string, () => XtChain> {
  const { ir, programs, version } = context;
  const { policies, profiles } = ir;
  const library = new Map<string, () => XtChain>();
  for (const policy of policies)
    for (const direction of DIRECTIONS)
      library.set(policyChain(direction, policy.id), () =>
        programs.get(policy, `${table} ${direction}`, () =>
          placeChain(policyProgramChain(context, table, policy, direction), version),
        ),
      );
  for (const profile of profiles)
    for (const direction of DIRECTIONS)
      library.set(profileChain(direction, profile.name), () =>
        programs.get(profile, `${table} ${direction}`, () =>
          placeChain(profileProgramChain(context, table, profile, direction), version),
        ),
      );
  return library;
}

/** Chains that stay in the filter table though no endpoint here uses them (`AssumeNeededOnEveryNode`). */
export function neededEverywhere({ ir }: FamilyContext): readonly string[] {
  return ir.policies
    .filter((policy) => policy.neededEverywhere)
    .flatMap(({ id, directions }) => directions.map((direction) => policyChain(direction, id)));
}
