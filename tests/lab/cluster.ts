import type { SourceFile } from "../../compiler/index.ts";

export interface TestPod {
  /** In namespace `web`. */
  readonly name: string;
  /** 1–9. */
  readonly node: number;
  /** Last part of its address, 2–62. */
  readonly host: number;
  readonly app?: string;
}

/**
 * Nodes `n1`, `n2` … at 172.29.0.1x and fd29::1x, each with the blocks 10.29.x.0/26 and fd29:1::x00/122; some of
 * them reflect routes.
 */
export function cluster(
  nodes: readonly number[],
  pods: readonly TestPod[],
  reflectors: readonly number[] = [],
): SourceFile {
  const parts = [
    "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: { name: v4 }\nspec: { cidr: 10.29.0.0/16, blockSize: 26 }",
    'apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: { name: v6 }\nspec: { cidr: "fd29:1::/64", blockSize: 122 }',
    "apiVersion: v1\nkind: Namespace\nmetadata: { name: web, labels: { kubernetes.io/metadata.name: web } }",
    ...nodes.flatMap((node) => [
      nodeText(node, reflectors.includes(node)),
      ...blockTexts(
        node,
        pods.filter((pod) => pod.node === node),
      ),
    ]),
    ...pods.map(podText),
  ];
  return { path: "cluster.yaml", text: parts.join("\n---\n") };
}

export function nodeAddress(node: number): string {
  return `172.29.0.1${node}`;
}

export function podAddresses({ node, host }: TestPod): readonly [v4: string, v6: string] {
  return [`10.29.${node}.${host}`, `fd29:1::${node}${host.toString(16).padStart(2, "0")}`];
}

function nodeText(node: number, isReflector: boolean): string {
  const [label, id] = isReflector
    ? [', route-reflector: "true"', ", routeReflectorClusterID: 244.0.0.1"]
    : ["", ""];
  return `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n${node}, labels: { kubernetes.io/hostname: n${node}${label} } }
spec:
  bgp: { ipv4Address: ${nodeAddress(node)}/24, ipv6Address: "fd29::1${node}/64"${id} }
  orchRefs: [{ nodeName: n${node}, orchestrator: k8s }]`;
}

function blockTexts(node: number, pods: readonly TestPod[]): readonly string[] {
  const cidrs = [
    { name: `10-29-${node}-0-26`, cidr: `10.29.${node}.0/26` },
    { name: `fd29-1--${node}00-122`, cidr: `fd29:1::${node}00/122` },
  ];
  const allocations = Array.from({ length: 64 }, (_, host) => {
    const index = pods.findIndex((pod) => pod.host === host);
    return index === -1 ? null : index;
  });
  const attributes = pods.map(({ name }) => ({
    handle_id: `k8s-pod-network.${name}`,
    secondary: { namespace: "web", node: `n${node}`, pod: name },
  }));
  return cidrs.flatMap(({ name, cidr }) => [
    JSON.stringify({
      apiVersion: "projectcalico.org/v3",
      kind: "IPAMBlock",
      metadata: { name },
      spec: {
        cidr,
        affinity: `host:n${node}`,
        allocations,
        unallocated: allocations.flatMap((index, host) => (index === null ? [host] : [])),
        attributes,
      },
    }),
    JSON.stringify({
      apiVersion: "projectcalico.org/v3",
      kind: "BlockAffinity",
      metadata: { name: `n${node}-${name}` },
      spec: { cidr, node: `n${node}`, state: "confirmed", type: "host" },
    }),
  ]);
}

function podText(pod: TestPod): string {
  const [v4, v6] = podAddresses(pod);
  return `apiVersion: v1
kind: Pod
metadata: { name: ${pod.name}, namespace: web, labels: { app: ${pod.app ?? pod.name} } }
spec:
  nodeName: n${pod.node}
  containers: [{ name: main, ports: [{ name: http, containerPort: 8080 }] }]
status: { phase: Running, podIP: ${v4}, podIPs: [{ ip: ${v4} }, { ip: "${v6}" }] }`;
}
