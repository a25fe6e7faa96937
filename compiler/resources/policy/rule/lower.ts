import { ErrorWatch } from "../../../diagnostics/bag.ts";
import type { EntityMatch, IcmpMatch, PolicyRule, PortMatch, RuleAction } from "../../../ir/cluster-model.ts";
import type { PortRange } from "../../../net/cidr.ts";
import { compareBytewise } from "../../../syntax/selector/bytewise.ts";
import { ANYTHING } from "../../builtin.ts";
import { parseNetworks } from "../networks.ts";
import { checkRuleFields } from "./check.ts";
import type { RuleContext } from "./context.ts";
import { parsePort } from "./port.ts";
import { impliedVersion, parseProtocol } from "./protocol-checks.ts";
import type { EntityRule, Rule } from "./schema.ts";
import { foldEntity } from "./selector-checks.ts";

const ACTIONS: Readonly<Record<Rule["action"], RuleAction>> = {
  Allow: "allow",
  Deny: "deny",
  Pass: "pass",
  Log: "log",
};

/**
 * The rules of one direction, or `undefined` when one of them is in error: half a rule list is another policy.
 * Nothing is reported, `checkRule` has done that.
 */
export function lowerRules(
  rules: readonly Rule[] | undefined,
  contextOf: (index: number) => RuleContext,
): readonly PolicyRule[] | undefined {
  const lowered: PolicyRule[] = [];
  for (const [index, rule] of (rules ?? []).entries()) {
    const result = lowerRule(rule, contextOf(index));
    if (result === undefined) return undefined;
    lowered.push(result);
  }
  return lowered;
}

/** The meaning of one rule, `undefined` when it is in error. */
export function lowerRule(rule: Rule, context: RuleContext): PolicyRule | undefined {
  const watch = new ErrorWatch();
  checkRuleFields(rule, context, watch.report);
  const source = lowerEntity(rule.source, context);
  const destination = lowerEntity(rule.destination, context);
  if (watch.failed || source === undefined || destination === undefined) return undefined;
  return {
    action: ACTIONS[rule.action],
    ipVersion: impliedVersion(rule),
    protocol: lowerProtocol(rule.protocol),
    notProtocol: lowerProtocol(rule.notProtocol),
    icmp: lowerIcmp(rule.icmp),
    notIcmp: lowerIcmp(rule.notICMP),
    source,
    destination,
    annotations: Object.entries(rule.metadata?.annotations ?? {}).sort(([a], [b]) => compareBytewise(a, b)),
    http: rule.http !== undefined,
    origin: context.origin,
  };
}

function lowerEntity(entity: EntityRule | undefined, context: RuleContext): EntityMatch | undefined {
  if (entity === undefined) return ANYTHING;
  const folded = foldEntity(entity, context);
  if (!folded.ok) return undefined;
  const { services } = entity;
  return {
    nets: parseNetworks(entity.nets),
    notNets: parseNetworks(entity.notNets),
    selector: folded.selector,
    notSelector: folded.notSelector,
    ports: lowerPorts(entity.ports),
    notPorts: lowerPorts(entity.notPorts),
    // Documented as "the policy's namespace"; upstream leaves it empty and then finds no service at all.
    service: services && { namespace: services.namespace || context.namespace, name: services.name ?? "" },
  };
}

function lowerProtocol(protocol: number | string | undefined): number | undefined {
  return protocol === undefined ? undefined : parseProtocol(protocol);
}

function lowerIcmp(icmp: Rule["icmp"]): IcmpMatch | undefined {
  return icmp?.type === undefined ? undefined : { type: icmp.type, code: icmp.code };
}

/** In the order given, without repetitions: Felix packs them in that order, too. */
function lowerPorts(values: readonly (number | string)[] = []): PortMatch {
  if (values.length === 0) return ANYTHING.ports;
  const ranges = new Map<string, PortRange>();
  const names = new Set<string>();
  for (const value of values) {
    const port = parsePort(value);
    if (port.kind === "name") names.add(port.name);
    if (port.kind === "range") ranges.set(`${port.range.first}:${port.range.last}`, port.range);
  }
  return { ranges: [...ranges.values()], names: [...names] };
}
