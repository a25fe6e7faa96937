import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { BgpPeer } from "../../ir/bgp-model.ts";
import { formatIp } from "../../net/ip.ts";
import { defineKind, type Resource } from "../kind.ts";
import { RESOURCE_NAME } from "../names.ts";
import { enumOf, intOrString, strings } from "../schema.ts";
import { parseAsNumber } from "./as-number.ts";
import { parsePeerAddress } from "./peer-address.ts";
import {
  CALICO_API_VERSIONS,
  checkDuration,
  checkIp,
  checkSelector,
  ipIn,
  present,
  SECRET,
  SELECTOR,
  secondsIn,
  secretOf,
  selectorIn,
} from "./values.ts";

/** Sheet "BGPPeer"; `failureDetectionMode` and `restartMode` are Calico Enterprise's (docs.tigera.io, "Deploy a dual ToR cluster"). */
const bgpPeerSchema = Type.Object({
  spec: Type.Object({
    node: Type.Optional(Type.String({ ...RESOURCE_NAME, maxLength: 253 })),
    nodeSelector: Type.Optional(SELECTOR),
    peerIP: Type.Optional(Type.String({ maxLength: 64 })),
    asNumber: Type.Optional(intOrString()),
    localASNumber: Type.Optional(intOrString()),
    peerSelector: Type.Optional(SELECTOR),
    localWorkloadSelector: Type.Optional(SELECTOR),
    keepOriginalNextHop: Type.Optional(Type.Boolean()),
    nextHopMode: Type.Optional(enumOf(["Auto", "Self", "Keep"])),
    password: Type.Optional(SECRET),
    sourceAddress: Type.Optional(enumOf(["UseNodeIP", "None"])),
    failureDetectionMode: Type.Optional(enumOf(["None", "BFDIfDirectlyConnected"])),
    restartMode: Type.Optional(enumOf(["GracefulRestart", "LongLivedGracefulRestart"])),
    maxRestartTime: Type.Optional(Type.String()),
    keepaliveTime: Type.Optional(Type.String()),
    numAllowedLocalASNumbers: Type.Optional(Type.Integer({ minimum: 0, maximum: 2147483647 })),
    ttlSecurity: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    reachableBy: Type.Optional(Type.String({ maxLength: 64 })),
    filters: Type.Optional(strings()),
    reversePeering: Type.Optional(enumOf(["Auto", "Manual"])),
  }),
});
type BgpPeerBody = Static<typeof bgpPeerSchema>;
type Spec = BgpPeerBody["spec"];

/** Zero is how "no AS number" is stored. */
function asNumberIn(value: number | string | undefined): number | undefined {
  return value === undefined ? undefined : parseAsNumber(value) || undefined;
}

interface Conflict {
  readonly field: keyof Spec;
  readonly holds: (spec: Spec) => boolean;
  readonly reason: string;
  readonly hint: string;
}

/** The rules of the API between fields, in its own words; empty texts count as absent. */
const CONFLICTS: readonly Conflict[] = [
  {
    field: "nodeSelector",
    holds: (spec) => Boolean(spec.node && spec.nodeSelector),
    reason: "node and nodeSelector cannot both be set",
    hint: "Keep the one that says which nodes have this peer; neither means every node.",
  },
  {
    field: "peerSelector",
    holds: (spec) => Boolean(spec.peerIP && spec.peerSelector),
    reason: "peerIP and peerSelector cannot both be set",
    hint: "peerIP is for routers outside the cluster, peerSelector for Calico nodes.",
  },
  {
    field: "asNumber",
    holds: (spec) => Boolean(spec.peerSelector && asNumberIn(spec.asNumber)),
    reason: "asNumber must be empty when peerSelector is set",
    hint: "The AS of a Calico node comes from the node, or from BGPConfiguration default.",
  },
  {
    field: "peerIP",
    holds: (spec) => Boolean(spec.localWorkloadSelector && spec.peerIP),
    reason: "peerIP must be empty when localWorkloadSelector is set",
    hint: "The addresses are those of the selected workloads.",
  },
  {
    field: "peerSelector",
    holds: (spec) => Boolean(spec.localWorkloadSelector && spec.peerSelector),
    reason: "peerSelector must be empty when localWorkloadSelector is set",
    hint: "Use two BGPPeer resources.",
  },
  {
    field: "localWorkloadSelector",
    holds: (spec) => Boolean(spec.localWorkloadSelector) && asNumberIn(spec.asNumber) === undefined,
    reason: "asNumber is required when localWorkloadSelector is set",
    hint: "Set spec.asNumber to the AS that the workloads speak for.",
  },
  {
    field: "reachableBy",
    holds: (spec) => Boolean(spec.reachableBy) && !spec.peerIP,
    reason: "reachableBy must be empty when peerIP is empty",
    hint: "It is the gateway to the one address in peerIP.",
  },
  {
    field: "keepOriginalNextHop",
    holds: (spec) => spec.keepOriginalNextHop === true && spec.nextHopMode !== undefined,
    reason:
      "keepOriginalNextHop and nextHopMode cannot both be set; keepOriginalNextHop is deprecated, use nextHopMode instead",
    hint: "nextHopMode: Keep has the same effect.",
  },
];

function validate({ body: { spec }, metadata, origin }: Resource<BgpPeerBody>, report: Report): void {
  const here = at(origin, "spec");
  for (const { field, holds, reason, hint } of CONFLICTS)
    if (holds(spec)) report("bgp/peer-conflict", { reason, hint }, at(here, field));
  if (!spec.peerIP && !spec.peerSelector && !spec.localWorkloadSelector)
    report("bgp/peer-without-target", {}, here);
  for (const field of ["asNumber", "localASNumber"] as const) {
    const value = spec[field];
    if (value !== undefined && parseAsNumber(value) === undefined)
      report("bgp/invalid-as-number", { value }, at(here, field));
  }
  for (const field of ["nodeSelector", "peerSelector", "localWorkloadSelector"] as const)
    if (spec[field] !== undefined) checkSelector(spec[field], at(here, field), report);
  for (const field of ["maxRestartTime", "keepaliveTime"] as const)
    if (spec[field] !== undefined) checkDuration(spec[field], at(here, field), report);
  const peer = spec.peerIP ? parsePeerAddress(spec.peerIP) : undefined;
  if (spec.peerIP && peer === undefined)
    report("bgp/invalid-peer-address", { value: spec.peerIP }, at(here, "peerIP"));
  if (spec.reachableBy === undefined) return;
  checkIp(spec.reachableBy, undefined, at(here, "reachableBy"), report);
  const gateway = ipIn(spec.reachableBy);
  if (gateway !== undefined && peer !== undefined && gateway.version !== peer.ip.version)
    report(
      "bgp/reachable-by-family",
      { peer: metadata.name, gateway: formatIp(gateway), address: formatIp(peer.ip) },
      at(here, "reachableBy"),
    );
}

function lower({ body: { spec }, metadata, origin }: Resource<BgpPeerBody>): readonly BgpPeer[] {
  const peer = spec.peerIP === undefined ? undefined : parsePeerAddress(spec.peerIP);
  return [
    {
      kind: "bgp-peer",
      key: metadata.name,
      origin,
      source: "policy",
      name: metadata.name,
      node: present(spec.node),
      nodeSelector: selectorIn(spec.nodeSelector),
      peerIp: peer?.ip,
      peerPort: peer?.port,
      asNumber: asNumberIn(spec.asNumber),
      localAsNumber: asNumberIn(spec.localASNumber),
      peerSelector: selectorIn(spec.peerSelector),
      localWorkloadSelector: selectorIn(spec.localWorkloadSelector),
      nextHopMode: spec.nextHopMode ?? "Auto",
      keepOriginalNextHop: spec.keepOriginalNextHop === true && spec.nextHopMode === undefined,
      password: secretOf(spec.password),
      sourceAddress: spec.sourceAddress ?? "UseNodeIP",
      failureDetectionMode: spec.failureDetectionMode ?? "None",
      restartMode: spec.restartMode ?? "GracefulRestart",
      maxRestartTime: secondsIn(spec.maxRestartTime),
      keepaliveTime: secondsIn(spec.keepaliveTime),
      numAllowedLocalAsNumbers: spec.numAllowedLocalASNumbers ?? 0,
      ttlSecurity: spec.ttlSecurity ?? 0,
      reachableBy: ipIn(spec.reachableBy),
      filters: spec.filters ?? [],
      reversePeering: spec.reversePeering ?? "Auto",
    },
  ];
}

export const bgpPeer = defineKind<BgpPeerBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "BGPPeer",
  plural: "bgppeers",
  aliases: ["bgpp", "bp"],
  scope: "cluster",
  source: "policy",
  schema: bgpPeerSchema,
  validate,
  lower,
});
