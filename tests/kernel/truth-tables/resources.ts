/** Heads of the resources that cases are made of. `spec` is YAML; `place` is a name, or `namespace/name`. */
function resource(apiVersion: string, kind: string, place: string, spec: string): string {
  const [name, namespace] = place.split("/").reverse();
  // In quotes: to YAML `y` is a boolean.
  const metadata =
    namespace === undefined ? `{ name: "${name}" }` : `{ name: "${name}", namespace: "${namespace}" }`;
  const lines = spec.split("\n").filter((line) => line.trim() !== "");
  return [
    `apiVersion: ${apiVersion}`,
    `kind: ${kind}`,
    `metadata: ${metadata}`,
    "spec:",
    ...lines.map((line) => `  ${line}`),
    "",
  ].join("\n");
}

const calico =
  (kind: string) =>
  (place: string, spec: string): string =>
    resource("projectcalico.org/v3", kind, place, spec);

/** networking.k8s.io/v1 NetworkPolicy. */
export const kubernetesPolicy = (place: string, spec: string): string =>
  resource("networking.k8s.io/v1", "NetworkPolicy", place, spec);

/** Calico's own kinds. */
export const calicoPolicy = calico("NetworkPolicy");
export const globalPolicy = calico("GlobalNetworkPolicy");
export const stagedPolicy = calico("StagedNetworkPolicy");
export const stagedGlobalPolicy = calico("StagedGlobalNetworkPolicy");
export const stagedKubernetesPolicy = calico("StagedKubernetesNetworkPolicy");
export const tier = calico("Tier");
export const profile = calico("Profile");
export const hostEndpoint = calico("HostEndpoint");

/** Calico's NetworkSet and GlobalNetworkSet: `labels` is a flow mapping. */
export function networkSet(place: string, labels: string, nets: readonly string[]): string {
  const kind = place.includes("/") ? "NetworkSet" : "GlobalNetworkSet";
  const text = calico(kind)(place, `nets: ${JSON.stringify(nets)}`);
  return text.replace(" }\n", `, labels: ${labels} }\n`);
}

export const adminPolicy = (name: string, spec: string): string =>
  resource("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", name, spec);

export const baselinePolicy = (spec: string): string =>
  resource("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy", "default", spec);

export const clusterPolicy = (name: string, spec: string): string =>
  resource("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", name, spec);
