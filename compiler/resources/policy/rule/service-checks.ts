import type { Report } from "../../../diagnostics/bag.ts";
import { at } from "../../../diagnostics/diagnostic.ts";
import type { RuleCheck, RuleContext, Side } from "./context.ts";
import type { EntityRule } from "./schema.ts";

/** R14–R22: a service match stands alone on its side, and only on the side of the peer. */
export const checkServices: RuleCheck = ({ sides }, context, report) => {
  for (const side of sides)
    if (side.entity.services !== undefined) checkSide(side, side.entity.services, context, report);
};

function checkSide(
  { side, entity }: Side,
  { name, namespace }: NonNullable<EntityRule["services"]>,
  { owner, direction, origin }: RuleContext,
  report: Report,
): void {
  const here = at(origin, side, "services");
  if (isGiven(entity.namespaceSelector))
    report("policy/services-exclusive", { with: "NamespaceSelector" }, here);
  if (entity.serviceAccounts !== undefined)
    report("policy/services-exclusive", { with: "ServiceAccounts" }, here);
  if (isGiven(entity.selector) || isGiven(entity.notSelector))
    report("policy/services-exclusive", { with: "Selector/NotSelector" }, here);
  if (isGiven(entity.nets) || isGiven(entity.notNets))
    report("policy/services-exclusive", { with: "Nets/NotNets" }, here);
  if (!isGiven(name)) report("policy/service-name-missing", {}, here);
  if (side === "destination" && (isGiven(entity.ports) || isGiven(entity.notPorts)))
    report("policy/services-with-ports", {}, here);
  if (side === (direction === "egress" ? "source" : "destination"))
    report("policy/services-direction", { side, direction }, here);
  if (owner !== "namespaced policy" && !isGiven(namespace))
    report("policy/service-namespace-missing", {}, here);
}

function isGiven(value: string | readonly unknown[] | undefined): boolean {
  return value !== undefined && value.length > 0;
}
