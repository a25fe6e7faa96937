import type { Report } from "../../diagnostics/bag.ts";
import type { NodeIr, Rule } from "../../ir/node-ir.ts";

/** TCP, UDP, DCCP, SCTP, UDPLite: what `multiport` can look into. */
const WITH_PORTS: readonly number[] = [6, 17, 33, 132, 136];

/**
 * Port numbers need one protocol with ports. Validation demands it too; a rule that comes here without is reported
 * and left out of the artifacts, which are then not used.
 */
export function withExpressiblePorts(ir: NodeIr, report: Report): NodeIr {
  let changed = false;
  const keep = (owner: string) => (rule: Rule) => {
    if (expressible(rule)) return true;
    changed = true;
    report("iptables/ports-without-protocol", { policy: owner }, rule.origin);
    return false;
  };
  const policies = ir.policies.map((policy) => ({
    ...policy,
    ingress: policy.ingress.filter(keep(policy.id)),
    egress: policy.egress.filter(keep(policy.id)),
  }));
  const profiles = ir.profiles.map((profile) => ({
    ...profile,
    ingress: profile.ingress.filter(keep(`profile ${profile.name}`)),
    egress: profile.egress.filter(keep(`profile ${profile.name}`)),
  }));
  return changed ? { ...ir, policies, profiles } : ir;
}

function expressible({ matches }: Rule): boolean {
  const numeric = matches.some((match) => match.kind === "ports" && match.ranges.length > 0);
  if (!numeric) return true;
  return matches.some(
    (match) => match.kind === "protocol" && !match.negated && WITH_PORTS.includes(match.protocol),
  );
}
