/**
 * Which addresses are in use, and by whom: nodes for their tunnels, workloads, services. Read from the resources as they
 * are, and not from what the compiler makes of them: also who is invalid in some other field uses an address. Sources:
 * the sheets "Pod → WorkloadEndpoint", "Node and auto host endpoints" (annotations), "LoadBalancer controller" (which
 * services are Calico's).
 */
import { formatIp, parseCidr } from "../../compiler/index.ts";
import type { Datastore } from "../datastore/datastore.ts";
import type { CorruptValue } from "../datastore/errors.ts";
import { isJsonObject, type Json, type JsonObject, objectOf } from "../datastore/json.ts";
import { CALICO_API_VERSION } from "../datastore/kinds.ts";
import type { Selection, Stored } from "../datastore/resource.ts";
import { distinctPlaces, find, ipamKey, specOf } from "./objects.ts";

/** An address that somebody uses. */
export interface Use {
  readonly ip: string;
  /** As in Calico's reports: `Node(n1)`, `Workload(prod/web)`, `Service(prod/web)`. */
  readonly user: string;
}

export interface Users {
  readonly nodes: readonly Use[];
  readonly services: readonly Use[];
  /** Of any type and class. */
  readonly servicesListed: number;
  /** How many services these are of. */
  readonly serviceCount: number;
  /** Whether it is known which services are Calico's; if not all are taken for it. */
  readonly servicesTold: boolean;
  readonly workloads: readonly Use[];
  /** Values that may be of users of any address. */
  readonly unreadable: readonly CorruptValue[];
}

type Read = (stored: Stored) => readonly Use[];

const NODES: readonly (readonly [Selection, Read])[] = [
  [{ apiVersion: CALICO_API_VERSION, kind: "Node" }, usesOfCalicoNode],
  [{ apiVersion: "v1", kind: "Node" }, usesOfNode],
];
const WORKLOADS: readonly (readonly [Selection, Read])[] = [
  [{ apiVersion: CALICO_API_VERSION, kind: "WorkloadEndpoint" }, usesOfEndpoint],
  [{ apiVersion: "v1", kind: "Pod" }, usesOfPod],
];
const SERVICES: Selection = { apiVersion: "v1", kind: "Service" };

/**
 * `holds`: the API versions that the datastore keeps. `services`: where Kubernetes' services are, if that is known: another
 * datastore than the one of Calico, perhaps. Throws DatastoreError.
 */
export async function readUsers(
  datastore: Datastore,
  holds: ReadonlySet<string>,
  services: Datastore | undefined,
): Promise<Users> {
  const unreadable: CorruptValue[] = [];
  const listIn = async (where: Datastore, selection: Selection): Promise<readonly Stored[]> => {
    const { items, corrupt } = await where.list(selection);
    unreadable.push(...corrupt);
    return items;
  };
  const readAll = async (kinds: readonly (readonly [Selection, Read])[]): Promise<readonly Use[]> => {
    const held = kinds.filter(([{ apiVersion }]) => holds.has(apiVersion));
    const uses = held.map(async ([selection, read]) => (await listIn(datastore, selection)).flatMap(read));
    return (await Promise.all(uses)).flat();
  };
  const [nodes, workloads, assigns, listed] = await Promise.all([
    readAll(NODES),
    readAll(WORKLOADS),
    readAssignment(datastore),
    services === undefined ? [] : listIn(services, SERVICES),
  ]);
  const ours = listed.filter(({ resource }) => isCalicos(resource, assigns));
  return {
    ...{ nodes, workloads, unreadable: distinctPlaces(unreadable) },
    services: ours.flatMap(usesOfService),
    servicesListed: listed.length,
    serviceCount: ours.length,
    servicesTold: assigns !== undefined,
  };
}

/** `AllServices`, `RequestedServicesOnly`; `undefined`: the controller has no configuration. */
async function readAssignment(datastore: Datastore): Promise<string | undefined> {
  const stored = await find(datastore, ipamKey("KubeControllersConfiguration", "default"));
  const { controllers } = specOf(stored?.resource ?? {});
  const { loadBalancer } = objectOf(controllers);
  return isJsonObject(loadBalancer) ? text(loadBalancer.assignIPs) || "AllServices" : undefined;
}

const REQUESTS = ["ipv4pools", "ipv6pools", "loadBalancerIPs"].map((name) => `projectcalico.org/${name}`);

function isCalicos({ spec, metadata }: JsonObject, assigns: string | undefined): boolean {
  const { type, loadBalancerClass, loadBalancerIP } = objectOf(spec);
  if (type !== "LoadBalancer") return false;
  if (assigns === undefined || loadBalancerClass === "calico") return true;
  if (text(loadBalancerClass) !== "") return false;
  if (assigns === "AllServices") return true;
  const annotations = annotationsOf(metadata);
  return text(loadBalancerIP) !== "" || REQUESTS.some((name) => text(annotations[name]) !== "");
}

function usesOfService({ key, resource }: Stored): readonly Use[] {
  const { loadBalancer } = objectOf(resource.status);
  const { ingress } = objectOf(loadBalancer);
  const ips = Array.isArray(ingress) ? ingress.map((one) => (isJsonObject(one) ? one.ip : null)) : [];
  return uses(ips, `Service(${key.namespace}/${key.name})`);
}

export function usesOfCalicoNode({ key, resource }: Stored): readonly Use[] {
  const spec = specOf(resource);
  const { ipv4IPIPTunnelAddr } = objectOf(spec.bgp);
  const { interfaceIPv4Address, interfaceIPv6Address } = objectOf(spec.wireguard);
  const tunnels = [ipv4IPIPTunnelAddr, spec.ipv4VXLANTunnelAddr, spec.ipv6VXLANTunnelAddr];
  return uses([...tunnels, interfaceIPv4Address, interfaceIPv6Address], `Node(${key.name})`);
}

const TUNNEL_ANNOTATIONS = [
  "IPv4IPIPTunnelAddr",
  "IPv4VXLANTunnelAddr",
  "IPv6VXLANTunnelAddr",
  "IPv4WireguardInterfaceAddr",
  "IPv6WireguardInterfaceAddr",
];

function usesOfNode({ key, resource }: Stored): readonly Use[] {
  const annotations = annotationsOf(resource.metadata);
  return uses(
    TUNNEL_ANNOTATIONS.map((name) => annotations[`projectcalico.org/${name}`]),
    `Node(${key.name})`,
  );
}

export function usesOfEndpoint({ key, resource }: Stored): readonly Use[] {
  const { ipNetworks } = specOf(resource);
  return uses(Array.isArray(ipNetworks) ? ipNetworks : [], `Workload(${key.namespace}/${key.name})`);
}

const POD_IP = "cni.projectcalico.org/podIP";

/** A pod that has ended has given its addresses back; one on the host's network has none of its own. */
function usesOfPod({ key, resource }: Stored): readonly Use[] {
  const status: JsonObject = objectOf(resource.status);
  const annotations = annotationsOf(resource.metadata);
  const isTornDown = text(resource.metadata.deletionTimestamp) !== "" && annotations[POD_IP] === "";
  const hasEnded = isTornDown || /^(Failed|Succeeded|Completed)$/.test(text(status.phase));
  if (hasEnded || specOf(resource).hostNetwork === true) return [];
  const listed = Array.isArray(status.podIPs)
    ? status.podIPs.map((one) => (isJsonObject(one) ? text(one.ip) : "")).filter((ip) => ip !== "")
    : [];
  // The plugin writes the annotation first; Kubernetes' own word comes later, and is the one that lasts.
  const written = text(annotations[`${POD_IP}s`]) || text(annotations[POD_IP]);
  const ips = listed.length > 0 ? listed : text(status.podIP) ? [text(status.podIP)] : written.split(",");
  return uses(ips, `Workload(${key.namespace}/${key.name})`);
}

/** Texts that are no addresses are nobody's. */
function uses(texts: readonly (Json | undefined)[], user: string): readonly Use[] {
  return texts.flatMap((value) => {
    const cidr = parseCidr(text(value).trim());
    return cidr === undefined ? [] : [{ ip: formatIp(cidr), user }];
  });
}

function annotationsOf(metadata: Json | undefined): JsonObject {
  const { annotations } = objectOf(metadata);
  return objectOf(annotations);
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
