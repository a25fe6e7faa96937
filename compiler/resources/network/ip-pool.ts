import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { IpPool } from "../../ir/cluster-model.ts";
import { type Cidr, cidrContains, parseCidr } from "../../net/cidr.ts";
import { ALL } from "../../syntax/selector/parse.ts";
import { defineKind, type Resource } from "../kind.ts";
import { enumOf } from "../schema.ts";
import { CALICO_API_VERSIONS, checkCidr, checkSelector, checkSet, SELECTOR, selectorIn } from "./values.ts";

const ENCAPSULATION = enumOf(["Never", "Always", "CrossSubnet"]);

/** Sheet "IPPool". */
const ipPoolSchema = Type.Object({
  spec: Type.Object({
    cidr: Type.String({ maxLength: 48 }),
    ipipMode: Type.Optional(ENCAPSULATION),
    vxlanMode: Type.Optional(ENCAPSULATION),
    natOutgoing: Type.Optional(Type.Boolean()),
    disabled: Type.Optional(Type.Boolean()),
    disableBGPExport: Type.Optional(Type.Boolean()),
    blockSize: Type.Optional(Type.Integer({ minimum: 0, maximum: 128 })),
    nodeSelector: Type.Optional(SELECTOR),
    namespaceSelector: Type.Optional(SELECTOR),
    allowedUses: Type.Optional(Type.Array(enumOf(["Workload", "Tunnel", "LoadBalancer"]), { maxItems: 10 })),
    assignmentMode: Type.Optional(enumOf(["Automatic", "Manual"])),
  }),
});
type IpPoolBody = Static<typeof ipPoolSchema>;
type IpPoolSpec = IpPoolBody["spec"];

const LINK_LOCAL = [
  { text: "IPv4 link local range 169.254.0.0/16", cidr: parseCidr("169.254.0.0/16")! },
  { text: "IPv6 link local range fe80::/10", cidr: parseCidr("fe80::/10")! },
] as const;

/** Block sizes of a family: the default, and the bounds. */
const BLOCK_SIZES = {
  4: { usual: 26, min: 20, max: 32 },
  6: { usual: 122, min: 116, max: 128 },
} as const;

function blockSizeOf(spec: IpPoolSpec, cidr: Cidr): number {
  return spec.blockSize || BLOCK_SIZES[cidr.version].usual;
}

function encapsulates(mode: IpPoolSpec["ipipMode"]): boolean {
  return mode !== undefined && mode !== "Never";
}

function validate(pool: Resource<IpPoolBody>, report: Report): void {
  const spec = at(pool.origin, "spec");
  const { cidr: text, ipipMode, vxlanMode, nodeSelector, namespaceSelector, allowedUses } = pool.body.spec;
  const cidr = checkCidr(text, { strict: true }, at(spec, "cidr"), report);
  if (encapsulates(ipipMode) && encapsulates(vxlanMode))
    report("pool/both-encapsulations", {}, at(spec, "vxlanMode"));
  checkSelector(nodeSelector, at(spec, "nodeSelector"), report);
  checkSelector(namespaceSelector, at(spec, "namespaceSelector"), report);
  if (nodeSelector?.includes("global("))
    report("pool/global-selector", { field: "nodeSelector" }, at(spec, "nodeSelector"));
  if (namespaceSelector?.includes("global("))
    report("pool/global-selector", { field: "namespaceSelector" }, at(spec, "namespaceSelector"));
  checkSet(allowedUses, at(spec, "allowedUses"), report);
  if (allowedUses?.includes("Tunnel") && namespaceSelector)
    report("pool/tunnel-namespace-selector", {}, at(spec, "namespaceSelector"));
  if (allowedUses?.includes("LoadBalancer")) validateLoadBalancer(pool, report);
  if (cidr !== undefined) validateNetwork(pool, cidr, report);
}

function validateNetwork(pool: Resource<IpPoolBody>, cidr: Cidr, report: Report): void {
  const spec = at(pool.origin, "spec");
  const { blockSize, disabled, ipipMode } = pool.body.spec;
  if (cidr.version === 6 && encapsulates(ipipMode)) report("pool/ipip-on-ipv6", {}, at(spec, "ipipMode"));
  for (const range of LINK_LOCAL)
    if (cidrContains(range.cidr, cidr) || cidrContains(cidr, range.cidr))
      report("pool/link-local", { range: range.text }, at(spec, "cidr"));
  const { min, max } = BLOCK_SIZES[cidr.version];
  if (blockSize && (blockSize < min || blockSize > max)) {
    report("pool/block-size", { blockSize, family: `IPv${cidr.version}` }, at(spec, "blockSize"));
    return;
  }
  const size = blockSizeOf(pool.body.spec, cidr);
  if (disabled !== true && cidr.length > size)
    report("pool/smaller-than-block", { length: cidr.length, blockSize: size }, at(spec, "cidr"));
}

function validateLoadBalancer(pool: Resource<IpPoolBody>, report: Report): void {
  const spec = at(pool.origin, "spec");
  const { allowedUses, ipipMode, vxlanMode, disableBGPExport, nodeSelector } = pool.body.spec;
  if (allowedUses?.some((use) => use !== "LoadBalancer"))
    report("pool/load-balancer-use", {}, at(spec, "allowedUses"));
  if (encapsulates(ipipMode)) report("pool/load-balancer-encapsulation", {}, at(spec, "ipipMode"));
  if (encapsulates(vxlanMode)) report("pool/load-balancer-encapsulation", {}, at(spec, "vxlanMode"));
  if (disableBGPExport) report("pool/load-balancer-export", {}, at(spec, "disableBGPExport"));
  if ((nodeSelector ?? "all()") !== "all()")
    report("pool/load-balancer-selector", {}, at(spec, "nodeSelector"));
}

function lower({ body: { spec }, metadata, origin }: Resource<IpPoolBody>): readonly IpPool[] {
  const cidr = parseCidr(spec.cidr);
  if (cidr === undefined) return [];
  return [
    {
      kind: "ip-pool",
      key: metadata.name,
      origin,
      source: "policy",
      name: metadata.name,
      cidr,
      ipipMode: spec.ipipMode ?? "Never",
      vxlanMode: spec.vxlanMode ?? "Never",
      natOutgoing: spec.natOutgoing ?? false,
      disabled: spec.disabled ?? false,
      disableBgpExport: spec.disableBGPExport ?? false,
      blockSize: blockSizeOf(spec, cidr),
      nodeSelector: selectorIn(spec.nodeSelector) ?? ALL,
      namespaceSelector: selectorIn(spec.namespaceSelector),
      allowedUses: spec.allowedUses?.length ? spec.allowedUses : ["Workload", "Tunnel"],
      assignmentMode: spec.assignmentMode ?? "Automatic",
    },
  ];
}

export const ipPool = defineKind<IpPoolBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "IPPool",
  plural: "ippools",
  aliases: ["ipp", "ipps", "pool", "pools"],
  scope: "cluster",
  source: "policy",
  schema: ipPoolSchema,
  validate,
  lower,
});
