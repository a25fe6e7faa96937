/**
 * What Calico knows of a node is in annotations of Kubernetes' Node there. Source of names: the sheet "Node and auto host
 * endpoints" of resources; "Kubernetes (KDD)" of components.
 */
import { type Json, objectOf, printJson } from "../../../../runtime/datastore/json.ts";
import type { Resource } from "../../../../runtime/datastore/resource.ts";

/** The command that gives a node of Kubernetes what the exported one has; `undefined` where that is nothing. */
export function annotateCommand(node: Resource): string | undefined {
  const pairs = Object.entries(annotationsOf(node)).map(
    ([name, value]) => ` ${quoted(`projectcalico.org/${name}=${value}`)}`,
  );
  if (pairs.length === 0) return undefined;
  return `kubectl annotate --overwrite node ${quoted(node.metadata.name)}${pairs.join("")}`;
}

function annotationsOf({ metadata, spec, status }: Resource): Readonly<Record<string, string>> {
  const { bgp, wireguard, interfaces, ...own } = objectOf(spec);
  const [peering, tunnel, seen] = [objectOf(bgp), objectOf(wireguard), objectOf(status)];
  const values: Readonly<Record<string, Json | undefined>> = {
    IPv4Address: peering.ipv4Address,
    IPv6Address: peering.ipv6Address,
    ASNumber: peering.asNumber,
    RouteReflectorClusterID: peering.routeReflectorClusterID,
    IPv4IPIPTunnelAddr: peering.ipv4IPIPTunnelAddr,
    IPv4VXLANTunnelAddr: own.ipv4VXLANTunnelAddr,
    VXLANTunnelMACAddr: own.vxlanTunnelMACAddr,
    IPv6VXLANTunnelAddr: own.ipv6VXLANTunnelAddr,
    VXLANTunnelMACAddrV6: own.vxlanTunnelMACAddrV6,
    IPv4WireguardInterfaceAddr: tunnel.interfaceIPv4Address,
    IPv6WireguardInterfaceAddr: tunnel.interfaceIPv6Address,
    WireguardPublicKey: seen.wireguardPublicKey,
    WireguardPublicKeyV6: seen.wireguardPublicKeyV6,
    Interfaces: interfaces === undefined ? undefined : printJson(interfaces),
    labels: metadata.labels === undefined ? undefined : printJson(metadata.labels),
  };
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined || value === null || value === "" ? [] : [[name, String(value)]],
    ),
  );
}

/** For a shell. */
function quoted(word: string): string {
  return /^[\w./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
