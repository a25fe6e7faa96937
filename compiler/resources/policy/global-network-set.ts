import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { lowerNetworkSet, type NetworkSetBody, networkSetSchema, validateNetworkSet } from "./network-set.ts";

export const globalNetworkSet = defineKind<NetworkSetBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "GlobalNetworkSet",
  plural: "globalnetworksets",
  aliases: ["gns", "gnetset", "gnetsets"],
  scope: "cluster",
  source: "policy",
  schema: networkSetSchema,
  validate: validateNetworkSet,
  lower: lowerNetworkSet,
});
