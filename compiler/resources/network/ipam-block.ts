import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Block } from "../../ir/cluster-model.ts";
import { addressAt, formatCidr, parseCidr, sizeOf } from "../../net/cidr.ts";
import { defineKind, type Resource } from "../kind.ts";
import { anything, stringMap } from "../schema.ts";
import { CALICO_API_VERSIONS, checkCidr } from "./values.ts";

const AFFINITY = Type.String({
  pattern: "^(host|virtual):[a-zA-Z0-9._-]+$",
  title: "host:<node> or virtual:<name>",
});

/**
 * Sheet "IPAM block JSON". Every list may be absent, as the store writes null for an empty one; sequence numbers
 * exceed what JavaScript counts exactly and are not read.
 */
const ipamBlockSchema = Type.Object({
  spec: Type.Object({
    cidr: Type.String(),
    affinity: Type.Optional(AFFINITY),
    affinityClaimTime: Type.Optional(Type.String()),
    allocations: Type.Optional(Type.Array(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]))),
    unallocated: Type.Optional(Type.Array(Type.Integer({ minimum: 0 }))),
    attributes: Type.Optional(
      Type.Array(
        Type.Object({
          handle_id: Type.Optional(Type.String()),
          secondary: Type.Optional(stringMap()),
          alternateOwnerAttrs: Type.Optional(stringMap()),
          releasedAt: Type.Optional(Type.String()),
        }),
      ),
    ),
    sequenceNumber: Type.Optional(anything()),
    sequenceNumberForAllocation: Type.Optional(anything()),
    deleted: Type.Optional(Type.Boolean()),
    strictAffinity: Type.Optional(Type.Boolean()),
    hostAffinity: Type.Optional(Type.String()),
  }),
});
type IpamBlockBody = Static<typeof ipamBlockSchema>;

/** Values of the owner attribute `type` for addresses of tunnel devices. */
const TUNNEL_TYPES: ReadonlySet<string> = new Set([
  "ipipTunnelAddress",
  "vxlanTunnelAddress",
  "vxlanV6TunnelAddress",
  "wireguardTunnelAddress",
  "wireguardV6TunnelAddress",
]);

function validate({ body: { spec }, origin }: Resource<IpamBlockBody>, report: Report): void {
  const block = checkCidr(spec.cidr, { strict: true }, at(origin, "spec", "cidr"), report);
  if (block === undefined || spec.deleted === true) return;
  const size = sizeOf(block);
  const { allocations = [], attributes = [], unallocated = [] } = spec;
  const allocationsAt = at(origin, "spec", "allocations");
  if (allocations.length !== size)
    report("ipam/allocation-count", { count: allocations.length, size }, allocationsAt);
  for (const [ordinal, index] of allocations.entries())
    if (index !== null && index >= attributes.length)
      report("ipam/attribute-index", { index, count: attributes.length }, at(allocationsAt, ordinal));
  for (const [position, ordinal] of unallocated.entries()) {
    const here = at(origin, "spec", "unallocated", position);
    if (ordinal >= size) report("ipam/unallocated-ordinal", { ordinal, size }, here);
    else if (typeof allocations[ordinal] === "number") report("ipam/allocated-and-free", { ordinal }, here);
  }
}

/** `virtual:load-balancer` and the like belong to no node. */
function nodeOf({ affinity, hostAffinity }: IpamBlockBody["spec"]): string | undefined {
  if (affinity?.startsWith("host:")) return affinity.slice("host:".length);
  return affinity === undefined && hostAffinity ? hostAffinity : undefined;
}

function lower({ body: { spec }, origin }: Resource<IpamBlockBody>): readonly Block[] {
  const cidr = parseCidr(spec.cidr);
  if (cidr === undefined || spec.deleted === true) return [];
  const size = sizeOf(cidr);
  const allocations = (spec.allocations ?? []).flatMap((index, ordinal) => {
    // A released address cools down under an attribute without an owner: it is nobody's.
    const owner = index === null || ordinal >= size ? undefined : spec.attributes?.[index]?.secondary;
    const node = owner?.node;
    if (owner === undefined || node === undefined || node === "") return [];
    return [{ ip: addressAt(cidr, ordinal), node, tunnel: TUNNEL_TYPES.has(owner.type ?? "") }];
  });
  return [
    {
      kind: "block",
      key: formatCidr(cidr),
      origin,
      source: "inventory",
      cidr,
      affinity: nodeOf(spec),
      allocations,
    },
  ];
}

export const ipamBlock = defineKind<IpamBlockBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "IPAMBlock",
  plural: "ipamblocks",
  aliases: [],
  scope: "cluster",
  source: "inventory",
  schema: ipamBlockSchema,
  validate,
  lower,
});
