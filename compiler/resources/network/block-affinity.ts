import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { BlockAffinity } from "../../ir/cluster-model.ts";
import { formatCidr, parseCidr } from "../../net/cidr.ts";
import { defineKind, type Resource } from "../kind.ts";
import { enumOf } from "../schema.ts";
import { CALICO_API_VERSIONS, checkCidr } from "./values.ts";

const blockAffinitySchema = Type.Object({
  spec: Type.Object({
    cidr: Type.String(),
    node: Type.String({ minLength: 1 }),
    state: Type.Optional(enumOf(["", "pending", "confirmed", "pendingDeletion"])),
    type: Type.Optional(enumOf(["", "host", "virtual"])),
    /** A text in the older custom resources. */
    deleted: Type.Optional(
      Type.Unsafe<boolean | string>({ enum: [true, false, "true", "false"], title: "true or false" }),
    ),
  }),
});
type BlockAffinityBody = Static<typeof blockAffinitySchema>;

function isDeleted({ deleted }: BlockAffinityBody["spec"]): boolean {
  return String(deleted) === "true";
}

function validate({ body: { spec }, origin }: Resource<BlockAffinityBody>, report: Report): void {
  checkCidr(spec.cidr, { strict: true }, at(origin, "spec", "cidr"), report);
  if (isDeleted(spec)) report("ipam/deleted-affinity", {}, at(origin, "spec", "deleted"));
}

function lower({ body: { spec }, origin }: Resource<BlockAffinityBody>): readonly BlockAffinity[] {
  const cidr = parseCidr(spec.cidr);
  if (cidr === undefined || isDeleted(spec)) return [];
  return [
    {
      kind: "block-affinity",
      key: `${spec.node}/${formatCidr(cidr)}`,
      origin,
      source: "inventory",
      cidr,
      node: spec.node,
      affinityType: spec.type === "virtual" ? "virtual" : "host",
      // Affinities from before the states existed have none, and were only ever written when settled.
      state: spec.state || "confirmed",
    },
  ];
}

export const blockAffinity = defineKind<BlockAffinityBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "BlockAffinity",
  plural: "blockaffinities",
  aliases: ["affinity", "affinities"],
  scope: "cluster",
  source: "inventory",
  schema: blockAffinitySchema,
  validate,
  lower,
});
