import { type BirdPeer, type PeerType, peersOf } from "./peers.ts";
import { birdProtocols } from "./protocols.ts";
import { type BirdRoute, readRoutes } from "./routes.ts";
import { askBird } from "./socket.ts";
import { type BirdStatus, birdStatus } from "./status.ts";

/** A CalicoNodeStatus resource (routing-bgp.md §4.4): one daemon serves both IP versions here, and stands for both. */
export interface NodeStatus {
  readonly apiVersion: "projectcalico.org/v3";
  readonly kind: "CalicoNodeStatus";
  readonly metadata: { readonly name: string };
  readonly spec: { readonly node: string; readonly classes: readonly ["Agent", "BGP", "Routes"] };
  readonly status: {
    /** ISO 8601. */
    readonly lastUpdated: string;
    readonly agent: { readonly birdV4: AgentStatus; readonly birdV6: AgentStatus };
    readonly bgp: {
      readonly numberEstablishedV4: number;
      readonly numberNotEstablishedV4: number;
      readonly numberEstablishedV6: number;
      readonly numberNotEstablishedV6: number;
      readonly peersV4: readonly PeerStatus[];
      readonly peersV6: readonly PeerStatus[];
    };
    readonly routes: { readonly routesV4: readonly RouteStatus[]; readonly routesV6: readonly RouteStatus[] };
  };
}

interface AgentStatus {
  readonly state: "Ready" | "NotReady";
  readonly version: string;
  readonly routerID: string;
  readonly lastBootTime: string;
  readonly lastReconfigurationTime: string;
}

interface PeerStatus {
  readonly peerIP: string;
  readonly type: "NodeMesh" | "NodePeer" | "GlobalPeer";
  readonly state: BirdPeer["bgpState"];
  readonly since: string;
}

interface RouteStatus {
  /** `FIB`: in force. `RIB`: known beside. */
  readonly type: "FIB" | "RIB";
  readonly destination: string;
  readonly gateway: string;
  readonly interface: string;
  readonly learnedFrom: { readonly sourceType: RouteSource; readonly peerIP?: string };
}

type RouteSource = "Kernel" | "Static" | "Direct" | "NodeMesh" | "BGPPeer";

/** A workload that peers with its node is a peer of that node. */
const PEER_TYPES: Readonly<Record<PeerType, PeerStatus["type"]>> = {
  mesh: "NodeMesh",
  global: "GlobalPeer",
  node: "NodePeer",
  "local-workload": "NodePeer",
};

/** Asks the daemon behind the socket. Throws `BirdError`. */
export async function nodeStatus(socket: string, node: string): Promise<NodeStatus> {
  const agent = agentStatus(await birdStatus(socket));
  const protocols = await birdProtocols(socket);
  const peers = peersOf(protocols);
  const kinds = new Map(protocols.map(({ name, kind }) => [name, kind]));
  const routes = async (version: 4 | 6) =>
    readRoutes(await askBird(socket, `show route table master${version}`)).flatMap(
      (route) => routeStatus(route, kinds, peers) ?? [],
    );
  return {
    apiVersion: "projectcalico.org/v3",
    kind: "CalicoNodeStatus",
    metadata: { name: node },
    spec: { node, classes: ["Agent", "BGP", "Routes"] },
    status: {
      lastUpdated: new Date().toISOString(),
      agent: { birdV4: agent, birdV6: agent },
      bgp: {
        numberEstablishedV4: count(peers, 4, true),
        numberNotEstablishedV4: count(peers, 4, false),
        numberEstablishedV6: count(peers, 6, true),
        numberNotEstablishedV6: count(peers, 6, false),
        peersV4: peerStatuses(peers, 4),
        peersV6: peerStatuses(peers, 6),
      },
      routes: { routesV4: await routes(4), routesV6: await routes(6) },
    },
  };
}

function agentStatus(status: BirdStatus): AgentStatus {
  return {
    state: status.isReady ? "Ready" : "NotReady",
    version: status.version,
    routerID: status.routerId,
    lastBootTime: status.lastBoot,
    lastReconfigurationTime: status.lastReconfiguration,
  };
}

function count(peers: readonly BirdPeer[], version: 4 | 6, isEstablished: boolean): number {
  return peers.filter(
    (peer) => peer.version === version && (peer.bgpState === "Established") === isEstablished,
  ).length;
}

function peerStatuses(peers: readonly BirdPeer[], version: 4 | 6): readonly PeerStatus[] {
  return peers
    .filter((peer) => peer.version === version)
    .map(({ address, type, bgpState, since }) => ({
      peerIP: address,
      type: PEER_TYPES[type],
      state: bgpState,
      since,
    }));
}

/** `undefined` for a route of a protocol that CalicoNodeStatus has no word for. */
function routeStatus(
  route: BirdRoute,
  kinds: ReadonlyMap<string, string>,
  peers: readonly BirdPeer[],
): RouteStatus | undefined {
  const learnedFrom = sourceOf(route, kinds, peers);
  return (
    learnedFrom && {
      type: route.isBest ? "FIB" : "RIB",
      destination: route.destination,
      gateway: route.gateway ?? "N/A",
      interface: route.interfaceName ?? "N/A",
      learnedFrom,
    }
  );
}

function sourceOf(
  { protocol }: BirdRoute,
  kinds: ReadonlyMap<string, string>,
  peers: readonly BirdPeer[],
): RouteStatus["learnedFrom"] | undefined {
  switch (kinds.get(protocol)) {
    case "Kernel":
      return { sourceType: "Kernel" };
    case "Static":
      return { sourceType: "Static" };
    case "Direct":
      return { sourceType: "Direct" };
    case "BGP": {
      const peer = peers.find(({ name }) => name === protocol);
      return peer && { sourceType: peer.type === "mesh" ? "NodeMesh" : "BGPPeer", peerIP: peer.address };
    }
    default:
      return undefined;
  }
}
