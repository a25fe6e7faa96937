/** What kubectl tells of Calico's pods: their logs, and the dataplane of the nodes that they run on. */
import { type Json, objectOf } from "../datastore/json.ts";
import type { Resource } from "../datastore/resource.ts";
import type { Piece } from "./collect.ts";

export interface PodsAsked {
  /** Of each component, at most this many pods. */
  readonly maxLogs: number;
  /** Their pods come first. */
  readonly focusNodes: readonly string[];
  /** As kubectl takes it; `0s` is all. */
  readonly since: string;
  /** kubectl with what says which cluster is meant. */
  readonly kubectl: readonly [string, ...string[]];
}

/** `pods`: all of the cluster. Source: `calicoctl/commands/cluster/diags.go`, without what is about eBPF. */
export function podPieces(pods: readonly Resource[], asked: PodsAsked): readonly Piece[] {
  return chosenPods(pods, asked).flatMap((pod) => [
    ...logPieces(pod, asked),
    ...(pod.name.startsWith("calico-node-") ? dumpPieces(pod, asked) : []),
  ]);
}

interface Pod {
  readonly name: string;
  readonly namespace: string;
  readonly node: string;
  /** Pods of one component are as good as each other. */
  readonly component: string;
  readonly hasRestarted: boolean;
}

function chosenPods(pods: readonly Resource[], { maxLogs, focusNodes }: PodsAsked): readonly Pod[] {
  const rank = ({ node }: Pod): number => {
    const place = focusNodes.indexOf(node);
    return place < 0 ? focusNodes.length : place;
  };
  const ours = pods.map(readPod).filter(({ namespace }) => /calico|tigera/.test(namespace));
  const taken = new Map<string, number>();
  return ours
    .sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
    .filter(({ component }) => {
      const count = (taken.get(component) ?? 0) + 1;
      taken.set(component, count);
      return count <= maxLogs;
    });
}

function readPod({ metadata, spec, status }: Resource): Pod {
  const namespace = String(metadata.namespace ?? "default");
  const labels = objectOf(metadata.labels);
  const [owner] = listIn(metadata.ownerReferences).map(objectOf);
  const states = listIn(objectOf(status).containerStatuses).map(objectOf);
  return {
    name: metadata.name,
    namespace,
    node: String(objectOf(spec).nodeName ?? "unscheduled"),
    component: `${namespace}/${labels["k8s-app"] ?? owner?.name ?? metadata.name}`,
    hasRestarted: states.some(({ restartCount }) => typeof restartCount === "number" && restartCount > 0),
  };
}

function logPieces(
  { name, namespace, node, hasRestarted }: Pod,
  { since, kubectl }: PodsAsked,
): readonly Piece[] {
  const logs = (more: readonly string[]): Piece["commands"] => [
    [...kubectl, "logs", `--since=${since}`, "-n", namespace, name, "--all-containers", ...more],
  ];
  const place = `nodes/${node}/${namespace}/${name}`;
  const now = { title: `Collect logs for pod ${name}`, commands: logs([]), file: `${place}.log` };
  if (!hasRestarted) return [now];
  const before = `Collect previous logs for pod ${name}`;
  return [now, { title: before, commands: logs(["--previous"]), file: `${place}.previous.log` }];
}

const DUMPS: readonly (readonly [what: string, command: readonly string[]])[] = [
  ["iptables-legacy-save", ["iptables-legacy-save", "-c"]],
  ["ip6tables-legacy-save", ["ip6tables-legacy-save", "-c"]],
  ["iptables-nft-save", ["iptables-nft-save", "-c"]],
  ["ip6tables-nft-save", ["ip6tables-nft-save", "-c"]],
  ["nft-ruleset", ["nft", "-n", "-a", "list", "ruleset"]],
  ["ipset-list", ["ipset", "list"]],
  ["ip-route", ["ip", "route", "show", "table", "all"]],
  ["ip-route-v6", ["ip", "-6", "route", "show", "table", "all"]],
  ["ip-rule", ["ip", "rule"]],
  ["ip-addr", ["ip", "addr"]],
  ["ip-link", ["ip", "link"]],
  ["ip-neigh", ["ip", "neigh"]],
  ["tc-qdisc", ["tc", "qdisc", "show"]],
];

function dumpPieces({ name, namespace, node }: Pod, { kubectl }: PodsAsked): readonly Piece[] {
  const enter = [...kubectl, "exec", "-n", namespace, name, "-c", "calico-node", "--"] as const;
  return DUMPS.map(([what, command]) => ({
    title: `Collect ${what} for node ${node}`,
    commands: [[...enter, ...command]],
    file: `nodes/${node}/${what}.txt`,
  }));
}

function listIn(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
