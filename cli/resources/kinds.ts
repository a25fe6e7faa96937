import { CALICO_API_VERSION, calicoKind } from "../../runtime/datastore/kinds.ts";
import type { ResourceKey } from "../../runtime/datastore/resource.ts";

/** A kind that calicoctl manages. */
export interface ManagedKind {
  readonly kind: string;
  readonly namespaced: boolean;
  /** What may be typed for it, lower case. */
  readonly names: readonly string[];
}

/** The aliases of `calicoctl/calicoctl/resourcemgr/*.go` (the sheet, "Kinds, aliases, columns"). */
const ALIASES: Readonly<Record<string, string>> = {
  BGPConfiguration: "bgpconfiguration bgpconfigurations bgpconfig bgpconfigs",
  BGPFilter: "bgpfilter bgpfilters bgpf bgpfs bf bfs",
  BGPPeer: "bgppeer bgppeers bgpp bgpps bp bps",
  CalicoNodeStatus: "caliconodestatus caliconodestatuses nodestatus nodestatuses",
  ClusterInformation: "clusterinformation clusterinformations clusterinfo clusterinfos",
  FelixConfiguration: "felixconfiguration felixconfigurations felixconfig felixconfigs",
  GlobalNetworkPolicy: "globalnetworkpolicy globalnetworkpolicies gnp gnps",
  GlobalNetworkSet: "globalnetworkset globalnetworksets gnetsets",
  HostEndpoint: "hostendpoint hostendpoints hep heps",
  IPAMConfiguration: "ipamconfiguration ipamconfigurations ipamconfig ipamconfigs",
  IPPool: "ippool ippools ipp ipps pool pools",
  IPReservation: "ipreservation ipreservations reservation reservations",
  KubeControllersConfiguration:
    "kubecontrollersconfiguration kubecontrollersconfigurations kubecontrollersconfig kubecontrollersconfigs",
  NetworkPolicy: "networkpolicy networkpolicies policy policies np pol pols",
  NetworkSet: "networkset networksets netsets",
  Node: "node nodes no nos",
  Profile: "profile profiles pro pros",
  StagedGlobalNetworkPolicy: "stagedglobalnetworkpolicy stagedglobalnetworkpolicies sgnp sgnps",
  StagedKubernetesNetworkPolicy:
    "stagedkubernetesnetworkpolicy stagedkubernetesnetworkpolicies stagedkubernetespolicy stagedkubernetespolicies sknp skpol skpols",
  StagedNetworkPolicy: "stagednetworkpolicy stagednetworkpolicies stagedpolicy stagedpolicies snp spol spols",
  Tier: "tier tiers",
  WorkloadEndpoint: "workloadendpoint workloadendpoints wep weps",
};

/** Sorted by kind. */
export const MANAGED_KINDS: readonly ManagedKind[] = Object.entries(ALIASES).map(([kind, names]) => ({
  kind,
  namespaced: calicoKind(CALICO_API_VERSION, kind)?.namespaced === true,
  names: names.split(" "),
}));

const BY_NAME: ReadonlyMap<string, ManagedKind> = new Map(
  MANAGED_KINDS.flatMap((managed) => managed.names.map((name) => [name, managed] as const)),
);

/** What `KIND` on a command line means, in any case. */
export function kindNamed(name: string): ManagedKind | undefined {
  return BY_NAME.get(name.toLowerCase());
}

export function managedKind(apiVersion: string, kind: string): ManagedKind | undefined {
  const managed = apiVersion === CALICO_API_VERSION ? BY_NAME.get(kind.toLowerCase()) : undefined;
  return managed?.kind === kind ? managed : undefined;
}

/** `Kind(name)` or `Kind(ns/name)`, as Calico's messages name a resource. */
export function identifier({ kind, namespace, name }: ResourceKey): string {
  return namespace === "" ? `${kind}(${name})` : `${kind}(${namespace}/${name})`;
}
