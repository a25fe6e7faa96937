import { Type } from "@sinclair/typebox";
import { allowAll } from "../builtin.ts";
import { defineKind } from "../kind.ts";
import { anything } from "../schema.ts";

/** Sheet §4.2: the profile through which pods and network sets inherit the labels of their namespace. */
export const namespace = defineKind({
  apiVersions: ["v1"],
  kind: "Namespace",
  plural: "namespaces",
  aliases: ["ns"],
  scope: "cluster",
  source: "inventory",
  schema: Type.Object({ spec: Type.Optional(anything()), status: Type.Optional(anything()) }),
  lower: ({ metadata, origin }) => [
    {
      kind: "profile",
      key: `kns.${metadata.name}`,
      origin,
      source: "inventory",
      name: `kns.${metadata.name}`,
      labelsToApply: prefixed("pcns.", metadata.labels, metadata.name),
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
