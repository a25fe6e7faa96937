import type { Draw } from "../draw.ts";
import { type Body, resource } from "./random-resource.ts";

/** BGPFilters, BGPConfiguration and services of a random topology: what changes routes on their way. */

/** Prefixes that routes of the topology have, or are inside or around. */
const NETS4 = [
  "10.20.0.0/16",
  "10.20.1.0/26",
  "10.20.2.0/24",
  "10.21.0.0/16",
  "10.96.0.0/16",
  "203.0.113.0/24",
  "0.0.0.0/0",
];
const NETS6 = ["fd20::/48", "fd20::1:0/122", "2001:db8:9::/48", "::/0"];
const COMMUNITIES = ["64512:100", "65000:7", "64512:1:2"];

export const FILTERS = ["first", "second.with-dots"];

export function filters(draw: Draw): readonly Body[] {
  return FILTERS.map((name) =>
    resource("BGPFilter", name, {
      importV4: draw.list(0, 3, () => rule(draw, NETS4, 32)),
      exportV4: draw.list(0, 3, () => rule(draw, NETS4, 32)),
      importV6: draw.list(0, 2, () => rule(draw, NETS6, 128)),
      exportV6: draw.list(0, 2, () => rule(draw, NETS6, 128)),
    }),
  );
}

function rule(draw: Draw, nets: readonly string[], longest: number): Body {
  const action = draw.one(["Accept", "Accept", "Reject"]);
  const cidr = draw.one(nets);
  const length = Number(cidr.slice(cidr.indexOf("/") + 1));
  const net = {
    cidr,
    matchOperator: draw.one(["Equal", "In", "In", "NotIn", "NotEqual"]),
    ...draw.fields(0.2, { prefixLength: { min: length, max: draw.integer(length, longest) } }),
  };
  return {
    action,
    ...(draw.chance(0.8) ? net : {}),
    ...draw.fields(0.12, {
      source: "RemotePeers",
      peerType: draw.one(["eBGP", "iBGP"]),
      communities: { values: [draw.one(COMMUNITIES)] },
      asPathPrefix: [draw.one([64512, 65001, 65010])],
      priority: draw.one([1024, 512]),
      interface: draw.one(["eth*", "cali*", "*"]),
    }),
    ...(action === "Accept" && draw.chance(0.5)
      ? { operations: draw.list(1, 2, () => operation(draw)) }
      : {}),
  };
}

function operation(draw: Draw): Body {
  return draw.one([
    { addCommunity: { value: draw.one(COMMUNITIES) } },
    { prependASPath: { prefix: draw.one([[65077], [65077, 65078]]) } },
    { setPriority: { value: draw.one([512, 1024, 2000]) } },
  ]);
}

export function configuration(draw: Draw, asNumber: number, mesh: boolean): Body {
  return resource("BGPConfiguration", "default", {
    asNumber,
    nodeToNodeMeshEnabled: mesh,
    ...draw.fields(0.25, {
      listenPort: 1790,
      bindMode: "NodeIP",
      prefixAdvertisements: [
        { cidr: "10.20.0.0/16", communities: draw.one([["64512:100"], ["64512:1:2", "65000:7"]]) },
        { cidr: "fd20::/48", communities: ["64512:100"] },
      ],
      serviceClusterIPs: [{ cidr: "10.96.0.0/16" }],
      serviceExternalIPs: [{ cidr: "198.51.100.0/24" }, { cidr: "198.51.101.7/32" }],
      serviceLoadBalancerIPs: [{ cidr: "198.51.102.0/24" }],
      serviceLoadBalancerAggregation: draw.one(["Enabled", "Disabled"]),
      ignoredInterfaces: ["lan*"],
      ...(mesh ? { nodeMeshPassword: { secretKeyRef: { name: "bgp", key: "mesh" } } } : {}),
    }),
  });
}

export function services(draw: Draw, nodes: readonly string[]): readonly Body[] {
  return draw
    .list(0, 2, (index) => {
      const name = `svc-${index}`;
      const type = draw.one(["ClusterIP", "NodePort", "LoadBalancer"]);
      return [
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name, namespace: "default" },
          spec: {
            type,
            clusterIP: `10.96.0.${10 + index}`,
            clusterIPs: [`10.96.0.${10 + index}`],
            ipFamilies: ["IPv4"],
            ports: [{ port: 80, protocol: "TCP" }],
            ...(type === "ClusterIP" ? {} : { externalTrafficPolicy: draw.one(["Local", "Cluster"]) }),
            ...draw.fields(0.5, { externalIPs: [draw.one(["198.51.100.9", "198.51.101.7"])] }),
          },
          ...(type === "LoadBalancer"
            ? { status: { loadBalancer: { ingress: [{ ip: `198.51.102.${index + 1}` }] } } }
            : {}),
        },
        {
          apiVersion: "discovery.k8s.io/v1",
          kind: "EndpointSlice",
          metadata: {
            name: `${name}-a`,
            namespace: "default",
            labels: { "kubernetes.io/service-name": name },
          },
          addressType: "IPv4",
          ports: [{ port: 80, protocol: "TCP" }],
          endpoints: draw.some(nodes, 0.5).map((nodeName, at) => ({
            addresses: [`10.20.1.${at + 2}`],
            conditions: { ready: true },
            nodeName,
          })),
        },
      ];
    })
    .flat();
}
