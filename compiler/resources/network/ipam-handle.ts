import { type Static, Type } from "@sinclair/typebox";
import { at } from "../../diagnostics/diagnostic.ts";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS, checkCidr } from "./values.ts";

const ipamHandleSchema = Type.Object({
  spec: Type.Object({
    handleID: Type.String(),
    /** Block → how many addresses of it the handle holds. */
    block: Type.Optional(
      Type.Unsafe<Readonly<Record<string, number>>>({
        type: "object",
        additionalProperties: { type: "integer", minimum: 0 },
      }),
    ),
    deleted: Type.Optional(Type.Boolean()),
  }),
});

/** An index of the allocator from an owner to its blocks; the blocks themselves say everything that we need. */
export const ipamHandle = defineKind<Static<typeof ipamHandleSchema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "IPAMHandle",
  plural: "ipamhandles",
  aliases: [],
  scope: "cluster",
  source: "inventory",
  schema: ipamHandleSchema,
  validate: ({ body, origin }, report) => {
    for (const block of Object.keys(body.spec.block ?? {}))
      checkCidr(block, { strict: true }, at(origin, "spec", "block", block), report);
  },
  lower: () => [],
});
