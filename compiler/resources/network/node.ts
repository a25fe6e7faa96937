import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { Node } from "../../ir/cluster-model.ts";
import { defineKind, type Metadata } from "../kind.ts";
import { enumOf, intOrString, strings } from "../schema.ts";
import { parseAsNumber } from "./as-number.ts";
import {
  checkCidr,
  checkInterfaceAddress,
  checkIp,
  cidrsIn,
  ipIn,
  parseInterfaceAddress,
  present,
} from "./values.ts";

const MAC = Type.String({
  pattern: "^([0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5})?$",
  title: "a MAC address such as 66:1f:35:0a:00:01",
});
const WIREGUARD_KEY = Type.String({
  pattern: "^([A-Za-z0-9+/]{43}=)?$",
  title: "a WireGuard public key: 32 bytes in base64",
});

/** Sheet "Node". Of `status` only what other nodes need: WireGuard keys and pod networks. */
const nodeSchema = Type.Object({
  spec: Type.Optional(
    Type.Object({
      bgp: Type.Optional(
        Type.Object({
          asNumber: Type.Optional(intOrString()),
          ipv4Address: Type.Optional(Type.String()),
          ipv6Address: Type.Optional(Type.String()),
          ipv4IPIPTunnelAddr: Type.Optional(Type.String()),
          routeReflectorClusterID: Type.Optional(Type.String()),
        }),
      ),
      ipv4VXLANTunnelAddr: Type.Optional(Type.String()),
      vxlanTunnelMACAddr: Type.Optional(MAC),
      ipv6VXLANTunnelAddr: Type.Optional(Type.String()),
      vxlanTunnelMACAddrV6: Type.Optional(MAC),
      orchRefs: Type.Optional(
        Type.Array(
          Type.Object({
            nodeName: Type.Optional(Type.String()),
            orchestrator: Type.String({ minLength: 1 }),
          }),
        ),
      ),
      wireguard: Type.Optional(
        Type.Object({
          interfaceIPv4Address: Type.Optional(Type.String()),
          interfaceIPv6Address: Type.Optional(Type.String()),
        }),
      ),
      addresses: Type.Optional(
        Type.Array(
          Type.Object({
            address: Type.String(),
            type: Type.Optional(enumOf(["CalicoNodeIP", "InternalIP", "ExternalIP"])),
          }),
        ),
      ),
      interfaces: Type.Optional(
        Type.Array(
          Type.Object({
            name: Type.String({ minLength: 1, maxLength: 15 }),
            addresses: Type.Optional(strings()),
          }),
        ),
      ),
    }),
  ),
  status: Type.Optional(
    Type.Object({
      wireguardPublicKey: Type.Optional(WIREGUARD_KEY),
      wireguardPublicKeyV6: Type.Optional(WIREGUARD_KEY),
      podCIDRs: Type.Optional(strings()),
    }),
  ),
});

/** What both a Calico Node and a Kubernetes Node amount to. */
export type NodeBody = Static<typeof nodeSchema>;
type Spec = NonNullable<NodeBody["spec"]>;

export interface NodeSource {
  readonly metadata: Pick<Metadata, "name" | "labels">;
  readonly body: NodeBody;
  readonly origin: Origin;
}

function validateNode({ body, origin }: NodeSource, report: Report): void {
  const spec = body.spec ?? {};
  const here = at(origin, "spec");
  if (spec.bgp !== undefined) validateBgp(spec.bgp, at(here, "bgp"), report);
  checkIp(spec.ipv4VXLANTunnelAddr, 4, at(here, "ipv4VXLANTunnelAddr"), report);
  checkIp(spec.ipv6VXLANTunnelAddr, 6, at(here, "ipv6VXLANTunnelAddr"), report);
  const { interfaceIPv4Address, interfaceIPv6Address } = spec.wireguard ?? {};
  checkIp(interfaceIPv4Address, 4, at(here, "wireguard", "interfaceIPv4Address"), report);
  checkIp(interfaceIPv6Address, 6, at(here, "wireguard", "interfaceIPv6Address"), report);
  for (const [index, { address }] of (spec.addresses ?? []).entries())
    checkInterfaceAddress(address, undefined, at(here, "addresses", index, "address"), report);
  for (const [index, { addresses = [] }] of (spec.interfaces ?? []).entries())
    for (const [position, address] of addresses.entries())
      checkInterfaceAddress(address, undefined, at(here, "interfaces", index, "addresses", position), report);
  for (const [index, cidr] of (body.status?.podCIDRs ?? []).entries())
    checkCidr(cidr, {}, at(origin, "status", "podCIDRs", index), report);
}

function validateBgp(bgp: NonNullable<Spec["bgp"]>, here: Origin, report: Report): void {
  if (Object.values(bgp).every((value) => value === "" || value === 0)) report("node/empty-bgp", {}, here);
  if (bgp.asNumber !== undefined && parseAsNumber(bgp.asNumber) === undefined)
    report("bgp/invalid-as-number", { value: bgp.asNumber }, at(here, "asNumber"));
  checkInterfaceAddress(bgp.ipv4Address, 4, at(here, "ipv4Address"), report);
  checkInterfaceAddress(bgp.ipv6Address, 6, at(here, "ipv6Address"), report);
  checkIp(bgp.ipv4IPIPTunnelAddr, 4, at(here, "ipv4IPIPTunnelAddr"), report);
  // An identifier of 32 bits that is written like an address.
  checkIp(bgp.routeReflectorClusterID, 4, at(here, "routeReflectorClusterID"), report);
}

export function lowerNode({ metadata, body, origin }: NodeSource): Node {
  const spec = body.spec ?? {};
  return {
    kind: "node",
    key: metadata.name,
    origin,
    source: "inventory",
    name: metadata.name,
    labels: metadata.labels,
    bgp: lowerBgp(spec.bgp),
    vxlanTunnelAddress4: ipIn(spec.ipv4VXLANTunnelAddr, 4),
    vxlanTunnelAddress6: ipIn(spec.ipv6VXLANTunnelAddr, 6),
    vxlanTunnelMac4: present(spec.vxlanTunnelMACAddr)?.toLowerCase(),
    vxlanTunnelMac6: present(spec.vxlanTunnelMACAddrV6)?.toLowerCase(),
    wireguard: {
      address4: ipIn(spec.wireguard?.interfaceIPv4Address, 4),
      address6: ipIn(spec.wireguard?.interfaceIPv6Address, 6),
      publicKey4: present(body.status?.wireguardPublicKey),
      publicKey6: present(body.status?.wireguardPublicKeyV6),
    },
    addresses: (spec.addresses ?? []).flatMap(({ address, type }) => {
      const parsed = parseInterfaceAddress(address);
      return parsed === undefined ? [] : [{ ip: parsed.ip, type: type ?? "" }];
    }),
    interfaces: (spec.interfaces ?? []).map(({ name, addresses }) => ({
      name,
      addresses: (addresses ?? []).flatMap((address) => parseInterfaceAddress(address) ?? []),
    })),
    podCidrs: cidrsIn(body.status?.podCIDRs),
  };
}

function lowerBgp(bgp: Spec["bgp"]): Node["bgp"] {
  if (bgp === undefined) return undefined;
  const address = (text: string | undefined, version: 4 | 6) => {
    const parsed = text === undefined ? undefined : parseInterfaceAddress(text);
    return parsed?.ip.version === version ? parsed : undefined;
  };
  return {
    asNumber: bgp.asNumber === undefined ? undefined : parseAsNumber(bgp.asNumber) || undefined,
    ipv4: address(bgp.ipv4Address, 4),
    ipv6: address(bgp.ipv6Address, 6),
    ipipTunnelAddress: ipIn(bgp.ipv4IPIPTunnelAddr, 4),
    routeReflectorClusterId: present(bgp.routeReflectorClusterID),
  };
}

export const calicoNode = defineKind<NodeBody>({
  apiVersions: ["projectcalico.org/v3"],
  kind: "Node",
  plural: "nodes",
  aliases: ["node", "no"],
  scope: "cluster",
  source: "inventory",
  schema: nodeSchema,
  validate: validateNode,
  lower: (resource) => [lowerNode(resource)],
});
