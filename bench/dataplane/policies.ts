import type { SourceFile } from "../../compiler/index.ts";

/** What the benchmark compiles; the same size gives the same resources. */
export interface NodeSize {
  /** Policies that select the server, all of them tried before the last one allows. */
  readonly policies: number;
  /** Pods on the node, client and server among them. */
  readonly pods: number;
}

export const NODE = "node-0";
export const CLIENT = { name: "shop/client", address: "10.65.0.2" };
export const SERVER = { name: "shop/server", address: "10.65.0.3" };
export const HOST_ADDRESS = "172.16.1.10/24";
export const OUTSIDE_ADDRESS = "172.16.1.1/24";
/** TCP: connections that end as soon as they are accepted. UDP: an echo, and a sink. */
export const PORTS = { connect: 9000, echo: 9000, stream: 9001 };

const APPS = 50;
const REMOTE_PODS = 200;

/**
 * One node with `pods` pods and, for the sets to have members, 200 pods elsewhere. Each policy has the rules that
 * teams write for a service, with selectors of its own, none of which matches the client; the last policy ends with
 * two more, which allow it.
 */
export function nodeResources({ policies, pods }: NodeSize): readonly SourceFile[] {
  const documents = [
    resource("Node", { name: NODE }, { spec: { bgp: { ipv4Address: HOST_ADDRESS } } }),
    resource("Node", { name: "node-1" }, { spec: { bgp: { ipv4Address: "172.16.1.11/24" } } }),
    resource("IPPool", { name: "pool" }, { spec: { cidr: "10.65.0.0/16", natOutgoing: true } }),
    json("v1", "Namespace", { name: "shop" }),
    pod(CLIENT, NODE, { app: "client" }),
    pod(SERVER, NODE, { app: "server" }),
    ...Array.from({ length: Math.max(0, pods - 2) }, (_, i) =>
      pod({ name: `shop/idle-${i}`, address: `10.65.1.${i + 1}` }, NODE, { app: "idle" }),
    ),
    ...Array.from({ length: REMOTE_PODS }, (_, i) =>
      pod({ name: `shop/remote-${i}`, address: `10.65.2.${i + 1}` }, "node-1", {
        app: `app-${i % APPS}`,
        zone: `zone-${i % 4}`,
      }),
    ),
    ...Array.from({ length: policies }, (_, i) => policy(i, i === policies - 1)),
  ];
  return documents.map((text, i) => ({ path: `${i}.json`, text }));
}

function policy(i: number, isLast: boolean): string {
  // The second name makes every selector, and so every set, one of its own.
  const peer = (rule: number) => ({
    selector: `app in {'app-${(i * 7 + rule * 13) % APPS}', 'job-${i}-${rule}'}`,
  });
  const service = { ports: [PORTS.connect, 9443] };
  const ingress = [
    { action: "Deny", source: { selector: `zone == 'zone-${i % 4}' && app != 'app-${i}'` } },
    { action: "Allow", protocol: "TCP", source: peer(0), destination: service },
    { action: "Allow", protocol: "TCP", source: peer(1), destination: { ports: [9100] } },
    { action: "Allow", protocol: "TCP", source: peer(2) },
  ];
  const client = { selector: "app == 'client'" };
  const allow = [
    { action: "Allow", protocol: "UDP", source: client, destination: { ports: [PORTS.echo, PORTS.stream] } },
    { action: "Allow", protocol: "TCP", source: client, destination: service },
  ];
  return resource(
    "NetworkPolicy",
    { name: `policy-${String(i).padStart(4, "0")}`, namespace: "shop" },
    {
      spec: {
        order: i,
        selector: "app == 'server'",
        types: ["Ingress"],
        ingress: isLast ? [...ingress, ...allow] : ingress,
      },
    },
  );
}

function pod(
  { name, address }: { readonly name: string; readonly address: string },
  nodeName: string,
  labels: Readonly<Record<string, string>>,
): string {
  const [namespace, podName] = name.split("/");
  return json(
    "v1",
    "Pod",
    { name: podName, namespace, labels },
    {
      spec: { nodeName, containers: [{ name: "main" }] },
      status: { phase: "Running", podIP: address, podIPs: [{ ip: address }] },
    },
  );
}

function resource(kind: string, metadata: object, rest: object): string {
  return json("projectcalico.org/v3", kind, metadata, rest);
}

function json(apiVersion: string, kind: string, metadata: object, rest: object = {}): string {
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}
