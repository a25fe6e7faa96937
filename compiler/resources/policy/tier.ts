import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import { defineKind, type Resource } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { enumOf } from "../schema.ts";
import { checkName } from "./names.ts";

const schema = Type.Object({
  spec: Type.Object({
    order: Type.Optional(Type.Number()),
    defaultAction: Type.Optional(enumOf(["Pass", "Deny"])),
  }),
});

type TierResource = Resource<Static<typeof schema>>;

/** Also the order of a tier that says none: Calico's clients never store a tier without one. */
const DEFAULT_ORDER = 1_000_000;

/** What nobody may change about the tiers that every cluster has: resources.md §1.4. */
const BUILT_IN: ReadonlyMap<string, { readonly order: number; readonly defaultAction: "Pass" | "Deny" }> =
  new Map([
    ["kube-admin", { order: 1_000, defaultAction: "Pass" }],
    ["default", { order: DEFAULT_ORDER, defaultAction: "Deny" }],
    ["kube-baseline", { order: 10_000_000, defaultAction: "Pass" }],
  ]);

function validate(resource: TierResource, report: Report): void {
  const { order, defaultAction } = resource.body.spec;
  const here = at(resource.origin, "spec");
  const { name: tier } = resource.metadata;
  checkName(resource, "tier", report);
  const required = BUILT_IN.get(tier);
  if (required === undefined) return;
  if (defaultAction !== required.defaultAction)
    report(
      "policy/tier-default-action",
      { tier, required: required.defaultAction },
      at(here, "defaultAction"),
    );
  if (order !== required.order)
    report("policy/tier-order", { tier, required: required.order }, at(here, "order"));
}

export const tier = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "Tier",
  plural: "tiers",
  aliases: [],
  scope: "cluster",
  source: "policy",
  schema,
  defaults: (resource) => ({
    ...resource,
    body: { spec: { order: DEFAULT_ORDER, defaultAction: "Deny", ...resource.body.spec } },
  }),
  validate,
  lower: ({ metadata: { name }, body: { spec }, origin }) => [
    {
      kind: "tier",
      key: name,
      origin,
      source: "policy",
      name,
      order: spec.order ?? DEFAULT_ORDER,
      defaultAction: spec.defaultAction === "Pass" ? "pass" : "deny",
    },
  ],
});
