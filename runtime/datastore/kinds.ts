/**
 * The kinds of `projectcalico.org/v3` that a datastore keeps: plural (as in etcd keys; "kubernetesservice" really is
 * the singular) and scope. Source: the sheet "Storage layout", etcd keys.
 */
export interface StoredKind {
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export const CALICO_API_VERSION = "projectcalico.org/v3";

const CLUSTER: Readonly<Record<string, string>> = {
  BGPConfiguration: "bgpconfigurations",
  BGPFilter: "bgpfilters",
  BGPPeer: "bgppeers",
  BlockAffinity: "blockaffinities",
  CalicoNodeStatus: "caliconodestatuses",
  ClusterInformation: "clusterinformations",
  FelixConfiguration: "felixconfigurations",
  GlobalNetworkPolicy: "globalnetworkpolicies",
  GlobalNetworkSet: "globalnetworksets",
  HostEndpoint: "hostendpoints",
  IPAMBlock: "ipamblocks",
  IPAMConfiguration: "ipamconfigurations",
  IPAMHandle: "ipamhandles",
  IPPool: "ippools",
  IPReservation: "ipreservations",
  KubeControllersConfiguration: "kubecontrollersconfigurations",
  KubernetesClusterNetworkPolicy: "kubernetesclusternetworkpolicies",
  Node: "nodes",
  Profile: "profiles",
  StagedGlobalNetworkPolicy: "stagedglobalnetworkpolicies",
  Tier: "tiers",
};

const NAMESPACED: Readonly<Record<string, string>> = {
  KubernetesEndpointSlice: "kubernetesendpointslices",
  KubernetesNetworkPolicy: "kubernetesnetworkpolicies",
  KubernetesService: "kubernetesservice",
  LiveMigration: "livemigrations",
  NetworkPolicy: "networkpolicies",
  NetworkSet: "networksets",
  StagedKubernetesNetworkPolicy: "stagedkubernetesnetworkpolicies",
  StagedNetworkPolicy: "stagednetworkpolicies",
  WorkloadEndpoint: "workloadendpoints",
};

/** Sorted by kind within each scope. */
export const CALICO_KINDS: readonly StoredKind[] = [
  ...Object.entries(CLUSTER).map(([kind, plural]) => ({ kind, plural, namespaced: false })),
  ...Object.entries(NAMESPACED).map(([kind, plural]) => ({ kind, plural, namespaced: true })),
];

const BY_KIND: ReadonlyMap<string, StoredKind> = new Map(CALICO_KINDS.map((stored) => [stored.kind, stored]));

export function calicoKind(apiVersion: string, kind: string): StoredKind | undefined {
  const group = apiVersion.slice(0, apiVersion.indexOf("/"));
  return group === "projectcalico.org" || group === "crd.projectcalico.org" ? BY_KIND.get(kind) : undefined;
}

/** Kubernetes' own kinds that the compiler reads and that have no namespace; all its others have one. */
const KUBERNETES_CLUSTER_KINDS: ReadonlySet<string> = new Set([
  "Node",
  "Namespace",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
]);

/** Groups whose scopes are known here: the core group and those of Kubernetes itself. */
const KUBERNETES_GROUP =
  /^(v1|(apps|batch|discovery\.k8s\.io|networking\.k8s\.io|policy\.networking\.k8s\.io)\/.*)$/;

/** `undefined` for kinds that are not known here: their namespace is what the resource says. */
export function isNamespaced(apiVersion: string, kind: string): boolean | undefined {
  const calico = calicoKind(apiVersion, kind);
  if (calico !== undefined) return calico.namespaced;
  return KUBERNETES_GROUP.test(apiVersion) ? !KUBERNETES_CLUSTER_KINDS.has(kind) : undefined;
}

/** The kinds whose stored name may be `default.<name>`, as Calico wrote it before version 3.32. */
const POLICY_KINDS: ReadonlySet<string> = new Set([
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
]);

/** Those whose name in the store may be another than their own. */
export function isPolicyKind(kind: string): boolean {
  return POLICY_KINDS.has(kind);
}

/** The names under which a resource may be stored, the right one first. */
export function storedNames(kind: string, name: string): readonly string[] {
  return isPolicyKind(kind) && !name.startsWith("default.") ? [name, `default.${name}`] : [name];
}
