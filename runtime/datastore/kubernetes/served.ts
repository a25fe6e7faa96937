/**
 * Which API resource of a Kubernetes server holds a kind. Sources: the sheet "Kubernetes datastore" and its master table
 * of kinds for Calico's; for Kubernetes' own the kinds that the compiler reads.
 */
import { DatastoreError } from "../errors.ts";
import { CALICO_API_VERSION, CALICO_KINDS, isNamespaced } from "../kinds.ts";
import type { ResourceKey, Selection } from "../resource.ts";

/** The group of Calico's custom resources on a server: they look different in each. */
export type CrdGroup = "crd.projectcalico.org/v1" | "projectcalico.org/v3";

/** An API resource, and the kind that its objects are outside of the server. */
export interface ServedKind {
  /** As people and the compiler know it. */
  readonly apiVersion: string;
  readonly kind: string;
  /** As the server knows it. */
  readonly servedVersion: string;
  readonly servedKind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** How objects differ from what they are outside: not at all, or as a custom resource of `CrdGroup`. */
  readonly form: "native" | CrdGroup;
}

/** Kinds of Calico that have no custom resource, and what Calico makes them from. */
const DERIVED: Readonly<Record<string, string>> = {
  Profile: "Namespace and ServiceAccount",
  WorkloadEndpoint: "Pod",
  Node: "Node",
  LiveMigration: "VirtualMachineInstanceMigration",
  KubernetesNetworkPolicy: "NetworkPolicy",
  KubernetesClusterNetworkPolicy: "ClusterNetworkPolicy",
  KubernetesEndpointSlice: "EndpointSlice",
  KubernetesService: "Service",
};

const CORE: readonly (readonly [apiVersion: string, plurals: Readonly<Record<string, string>>])[] = [
  [
    "v1",
    {
      Namespace: "namespaces",
      Node: "nodes",
      Pod: "pods",
      Service: "services",
      ServiceAccount: "serviceaccounts",
    },
  ],
  [
    "apps/v1",
    {
      DaemonSet: "daemonsets",
      Deployment: "deployments",
      ReplicaSet: "replicasets",
      StatefulSet: "statefulsets",
    },
  ],
  ["batch/v1", { CronJob: "cronjobs", Job: "jobs" }],
  ["discovery.k8s.io/v1", { EndpointSlice: "endpointslices" }],
  ["networking.k8s.io/v1", { NetworkPolicy: "networkpolicies" }],
  [
    "policy.networking.k8s.io/v1alpha1",
    {
      AdminNetworkPolicy: "adminnetworkpolicies",
      BaselineAdminNetworkPolicy: "baselineadminnetworkpolicies",
    },
  ],
  ["policy.networking.k8s.io/v1alpha2", { ClusterNetworkPolicy: "clusternetworkpolicies" }],
];

const CORE_KINDS: readonly ServedKind[] = CORE.flatMap(([apiVersion, plurals]) =>
  Object.entries(plurals).map(
    ([kind, plural]): ServedKind => ({
      apiVersion,
      kind,
      servedVersion: apiVersion,
      servedKind: kind,
      plural,
      namespaced: isNamespaced(apiVersion, kind) !== false,
      form: "native",
    }),
  ),
);

/** Calico's kinds that are custom resources. */
export function customKinds(group: CrdGroup): readonly ServedKind[] {
  return CALICO_KINDS.filter(({ kind }) => !Object.hasOwn(DERIVED, kind)).map(
    ({ kind, plural, namespaced }): ServedKind => {
      // The only kind with two names.
      const renamed = kind === "IPAMConfiguration" && group === "crd.projectcalico.org/v1";
      return {
        apiVersion: CALICO_API_VERSION,
        kind,
        servedVersion: group,
        servedKind: renamed ? "IPAMConfig" : kind,
        plural: renamed ? "ipamconfigs" : plural,
        namespaced,
        form: group,
      };
    },
  );
}

/** Everything that a Kubernetes datastore can be asked for. */
export const KUBERNETES_SELECTIONS: readonly Selection[] = [
  ...customKinds("projectcalico.org/v3"),
  ...CORE_KINDS,
].map(({ apiVersion, kind }) => ({ apiVersion, kind }));

/** Throws invalid for kinds that no server holds. */
export function servedKind({ apiVersion, kind }: Selection, group: CrdGroup): ServedKind {
  const found = [...customKinds(group), ...CORE_KINDS].find(
    (served) => served.kind === kind && served.apiVersion === apiVersion,
  );
  if (found !== undefined) return found;
  const made = apiVersion === CALICO_API_VERSION ? DERIVED[kind] : undefined;
  const reason =
    made === undefined
      ? `${kind} of ${apiVersion} is no kind of the Kubernetes datastore`
      : `the Kubernetes datastore holds no ${kind}: it follows from ${made} of Kubernetes`;
  throw new DatastoreError({ kind: "invalid", reason });
}

/** The path of one object, or of all (of a namespace, where one is given). */
export function pathOf(served: ServedKind, namespace: string, name?: string): string {
  const root = served.servedVersion.includes("/") ? "/apis/" : "/api/";
  const inside = served.namespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const object = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${served.servedVersion}${inside}/${served.plural}${object}`;
}

/** For messages and RBAC rules: `networksets.crd.projectcalico.org`, `pods`. */
export function resourceName({ plural, servedVersion }: ServedKind): string {
  const slash = servedVersion.indexOf("/");
  return slash < 0 ? plural : `${plural}.${servedVersion.slice(0, slash)}`;
}

/** Where an object is: `networksets.crd.projectcalico.org prod/db`. */
export function placeOf(
  served: ServedKind,
  { namespace, name }: Pick<ResourceKey, "namespace" | "name">,
): string {
  return `${resourceName(served)} ${namespace === "" ? name : `${namespace}/${name}`}`;
}
