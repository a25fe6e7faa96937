import { felix, revision } from "../case.ts";
import { NODE, pod } from "../inventory.ts";
import { resource } from "../resource.ts";

/** A workload that no pod stands for, so that its profiles can be chosen. */
function workload(
  name: string,
  at: string,
  spec: string,
  labels = "",
  interfaceName = `cali0${name}`,
): string {
  return resource(
    "WorkloadEndpoint",
    `name: ${NODE.replace("-", "--")}-k8s-${name}-eth0, namespace: demo, labels: { ${labels} }`,
    `node: ${NODE}, orchestrator: k8s, pod: ${name}, endpoint: eth0, interfaceName: ${interfaceName}, ${spec},
      ipNetworks: [10.65.${at}/32, "fd65::${at.replace(".", ":")}/128"]`,
  );
}

const WORKLOADS = [
  pod("roamer", {
    at: "0.40",
    labels: "app: roamer",
    annotations: `cni.projectcalico.org/allowedSourcePrefixes: '["10.9.0.0/16", "fd09::/32"]'`,
  }),
  pod("ghost", { at: "0.61", labels: "app: ghost", phase: "Succeeded" }),
  workload("bare", "0.50", "profiles: []"),
  workload("lost", "0.51", "profiles: [nowhere]"),
  workload("half", "0.52", "profiles: [tcp, nowhere]", "zone: blue"),
  workload("layered", "0.53", "profiles: [first, second]"),
  workload("open", "0.54", "profiles: [projectcalico-default-allow]"),
  workload("asked", "0.55", "profiles: [first, second]", "app: asked"),
  workload("shadow", "0.56", "profiles: [projectcalico-default-allow]", "app: shadow", "cali0open"),
  workload("tapped", "0.57", "profiles: [projectcalico-default-allow]", "app: tapped", "tap0"),
];

const POOLS = [
  resource("IPPool", "name: overlay-v4", "cidr: 10.66.0.0/16, vxlanMode: Always"),
  resource("IPPool", "name: overlay-v6", 'cidr: "fd66::/64", vxlanMode: Always'),
];

/**
 * A revision whose host has more than the inventory: VXLAN, floating addresses, workloads with chosen profiles,
 * one that may send from elsewhere, one that has finished, and one on an interface with another prefix. All in one,
 * because making the kernel's links and routes takes longer than anything else.
 */
export function wideRevision(
  title: string,
  resources: string,
  cases: Readonly<Record<string, string>>,
  settings = "",
) {
  const fixed = `workloadSourceSpoofing: Any, floatingIPs: Enabled, interfacePrefix: "cali,tap",
    defaultEndpointToHostAction: Accept`;
  const all = [felix(settings === "" ? fixed : `${fixed}, ${settings}`), ...WORKLOADS, ...POOLS, resources];
  return revision(title, all.join(""), cases);
}
