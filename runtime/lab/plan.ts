/**
 * What a lab consists of: plain data, as it is kept on disk, so that `lab down` finds everything. Addresses are text.
 */
export interface LabPlan {
  readonly lab: string;
  readonly fabric: Fabric;
  /** Sorted by name. */
  readonly nodes: readonly Machine[];
  /** Speakers that BGPPeers name by an address that no node has. Sorted by address. */
  readonly routers: readonly Router[];
  /** Sorted by name. */
  readonly workloads: readonly LabWorkload[];
  /** Those of the workloads that peer with their node: each speaks, and announces nothing. */
  readonly workloadSpeakers: readonly Speaker[];
}

/** One network namespace with a bridge for each segment, which routes between them. */
export interface Fabric {
  readonly space: string;
  readonly segments: readonly Segment[];
  /** Subnets that are behind a router of the lab instead of on a bridge. */
  readonly routes: readonly { readonly subnet: string; readonly via: string }[];
}

/** Machines that share a wire. */
export interface Segment {
  readonly bridge: string;
  /** The fabric's own addresses, with prefix length. */
  readonly gateways: readonly string[];
}

/** A host of the lab. */
export interface Machine {
  /** The Node's name, or the router's address. */
  readonly name: string;
  readonly space: string;
  readonly interfaces: readonly MachineInterface[];
  /** Next hops of the default routes, at most one of each IP version. */
  readonly gateways: readonly string[];
}

export interface MachineInterface {
  readonly device: string;
  /** The other end of the wire, in the fabric. At most 15 characters. */
  readonly port: string;
  readonly bridge: string;
  /** With prefix length. */
  readonly addresses: readonly string[];
}

/** A speaker outside the cluster, or in one of its workloads. */
export interface Speaker {
  /** Its address. */
  readonly name: string;
  readonly space: string;
  /** Never empty. */
  readonly sessions: readonly RouterSession[];
}

export interface Router extends Machine, Speaker {}

/** A session as the speaker sees it: "local" is the speaker, and the other end is a node. */
export interface RouterSession {
  readonly node: string;
  readonly version: 4 | 6;
  readonly local: string;
  readonly localAs: number;
  /** 179 unless the BGPPeer says otherwise. */
  readonly localPort: number;
  readonly remote: string;
  readonly remoteAs: number;
  readonly remotePort: number;
  readonly isInternal: boolean;
  /** The node demands that packets have come over at most that many hops; 0 = it does not. */
  readonly ttlSecurity: number;
  /** The node watches the session by BFD. */
  readonly hasBfd: boolean;
  readonly password: SessionPassword | undefined;
}

export interface SessionPassword {
  /** `<namespace>/<name>/<key>` of the Secret. */
  readonly secret: string;
  /** Of the constant that stands for it in both ends' `bird.conf`. */
  readonly symbol: string;
}

export interface LabWorkload {
  /** `<namespace>/<pod>`. */
  readonly name: string;
  readonly node: string;
  readonly space: string;
  /** On the node's side. */
  readonly interfaceName: string;
  readonly mac: string | undefined;
  /** Without prefix length. */
  readonly addresses: readonly string[];
  /** TCP ports that it declares. */
  readonly ports: readonly number[];
}
