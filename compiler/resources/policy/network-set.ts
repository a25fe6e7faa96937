import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { NetworkSet } from "../../ir/cluster-model.ts";
import { parseCidr } from "../../net/cidr.ts";
import { NAMESPACE_LABEL } from "../../syntax/selector/fold.ts";
import { namespaceProfile } from "../endpoint-profiles.ts";
import { defineKind, type Resource } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { strings } from "../schema.ts";
import { parseNetworks } from "./networks.ts";

/** Of NetworkSet and GlobalNetworkSet: resources.md §1.7. */
export const networkSetSchema = Type.Object({
  spec: Type.Object({ nets: Type.Optional(strings({ uniqueItems: true })) }),
});

export type NetworkSetBody = Static<typeof networkSetSchema>;

/** Bare addresses and host bits are welcome here. */
export function validateNetworkSet(
  { metadata, body, origin }: Resource<NetworkSetBody>,
  report: Report,
): void {
  if (Object.hasOwn(metadata.labels, NAMESPACE_LABEL))
    report("policy/namespace-label", {}, at(origin, "metadata", "labels", NAMESPACE_LABEL), {
      target: "key",
    });
  body.spec.nets?.forEach((text, index) => {
    if (parseCidr(text) === undefined)
      report("policy/cidr-invalid", { value: text, bare: undefined }, at(origin, "spec", "nets", index));
  });
}

export function lowerNetworkSet({ metadata, body, origin }: Resource<NetworkSetBody>): readonly NetworkSet[] {
  const { namespace, name } = metadata;
  const own = Object.entries(metadata.labels).filter(([key]) => key !== NAMESPACE_LABEL);
  return [
    {
      kind: "network-set",
      key: `${namespace}/${name}`,
      origin,
      source: "policy",
      namespace,
      name,
      labels: Object.fromEntries(namespace === "" ? own : [...own, [NAMESPACE_LABEL, namespace]]),
      profiles: namespace === "" ? [] : [namespaceProfile(namespace)],
      nets: parseNetworks(body.spec.nets),
    },
  ];
}

export const networkSet = defineKind<NetworkSetBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "NetworkSet",
  plural: "networksets",
  aliases: ["netset", "netsets"],
  scope: "namespaced",
  source: "policy",
  schema: networkSetSchema,
  validate: validateNetworkSet,
  lower: lowerNetworkSet,
});
