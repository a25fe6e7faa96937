import { type Static, Type } from "@sinclair/typebox";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS, checkSingleton } from "./values.ts";

const clusterInformationSchema = Type.Object({
  spec: Type.Object({
    clusterGUID: Type.Optional(Type.String()),
    clusterType: Type.Optional(Type.String()),
    calicoVersion: Type.Optional(Type.String()),
    datastoreReady: Type.Optional(Type.Boolean()),
    variant: Type.Optional(Type.String()),
  }),
});

/** Identity and readiness of the cluster: read by the daemons, nothing of it shapes a dataplane. */
export const clusterInformation = defineKind<Static<typeof clusterInformationSchema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "ClusterInformation",
  plural: "clusterinformations",
  aliases: ["clusterinfo", "clusterinfos"],
  scope: "cluster",
  source: "inventory",
  schema: clusterInformationSchema,
  validate: (resource, report) => checkSingleton(resource, "Cluster Information", report),
  lower: () => [],
});
