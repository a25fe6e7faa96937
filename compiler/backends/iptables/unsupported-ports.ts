import type { Report } from "../../diagnostics/bag.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import type { NodeIr, Rule } from "../../ir/node-ir.ts";

/** TCP, UDP, DCCP, SCTP, UDPLite: what `multiport` can look into. */
const WITH_PORTS: readonly number[] = [6, 17, 33, 132, 136];

/**
 * Port numbers need one protocol with ports. Validation demands it too; a rule that comes here without is reported
 * and left out of the artifacts, which are then not used.
 */
export function withExpressiblePorts(ir: NodeIr, report: Report): NodeIr {
  const { policies, profiles } = ir;
  // Nearly always: then every program stays the object that it is.
  if (policies.every(isExpressible) && profiles.every(isExpressible)) return ir;
  return {
    ...ir,
    policies: policies.map((policy) => expressiblePart(policy, policy.id, report)),
    profiles: profiles.map((profile) => expressiblePart(profile, `profile ${profile.name}`, report)),
  };
}

type Directions = { readonly [D in Direction]: readonly Rule[] };

function isExpressible({ ingress, egress }: Directions): boolean {
  return ingress.every(hasExpressiblePorts) && egress.every(hasExpressiblePorts);
}

function expressiblePart<P extends Directions>(program: P, policy: string, report: Report): P {
  const keep = (rule: Rule): boolean => {
    const kept = hasExpressiblePorts(rule);
    if (!kept) report("iptables/ports-without-protocol", { policy }, rule.origin);
    return kept;
  };
  return { ...program, ingress: program.ingress.filter(keep), egress: program.egress.filter(keep) };
}

function hasExpressiblePorts({ matches }: Rule): boolean {
  const numeric = matches.some((match) => match.kind === "ports" && match.ranges.length > 0);
  if (!numeric) return true;
  return matches.some(
    (match) => match.kind === "protocol" && !match.negated && WITH_PORTS.includes(match.protocol),
  );
}
