import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { Node } from "../../ir/cluster-model.ts";
import { parseHostIp } from "../../net/ip.ts";
import { isObject } from "../json.ts";
import { defineKind, type LowerContext, type Resource } from "../kind.ts";
import { parseAsNumber } from "../network/as-number.ts";
import { lowerNode, type NodeBody } from "../network/node.ts";
import { parseInterfaceAddress } from "../network/values.ts";
import { anything, strings } from "../schema.ts";

const lenient = { additionalProperties: true };

const bodySchema = Type.Object({
  spec: Type.Optional(
    Type.Object({ podCIDR: Type.Optional(Type.String()), podCIDRs: Type.Optional(strings()) }, lenient),
  ),
  status: Type.Optional(
    Type.Object(
      {
        addresses: Type.Optional(Type.Array(Type.Object({ type: Type.String(), address: Type.String() }))),
        conditions: Type.Optional(anything()),
      },
      lenient,
    ),
  ),
});

type KubernetesNode = Resource<Static<typeof bodySchema>>;

const PREFIX = "projectcalico.org/";

const isAddress = (version: 4 | 6) => (text: string) => parseInterfaceAddress(text)?.ip.version === version;
const isIp = (version: 4 | 6) => (text: string) => parseHostIp(text)?.version === version;
const isMac = (text: string) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text);
const isWireguardKey = (text: string) => /^[A-Za-z0-9+/]{43}=$/.test(text);

/** Reads one annotation; a value that is not what it should be is reported and left out, as upstream logs it. */
type Read = (key: string, accepts: (text: string) => boolean, what: string) => string | undefined;

function reader({ metadata, origin }: KubernetesNode, report: Report): Read {
  return (key, accepts, what) => {
    const text = metadata.annotations[PREFIX + key] ?? "";
    if (text === "" || accepts(text)) return text === "" ? undefined : text;
    report(
      "kubernetes/ignored-value",
      { what: `annotation ${PREFIX}${key}`, value: text, problem: `is not ${what}` },
      at(origin, "metadata", "annotations", PREFIX + key),
    );
    return undefined;
  };
}

/** Sheet §4.5: calico/node keeps what Calico knows of a node in annotations. */
function convert(node: KubernetesNode, report: Report): Node {
  const { metadata, body, origin } = node;
  const read = reader(node, report);
  const ipv4Address = read("IPv4Address", isAddress(4), "an IPv4 address");
  const ipv6Address = read("IPv6Address", isAddress(6), "an IPv6 address");
  const interfaces = readInterfaces(node, report);
  const bgp = compact({
    ipv4Address,
    ipv6Address,
    ipv4IPIPTunnelAddr: read("IPv4IPIPTunnelAddr", isIp(4), "an IPv4 address"),
    asNumber: read("ASNumber", (text) => parseAsNumber(text) !== undefined, "an AS number"),
    routeReflectorClusterID: read("RouteReflectorClusterID", isIp(4), "an identifier such as 1.0.0.1"),
  });
  const spec: NonNullable<NodeBody["spec"]> = {
    ...(Object.keys(bgp).length === 0 ? {} : { bgp }),
    ...compact({
      ipv4VXLANTunnelAddr: read("IPv4VXLANTunnelAddr", isIp(4), "an IPv4 address"),
      vxlanTunnelMACAddr: read("VXLANTunnelMACAddr", isMac, "a MAC address"),
      ipv6VXLANTunnelAddr: read("IPv6VXLANTunnelAddr", isIp(6), "an IPv6 address"),
      vxlanTunnelMACAddrV6: read("VXLANTunnelMACAddrV6", isMac, "a MAC address"),
    }),
    wireguard: compact({
      interfaceIPv4Address: read("IPv4WireguardInterfaceAddr", isIp(4), "an IPv4 address"),
      interfaceIPv6Address: read("IPv6WireguardInterfaceAddr", isIp(6), "an IPv6 address"),
    }),
    addresses: addressesOf(body, [ipv4Address, ipv6Address]),
    interfaces: [...interfaces],
  };
  const status = {
    ...compact({
      wireguardPublicKey: read("WireguardPublicKey", isWireguardKey, "a WireGuard public key"),
      wireguardPublicKeyV6: read("WireguardPublicKeyV6", isWireguardKey, "a WireGuard public key"),
    }),
    podCIDRs: podCidrs(body),
  };
  const labels = { ...readLabels(node, report), ...metadata.labels };
  return lowerNode({ metadata: { name: metadata.name, labels }, body: { spec, status }, origin });
}

/** Only the entries that are there. */
function compact<K extends string>(fields: Readonly<Record<K, string | undefined>>): { [key in K]?: string } {
  return Object.fromEntries(
    Object.entries<string | undefined>(fields).filter(([, value]) => value !== undefined),
  ) as { [key in K]?: string };
}

function addressesOf({ status = {} }: KubernetesNode["body"], bgp: readonly (string | undefined)[]) {
  const own = bgp.flatMap((address) =>
    address === undefined ? [] : [{ address, type: "CalicoNodeIP" as const }],
  );
  const reported = (status.addresses ?? []).flatMap(({ type, address }) =>
    (type === "InternalIP" || type === "ExternalIP") && parseHostIp(address) !== undefined
      ? [{ address, type } as const]
      : [],
  );
  return [...own, ...reported];
}

function podCidrs({ spec = {} }: KubernetesNode["body"]): string[] {
  const { podCIDR = "", podCIDRs = [] } = spec;
  return podCIDRs.length === 0 && podCIDR !== "" ? [podCIDR] : podCIDRs;
}

/** Labels that only Calico has given the node; Kubernetes' own win over them. */
function readLabels(node: KubernetesNode, report: Report): Readonly<Record<string, string>> {
  const map = readJson(node, "labels", report);
  if (map === undefined) return {};
  if (isObject(map) && Object.values(map).every((value) => typeof value === "string")) {
    return map as Readonly<Record<string, string>>;
  }
  reportJson(node, "labels", "is not a JSON mapping of strings", report);
  return {};
}

interface Interface {
  readonly name: string;
  readonly addresses: string[];
}

function readInterfaces(node: KubernetesNode, report: Report): readonly Interface[] {
  const list = readJson(node, "Interfaces", report);
  if (list === undefined) return [];
  if (Array.isArray(list) && list.every(isInterface)) {
    return list.map(({ name, addresses }) => ({ name, addresses: [...(addresses ?? [])] }));
  }
  reportJson(node, "Interfaces", "is not a JSON list of interfaces", report);
  return [];
}

function isInterface(
  item: unknown,
): item is { readonly name: string; readonly addresses?: readonly string[] } {
  if (!isObject(item) || typeof item.name !== "string") return false;
  const { addresses = [] } = item;
  return Array.isArray(addresses) && addresses.every((address) => typeof address === "string");
}

function readJson(node: KubernetesNode, key: string, report: Report): unknown {
  const text = node.metadata.annotations[PREFIX + key] ?? "";
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    reportJson(node, key, "is not JSON", report);
    return undefined;
  }
}

function reportJson(
  { metadata, origin }: KubernetesNode,
  key: string,
  problem: string,
  report: Report,
): void {
  const name = PREFIX + key;
  const where: Origin = at(origin, "metadata", "annotations", name);
  const value = metadata.annotations[name] ?? "";
  report("kubernetes/ignored-value", { what: `annotation ${name}`, value, problem }, where);
}

export const kubernetesNode = defineKind<Static<typeof bodySchema>>({
  apiVersions: ["v1"],
  kind: "Node",
  plural: "nodes",
  aliases: ["no"],
  scope: "cluster",
  source: "inventory",
  schema: bodySchema,
  lower: (node, { report }: LowerContext) => [convert(node, report)],
});
