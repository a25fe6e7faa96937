import { type Static, Type } from "@sinclair/typebox";
import { at } from "../../diagnostics/diagnostic.ts";
import { defineKind } from "../kind.ts";
import { strings } from "../schema.ts";
import { CALICO_API_VERSIONS, checkCidr, checkSet } from "./values.ts";

const ipReservationSchema = Type.Object({
  spec: Type.Object({ reservedCIDRs: Type.Optional(strings()) }),
});

/** Addresses that are never assigned automatically: for the allocator, nothing of it reaches a dataplane. */
export const ipReservation = defineKind<Static<typeof ipReservationSchema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "IPReservation",
  plural: "ipreservations",
  aliases: ["reservation", "reservations"],
  scope: "cluster",
  source: "policy",
  schema: ipReservationSchema,
  validate: ({ body, origin }, report) => {
    const list = at(origin, "spec", "reservedCIDRs");
    checkSet(body.spec.reservedCIDRs, list, report);
    for (const [index, cidr] of (body.spec.reservedCIDRs ?? []).entries())
      checkCidr(cidr, { bare: true }, at(list, index), report);
  },
  lower: () => [],
});
