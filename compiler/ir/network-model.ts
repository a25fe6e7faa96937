import type { Cidr, Ip } from "../net/cidr.ts";
import type { Labels, Selector } from "../syntax/selector/ast.ts";
import type { ModelBase } from "./model-base.ts";

/** Where addresses are: services, pools, blocks, nodes. */

/** One Kubernetes EndpointSlice, as the source of service matches and of service routes. */
export interface ServiceSlice extends ModelBase {
  readonly kind: "service-slice";
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly addressType: "IPv4" | "IPv6" | "FQDN";
  readonly endpoints: readonly {
    readonly addresses: readonly Ip[];
    readonly ready: boolean;
    readonly node: string | undefined;
  }[];
  readonly ports: readonly {
    readonly name: string;
    readonly protocol: number;
    readonly port: number | undefined;
  }[];
}

export interface Service extends ModelBase {
  readonly kind: "service";
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly clusterIps: readonly Ip[];
  readonly externalIps: readonly Ip[];
  /** What the service was given. */
  readonly loadBalancerIps: readonly Ip[];
  /** What it asked for, and may not have got: the address may be another service's. */
  readonly wantedLoadBalancerIp: Ip | undefined;
  readonly externalTrafficPolicy: "Cluster" | "Local";
  readonly ipFamilies: readonly ("IPv4" | "IPv6")[];
}

export type EncapMode = "Never" | "Always" | "CrossSubnet";

export interface IpPool extends ModelBase {
  readonly kind: "ip-pool";
  readonly name: string;
  readonly cidr: Cidr;
  readonly ipipMode: EncapMode;
  readonly vxlanMode: EncapMode;
  readonly natOutgoing: boolean;
  readonly disabled: boolean;
  readonly disableBgpExport: boolean;
  readonly blockSize: number;
  readonly nodeSelector: Selector;
  readonly namespaceSelector: Selector | undefined;
  readonly allowedUses: readonly ("Workload" | "Tunnel" | "LoadBalancer")[];
  readonly assignmentMode: "Automatic" | "Manual";
}

export interface Block extends ModelBase {
  readonly kind: "block";
  readonly cidr: Cidr;
  /** Node that owns the block; `undefined` when it has no affinity or belongs to `virtual:load-balancer`. */
  readonly affinity: string | undefined;
  /** Allocations whose owner attribute `node` is known: where each used address lives. */
  readonly allocations: readonly {
    readonly ip: Ip;
    readonly node: string | undefined;
    readonly tunnel: boolean;
  }[];
}

export interface BlockAffinity extends ModelBase {
  readonly kind: "block-affinity";
  readonly cidr: Cidr;
  readonly node: string;
  readonly affinityType: "host" | "virtual";
  readonly state: "pending" | "confirmed" | "pendingDeletion";
}

/** An address with its network, as `spec.bgp.ipv4Address` gives it; a bare IP has a full-length network. */
export interface InterfaceAddress {
  readonly ip: Ip;
  readonly length: number;
}

export interface Node extends ModelBase {
  readonly kind: "node";
  readonly name: string;
  readonly labels: Labels;
  readonly bgp:
    | {
        readonly asNumber: number | undefined;
        readonly ipv4: InterfaceAddress | undefined;
        readonly ipv6: InterfaceAddress | undefined;
        readonly ipipTunnelAddress: Ip | undefined;
        /** IPv4-formatted. */
        readonly routeReflectorClusterId: string | undefined;
      }
    | undefined;
  readonly vxlanTunnelAddress4: Ip | undefined;
  readonly vxlanTunnelAddress6: Ip | undefined;
  readonly vxlanTunnelMac4: string | undefined;
  readonly vxlanTunnelMac6: string | undefined;
  readonly wireguard: {
    readonly address4: Ip | undefined;
    readonly address6: Ip | undefined;
    readonly publicKey4: string | undefined;
    readonly publicKey6: string | undefined;
  };
  readonly addresses: readonly { readonly ip: Ip; readonly type: string }[];
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly InterfaceAddress[] }[];
  readonly podCidrs: readonly Cidr[];
}
