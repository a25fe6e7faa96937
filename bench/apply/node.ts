import type { SourceFile } from "../../compiler/index.ts";

export const NODE = "node-0";
const APPS = 50;
const PODS = 20;
const REMOTE_PODS = 200;
/** Of each policy; every one has a set of addresses for IPv4 and one for IPv6. */
const SELECTORS = 2;
const RULES = 9;

/** Sets of a node with so many policies, both IP versions together. */
export function policiesForSets(sets: number): number {
  return Math.round(sets / SELECTORS / 2);
}

/**
 * A node with 20 pods and policies that select all of them, each with sets of its own. `extra`: how many rules more
 * the policy in the middle has.
 */
export function nodeFiles(policies: number, extra: number): readonly SourceFile[] {
  const documents = [
    { kind: "Node", metadata: { name: NODE }, spec: { bgp: { ipv4Address: "172.16.1.10/24" } } },
    { kind: "Node", metadata: { name: "node-1" }, spec: { bgp: { ipv4Address: "172.16.1.11/24" } } },
    { kind: "IPPool", metadata: { name: "pool" }, spec: { cidr: "10.65.0.0/16", natOutgoing: true } },
    ...Array.from({ length: policies }, (_, i) => policy(i, i === policies >> 1 ? extra : 0)),
  ].map((resource) => ({ apiVersion: "projectcalico.org/v3", ...resource }));
  const core = [
    { kind: "Namespace", metadata: { name: "shop" } },
    ...Array.from({ length: PODS }, (_, i) => pod(`local-${i}`, NODE, `10.65.1.${i + 1}`, "server")),
    ...Array.from({ length: REMOTE_PODS }, (_, i) =>
      pod(`remote-${i}`, "node-1", `10.65.2.${i + 1}`, `app-${i % APPS}`),
    ),
  ].map((resource) => ({ apiVersion: "v1", ...resource }));
  return [...documents, ...core].map((resource, i) => ({
    path: `${i}.json`,
    text: JSON.stringify(resource),
  }));
}

function policy(i: number, extra: number): object {
  const peer = (s: number) => ({ selector: `app in {'app-${(i * 7 + s * 13) % APPS}', 'job-${i}-${s}'}` });
  const ingress = Array.from({ length: RULES + extra }, (_, rule) => ({
    action: "Allow",
    protocol: "TCP",
    source: peer(rule % SELECTORS),
    destination: { ports: [9000 + rule] },
  }));
  return {
    kind: "NetworkPolicy",
    metadata: { namespace: "shop", name: `policy-${String(i).padStart(4, "0")}` },
    spec: { selector: "app == 'server'", types: ["Ingress"], ingress },
  };
}

function pod(name: string, nodeName: string, podIP: string, app: string): object {
  return {
    kind: "Pod",
    metadata: { namespace: "shop", name, labels: { app } },
    spec: { nodeName, containers: [{ name: "main", image: "x" }] },
    status: { phase: "Running", podIP, podIPs: [{ ip: podIP }] },
  };
}
