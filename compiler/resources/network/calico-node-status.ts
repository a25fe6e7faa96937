import { type Static, Type } from "@sinclair/typebox";
import { at } from "../../diagnostics/diagnostic.ts";
import { defineKind } from "../kind.ts";
import { RESOURCE_NAME } from "../names.ts";
import { enumOf } from "../schema.ts";
import { CALICO_API_VERSIONS, checkSet } from "./values.ts";

const calicoNodeStatusSchema = Type.Object({
  spec: Type.Object({
    node: Type.String({ ...RESOURCE_NAME, minLength: 1 }),
    classes: Type.Array(enumOf(["Agent", "BGP", "Routes"]), { minItems: 1 }),
    updatePeriodSeconds: Type.Integer({ minimum: 0, maximum: 86400 }),
  }),
});

/** A request to the daemon to report about a node; it shapes no dataplane. */
export const calicoNodeStatus = defineKind<Static<typeof calicoNodeStatusSchema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "CalicoNodeStatus",
  plural: "caliconodestatuses",
  aliases: ["nodestatus", "nodestatuses"],
  scope: "cluster",
  source: "inventory",
  schema: calicoNodeStatusSchema,
  validate: ({ body, origin }, report) => checkSet(body.spec.classes, at(origin, "spec", "classes"), report),
  lower: () => [],
});
