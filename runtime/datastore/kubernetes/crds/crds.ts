import { findKind } from "../../../../compiler/index.ts";
import { isJsonObject, type Json, type JsonObject, objectOf } from "../../json.ts";
import { CALICO_API_VERSION } from "../../kinds.ts";
import { type CrdGroup, customKinds, type ServedKind } from "../served.ts";
import { structural } from "./structural.ts";

export interface CustomResourceDefinition {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: {
      readonly kind: string;
      readonly listKind: string;
      readonly plural: string;
      readonly singular: string;
      readonly shortNames?: readonly string[];
    };
    readonly preserveUnknownFields: false;
    readonly scope: "Cluster" | "Namespaced";
    readonly versions: readonly {
      readonly name: string;
      readonly served: true;
      readonly storage: true;
      readonly schema: { readonly openAPIV3Schema: JsonObject };
    }[];
  };
}

/** Only the v3 resources have some. Source: the sheet's master table, "CRD short". */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  BGPConfiguration: ["bgpconfig", "bgpconfigs"],
  BlockAffinity: ["affinity", "affinities"],
  ClusterInformation: ["clusterinfo", "clusterinfos"],
  GlobalNetworkPolicy: ["gnp", "cgnp"],
  GlobalNetworkSet: ["gns"],
  HostEndpoint: ["hep", "heps"],
  IPAMConfiguration: ["ipamconfig", "ipamconfigs"],
  KubeControllersConfiguration: ["kcc", "kccs"],
  NetworkPolicy: ["cnp", "caliconetworkpolicy"],
  StagedGlobalNetworkPolicy: ["sgnp"],
  StagedKubernetesNetworkPolicy: ["sknp"],
  StagedNetworkPolicy: ["scnp", "snp"],
};

/**
 * The definitions of Calico's custom resources, sorted by name, from the schemas that the compiler checks resources
 * with. They refuse what no version takes, and leave the rest to the checks of whoever reads or writes.
 */
export function customResourceDefinitions(group: CrdGroup): readonly CustomResourceDefinition[] {
  return customKinds(group)
    .map((served) => definitionOf(served, group))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function definitionOf(served: ServedKind, version: CrdGroup): CustomResourceDefinition {
  const [group = "", name = ""] = version.split("/");
  const { servedKind: kind, plural, namespaced } = served;
  const shortNames = version === "projectcalico.org/v3" ? SHORT_NAMES[kind] : undefined;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        ...(shortNames === undefined ? {} : { shortNames }),
      },
      preserveUnknownFields: false,
      scope: namespaced ? "Namespaced" : "Cluster",
      versions: [{ name, served: true, storage: true, schema: { openAPIV3Schema: schemaOf(served) } }],
    },
  };
}

function schemaOf(served: ServedKind): JsonObject {
  const definition = findKind(CALICO_API_VERSION, served.kind);
  const body = structural((definition?.schema ?? { type: "object" }) as Json);
  const properties = objectOf(body.properties);
  return {
    ...body,
    type: "object",
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      ...properties,
      ...(isJsonObject(properties.spec) ? { spec: withOwnTypes(served, properties.spec) } : {}),
    },
  };
}

/** Where Calico's custom resources say more exactly than the compiler what a field is. Source: the sheet, "IPAM block JSON". */
function withOwnTypes({ kind, form }: ServedKind, spec: JsonObject): JsonObject {
  if (kind !== "BlockAffinity" || !isJsonObject(spec.properties)) return spec;
  const deleted = { type: form === "projectcalico.org/v3" ? "boolean" : "string" };
  return { ...spec, properties: { ...spec.properties, deleted } };
}
