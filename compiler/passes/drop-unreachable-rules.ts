import type { NodeIr, PolicyProgram, ProfileProgram, Rule } from "../ir/node-ir.ts";
import type { Pass } from "./pass.ts";

/**
 * Drops rules that follow a rule which matches every packet of both families and ends the policy: nothing can
 * reach them. A log rule ends nothing, and a rule for one family leaves the other to its successors.
 */
export const dropUnreachableRules: Pass = {
  name: "drop-unreachable-rules",
  run: (ir): NodeIr => ({
    ...ir,
    policies: ir.policies.map((policy) => trim<PolicyProgram>(policy)),
    profiles: ir.profiles.map((profile) => trim<ProfileProgram>(profile)),
  }),
};

function trim<Program extends PolicyProgram | ProfileProgram>(program: Program): Program {
  const ingress = reachable(program.ingress);
  const egress = reachable(program.egress);
  return ingress === program.ingress && egress === program.egress ? program : { ...program, ingress, egress };
}

function reachable(rules: readonly Rule[]): readonly Rule[] {
  const end = rules.findIndex(
    (r) => r.matches.length === 0 && r.ipVersion === undefined && r.action !== "log",
  );
  return end === -1 || end === rules.length - 1 ? rules : rules.slice(0, end + 1);
}
