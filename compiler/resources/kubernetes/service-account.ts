import { Type } from "@sinclair/typebox";
import { SERVICE_ACCOUNT_LABEL_PREFIX } from "../../syntax/selector/fold.ts";
import { serviceAccountProfile } from "../endpoint-profiles.ts";
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
    const name = serviceAccountProfile(metadata.namespace, metadata.name);
    return [
      {
        kind: "profile",
        key: name,
        origin,
        source: "inventory",
        name,
        labelsToApply: prefixed(SERVICE_ACCOUNT_LABEL_PREFIX, metadata.labels, metadata.name),
        ingress: [],
        egress: [],
      },
    ];
  },
});
