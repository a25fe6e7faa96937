/**
 * A custom resource of `crd.projectcalico.org/v1` as the v3 resource that it stores. Source: the sheet "Kubernetes
 * datastore": the v3 metadata stand in an annotation, without what only one cluster knows.
 */
import {
  isJsonObject,
  type Json,
  type JsonObject,
  objectOf,
  parseJson,
} from "../../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../../runtime/datastore/kinds.ts";
import type { Resource } from "../../../runtime/datastore/resource.ts";
import { UserError } from "../../output/errors.ts";

export const CUSTOM_RESOURCES = "crd.projectcalico.org/v1";
const METADATA = "projectcalico.org/metadata";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

const POLICIES: ReadonlySet<string> = new Set([
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
]);

/** Throws UserError where the annotation is no JSON. */
export function storedResource({ kind, metadata, spec, status }: Resource): Resource {
  const annotations = objectOf(metadata.annotations);
  const { [METADATA]: written, [LAST_APPLIED]: _, ...native } = annotations;
  const kept = written === undefined ? undefined : readMetadata(metadata.name, written);
  const labels = { ...objectOf(metadata.labels), ...objectOf(kept?.labels) };
  const others = { ...native, ...objectOf(kept?.annotations) };
  return {
    kind: kind === "IPAMConfig" ? "IPAMConfiguration" : kind,
    apiVersion: CALICO_API_VERSION,
    metadata: {
      name: POLICIES.has(kind) ? policyName(metadata.name, kept, spec) : metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      ...(Object.keys(others).length === 0 ? {} : { annotations: others }),
    },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

function policyName(name: string, kept: JsonObject | undefined, spec: Json | undefined): string {
  if (kept === undefined) return name;
  if (typeof kept.name === "string" && kept.name !== "") return kept.name;
  const tier = isJsonObject(spec) ? (spec.tier ?? "") : "";
  return tier === "" || tier === "default" ? name.replace(/^default\./, "") : name;
}

function readMetadata(name: string, written: Json): JsonObject {
  try {
    const value = parseJson(String(written));
    if (isJsonObject(value)) return value;
  } catch {
    // It is said below.
  }
  throw new UserError(`the annotation ${METADATA} of ${name} is not a JSON object`);
}
