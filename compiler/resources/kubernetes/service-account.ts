import { Type } from "@sinclair/typebox";
import { defineKind } from "../kind.ts";
import { prefixed } from "./namespace.ts";

/** Sheet §4.3: the profile through which pods inherit the labels of their service account. It has no rules. */
export const serviceAccount = defineKind({
  apiVersions: ["v1"],
  kind: "ServiceAccount",
  plural: "serviceaccounts",
  aliases: ["sa"],
  scope: "namespaced",
  source: "inventory",
  schema: Type.Object({}, { additionalProperties: true }),
  lower: ({ metadata, origin }) => {
    const name = `ksa.${metadata.namespace}.${metadata.name}`;
    return [
      {
        kind: "profile",
        key: name,
        origin,
        source: "inventory",
        name,
        labelsToApply: prefixed("pcsa.", metadata.labels, metadata.name),
        ingress: [],
        egress: [],
      },
    ];
  },
});
