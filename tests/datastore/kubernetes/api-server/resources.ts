/** What the server serves. */
export interface ApiResource {
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const CORE: readonly (readonly [group: string, version: string, kinds: Readonly<Record<string, string>>])[] =
  [
    ["", "v1", { pods: "Pod", services: "Service", serviceaccounts: "ServiceAccount" }],
    [
      "apps",
      "v1",
      {
        deployments: "Deployment",
        daemonsets: "DaemonSet",
        statefulsets: "StatefulSet",
        replicasets: "ReplicaSet",
      },
    ],
    ["batch", "v1", { jobs: "Job", cronjobs: "CronJob" }],
    ["discovery.k8s.io", "v1", { endpointslices: "EndpointSlice" }],
    ["networking.k8s.io", "v1", { networkpolicies: "NetworkPolicy" }],
  ];

/** What is created as one of these is served from then on. */
export const CUSTOM_RESOURCE_DEFINITIONS: ApiResource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

/** Those of every cluster, as far as anybody asks for them here. */
export const BUILT_IN: readonly ApiResource[] = [
  { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false },
  CUSTOM_RESOURCE_DEFINITIONS,
  { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false },
  ...CORE.flatMap(([group, version, kinds]) =>
    Object.entries(kinds).map(([plural, kind]) => ({ group, version, plural, kind, namespaced: true })),
  ),
];

/** The resource that a CustomResourceDefinition adds. */
export function resourceOfCrd(crd: {
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string }[];
  };
}): ApiResource {
  const { group, scope, names, versions } = crd.spec;
  return {
    group,
    version: versions[0]?.name ?? "",
    plural: names.plural,
    kind: names.kind,
    namespaced: scope === "Namespaced",
  };
}

export function apiVersionOf({ group, version }: ApiResource): string {
  return group === "" ? version : `${group}/${version}`;
}

/** `networksets.crd.projectcalico.org`, as messages say it. */
export function qualifiedName({ group, plural }: ApiResource): string {
  return group === "" ? plural : `${plural}.${group}`;
}
