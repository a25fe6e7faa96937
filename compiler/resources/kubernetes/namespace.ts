import { Type } from "@sinclair/typebox";
import { NAMESPACE_LABEL_PREFIX } from "../../syntax/selector/fold.ts";
import { allowAll } from "../builtin.ts";
import { namespaceProfile } from "../endpoint-profiles.ts";
import { defineKind, type Resource } from "../kind.ts";
import { anything } from "../schema.ts";

const NAME_LABEL = "kubernetes.io/metadata.name";

/**
 * The label with its name, which the Kubernetes API server gives every namespace (`SetDefaults_Namespace`) and policies
 * select by. A file has not been through a server.
 */
function defaults(namespace: Resource): Resource {
  const { metadata } = namespace;
  const labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
  return { ...namespace, metadata: { ...metadata, labels } };
}

/** Sheet §4.2: the profile through which pods and network sets inherit the labels of their namespace. */
export const namespace = defineKind({
  apiVersions: ["v1"],
  kind: "Namespace",
  plural: "namespaces",
  aliases: ["ns"],
  scope: "cluster",
  source: "inventory",
  schema: Type.Object({ spec: Type.Optional(anything()), status: Type.Optional(anything()) }),
  defaults,
  lower: ({ metadata, origin }) => [
    {
      kind: "profile",
      key: namespaceProfile(metadata.name),
      origin,
      source: "inventory",
      name: namespaceProfile(metadata.name),
      labelsToApply: prefixed(NAMESPACE_LABEL_PREFIX, metadata.labels, metadata.name),
      ingress: [allowAll(origin)],
      egress: [allowAll(origin)],
    },
  ],
});

/** The labels as endpoints inherit them, and the name under the label that selects by name. */
export function prefixed(
  prefix: string,
  labels: Readonly<Record<string, string>>,
  name: string,
): Readonly<Record<string, string>> {
  const entries = Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, value] as const);
  return Object.fromEntries([...entries, [`${prefix}projectcalico.org/name`, name]]);
}
