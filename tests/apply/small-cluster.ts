import { VERSION } from "../../cli/version.ts";
import {
  type BundleOptions,
  compile,
  DEFAULT_FEATURES,
  type HostFeatures,
  type SourceFile,
} from "../../compiler/index.ts";
import type { AppliedRecord } from "../../runtime/apply/record.ts";
import { DEFAULT_BIRD } from "../../runtime/apply/target.ts";

/** A pod of node n1. */
export interface SmallPod {
  readonly name: string;
  readonly ip: string;
  /** Its label; the name when absent. */
  readonly app?: string;
}

export const SERVER: SmallPod = { name: "server", ip: "10.65.0.9" };

/** The server lets in those pods, by the value of their label `app`. */
export function allowing(...apps: readonly string[]): string {
  return `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: server, namespace: default }
spec:
  selector: app == 'server'
  types: [Ingress]
  ingress:
${apps.map((app) => `    - { action: Allow, source: { selector: app == '${app}' } }`).join("\n")}
    - { action: Deny, source: { nets: [192.0.2.0/24] } }
`;
}

const NODE = `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec:
  addresses: [{ address: 10.0.0.1, type: CalicoNodeIP }]
  interfaces: [{ name: eth0, addresses: [10.0.0.1] }]
---
apiVersion: v1
kind: Namespace
metadata: { name: default }
`;

export function smallCluster(policy: string, pods: readonly SmallPod[]): readonly SourceFile[] {
  const documents = pods.map(
    ({ name, ip, app = name }) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: default, labels: { app: ${app} } }
spec: { nodeName: n1 }
status: { phase: Running, podIP: ${ip}, podIPs: [{ ip: ${ip} }] }
`,
  );
  return [
    { path: "policy.yaml", text: policy },
    { path: "inventory.yaml", text: [NODE, ...documents].join("---\n") },
  ];
}

/** What `apply` is given for node n1, with its resources. */
export function recordOf(
  files: readonly SourceFile[],
  features: HostFeatures = DEFAULT_FEATURES,
  options: BundleOptions = {},
): AppliedRecord & Required<Pick<AppliedRecord, "resources">> {
  const { nodes, diagnostics, sources } = compile(files, {
    features,
    compilerVersion: VERSION,
    ...options,
  });
  const artifacts = nodes.find(({ node }) => node === "n1")?.artifacts;
  if (artifacts === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const variant = features.iptablesBackend;
  return { node: "n1", variant, bird: DEFAULT_BIRD, artifacts, resources: sources };
}
