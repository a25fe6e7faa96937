import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Resource } from "../kind.ts";

const LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?";
const FORMS = {
  /** Also the copies that kube-controllers makes in etcd: `knp.default.*`, and those of OpenStack, `ossg.default.*`. */
  "namespaced policy": new RegExp(
    `^(?:${LABEL}(?:\\.${LABEL})?|(?:knp|ossg)\\.default\\.${LABEL}(?:\\.${LABEL})*)$`,
  ),
  "global policy": new RegExp(`^(?:${LABEL}\\.)?${LABEL}$`),
  tier: new RegExp(`^${LABEL}$`),
};

const MAX_TIER = 63;

/** Names of policies and tiers are narrower than other names: resources.md §1.2, §1.4. */
export function checkName(resource: Resource, form: keyof typeof FORMS, report: Report): void {
  const { kind, origin } = resource;
  const { name } = resource.metadata;
  const here = at(origin, "metadata", "name");
  const excess = form === "tier" ? name.length - MAX_TIER : 0;
  if (excess > 0) report("policy/name-too-long", { kind, excess, limit: MAX_TIER }, here);
  else if (!FORMS[form].test(name))
    report("policy/name-invalid", { kind, name, dots: form === "tier" ? "none" : "one" }, here);
}
