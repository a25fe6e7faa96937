import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { BgpConfig, Community } from "../../ir/bgp-model.ts";
import { parseCidr } from "../../net/cidr.ts";
import { defineKind, type Resource } from "../kind.ts";
import { RESOURCE_NAME } from "../names.ts";
import { enumOf, intOrString, strings } from "../schema.ts";
import { parseAsNumber } from "./as-number.ts";
import { communityOf, parseCommunity } from "./community.ts";
import {
  CALICO_API_VERSIONS,
  checkCidr,
  checkDuration,
  checkIp,
  checkSet,
  cidrsIn,
  ipIn,
  PRIORITY,
  present,
  SECRET,
  secondsIn,
  secretOf,
} from "./values.ts";

/** An entry without a network is passed over, as in Calico. */
const BLOCKS = Type.Optional(Type.Array(Type.Object({ cidr: Type.Optional(Type.String()) })));

/** Sheet "BGPConfiguration". */
const bgpConfigurationSchema = Type.Object({
  spec: Type.Object({
    logSeverityScreen: Type.Optional(
      Type.String({
        pattern:
          "^([Tt][Rr][Aa][Cc][Ee]|[Dd][Ee][Bb][Uu][Gg]|[Ii][Nn][Ff][Oo]|[Ww][Aa][Rr][Nn][Ii][Nn][Gg]|[Ee][Rr][Rr][Oo][Rr]|[Ff][Aa][Tt][Aa][Ll])?$",
        title: "one of Trace, Debug, Info, Warning, Error, Fatal",
      }),
    ),
    nodeToNodeMeshEnabled: Type.Optional(Type.Boolean()),
    asNumber: Type.Optional(intOrString()),
    serviceLoadBalancerIPs: BLOCKS,
    serviceExternalIPs: BLOCKS,
    serviceClusterIPs: BLOCKS,
    serviceLoadBalancerAggregation: Type.Optional(enumOf(["Enabled", "Disabled"])),
    communities: Type.Optional(
      Type.Array(
        Type.Object({
          name: Type.String({ ...RESOURCE_NAME, minLength: 1, maxLength: 253 }),
          value: Type.String({ maxLength: 40 }),
        }),
        { maxItems: 500 },
      ),
    ),
    prefixAdvertisements: Type.Optional(
      Type.Array(
        Type.Object({ cidr: Type.String(), communities: Type.Optional(strings({ maxItems: 50 })) }),
        { maxItems: 500 },
      ),
    ),
    listenPort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65535 })),
    nodeMeshPassword: Type.Optional(SECRET),
    nodeMeshMaxRestartTime: Type.Optional(Type.String()),
    bindMode: Type.Optional(enumOf(["None", "NodeIP"])),
    ignoredInterfaces: Type.Optional(
      Type.Array(
        Type.String({
          pattern: "^(?!\\*$)[a-zA-Z0-9_.*-]{1,15}$",
          title: 'an interface name or pattern of at most 15 characters, other than "*"',
        }),
      ),
    ),
    localWorkloadPeeringIPV4: Type.Optional(Type.String()),
    localWorkloadPeeringIPV6: Type.Optional(Type.String()),
    programClusterRoutes: Type.Optional(
      enumOf(["Enabled", "Disabled", "EnabledIPIPOnly", "EnabledNoEncapOnly"]),
    ),
    ipv4NormalRoutePriority: Type.Optional(PRIORITY),
    ipv6NormalRoutePriority: Type.Optional(PRIORITY),
  }),
});
type BgpConfigurationBody = Static<typeof bgpConfigurationSchema>;
type Spec = BgpConfigurationBody["spec"];

/** Fields that only `default` may set, as Calico spells them in its refusal. */
const DEFAULT_ONLY = {
  nodeToNodeMeshEnabled: "nodeToNodeMeshEnabled",
  asNumber: "ASNumber",
  serviceExternalIPs: "ServiceExternalIPs",
  serviceClusterIPs: "ServiceClusterIPs",
  serviceLoadBalancerIPs: "ServiceLoadBalancerIPs",
  nodeMeshPassword: "nodeMeshPassword",
  nodeMeshMaxRestartTime: "nodeMeshMaxRestartTime",
} as const satisfies Partial<Record<keyof Spec, string>>;

const SERVICE_BLOCKS = ["serviceLoadBalancerIPs", "serviceExternalIPs", "serviceClusterIPs"] as const;

function validate(
  { body: { spec }, metadata, origin }: Resource<BgpConfigurationBody>,
  report: Report,
): void {
  const here = at(origin, "spec");
  for (const [key, field] of Object.entries(DEFAULT_ONLY))
    if (metadata.name !== "default" && key in spec)
      report("bgp/default-only-field", { field }, at(here, key), { target: "key" });
  if (spec.asNumber !== undefined && parseAsNumber(spec.asNumber) === undefined)
    report("bgp/invalid-as-number", { value: spec.asNumber }, at(here, "asNumber"));
  if (spec.nodeToNodeMeshEnabled === false)
    for (const field of ["nodeMeshPassword", "nodeMeshMaxRestartTime"] as const)
      if (spec[field] !== undefined) report("bgp/mesh-disabled", { field }, at(here, field));
  checkDuration(spec.nodeMeshMaxRestartTime, at(here, "nodeMeshMaxRestartTime"), report);
  for (const field of SERVICE_BLOCKS)
    for (const [index, { cidr }] of (spec[field] ?? []).entries())
      if (cidr) checkCidr(cidr, { bare: true, strict: true }, at(here, field, index, "cidr"), report);
  checkSet(spec.ignoredInterfaces, at(here, "ignoredInterfaces"), report);
  checkIp(spec.localWorkloadPeeringIPV4, 4, at(here, "localWorkloadPeeringIPV4"), report);
  checkIp(spec.localWorkloadPeeringIPV6, 6, at(here, "localWorkloadPeeringIPV6"), report);
  validateCommunities(spec, here, report);
}

function validateCommunities(spec: Spec, here: Origin, report: Report): void {
  const { communities = [], prefixAdvertisements = [] } = spec;
  if (communities.length > 0 && prefixAdvertisements.length === 0)
    report("bgp/unused-communities", {}, at(here, "communities"));
  for (const [index, { value }] of communities.entries()) {
    const parsed = parseCommunity(value);
    if (!parsed.ok)
      report(
        "bgp/invalid-community",
        { value, reason: parsed.reason },
        at(here, "communities", index, "value"),
      );
  }
  const defined = communities.map(({ name }) => name);
  for (const [index, advertisement] of prefixAdvertisements.entries()) {
    const entry = at(here, "prefixAdvertisements", index);
    checkCidr(advertisement.cidr, { strict: true }, at(entry, "cidr"), report);
    for (const [position, name] of (advertisement.communities ?? []).entries())
      if (!defined.includes(name) && !parseCommunity(name).ok)
        report("bgp/unknown-community", { name, defined }, at(entry, "communities", position));
  }
}

/** Names are resolved within the resource, each to its first definition; a literal needs none. */
function resolveCommunities({ communities = [] }: Spec, names: readonly string[]): readonly Community[] {
  return names.flatMap((name) => {
    const defined = communities.find((community) => community.name === name);
    return communityOf(defined?.value ?? name) ?? [];
  });
}

function lower({ body: { spec }, metadata, origin }: Resource<BgpConfigurationBody>): readonly BgpConfig[] {
  const networks = (blocks: Spec["serviceClusterIPs"]) => cidrsIn(blocks?.flatMap(({ cidr }) => cidr ?? []));
  return [
    {
      kind: "bgp-config",
      key: metadata.name,
      origin,
      source: "policy",
      name: metadata.name,
      logSeverity: present(spec.logSeverityScreen),
      nodeToNodeMesh: spec.nodeToNodeMeshEnabled,
      asNumber: spec.asNumber === undefined ? undefined : parseAsNumber(spec.asNumber) || undefined,
      serviceClusterIps: networks(spec.serviceClusterIPs),
      serviceExternalIps: networks(spec.serviceExternalIPs),
      serviceLoadBalancerIps: networks(spec.serviceLoadBalancerIPs),
      serviceLoadBalancerAggregation: spec.serviceLoadBalancerAggregation !== "Disabled",
      prefixAdvertisements: (spec.prefixAdvertisements ?? []).flatMap(({ cidr: text, communities = [] }) => {
        const cidr = parseCidr(text);
        return cidr === undefined ? [] : [{ cidr, communities: resolveCommunities(spec, communities) }];
      }),
      listenPort: spec.listenPort,
      nodeMeshPassword: secretOf(spec.nodeMeshPassword),
      nodeMeshMaxRestartTime: secondsIn(spec.nodeMeshMaxRestartTime),
      bindMode: spec.bindMode ?? "None",
      ignoredInterfaces: spec.ignoredInterfaces ?? [],
      localWorkloadPeeringIp4: ipIn(spec.localWorkloadPeeringIPV4, 4),
      localWorkloadPeeringIp6: ipIn(spec.localWorkloadPeeringIPV6, 6),
      programClusterRoutes: spec.programClusterRoutes ?? "EnabledNoEncapOnly",
      normalRoutePriority4: spec.ipv4NormalRoutePriority ?? 1024,
      normalRoutePriority6: spec.ipv6NormalRoutePriority ?? 1024,
    },
  ];
}

export const bgpConfiguration = defineKind<BgpConfigurationBody>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "BGPConfiguration",
  plural: "bgpconfigurations",
  aliases: ["bgpconfig", "bgpconfigs"],
  scope: "cluster",
  source: "policy",
  schema: bgpConfigurationSchema,
  validate,
  lower,
});
