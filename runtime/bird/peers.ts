import type { BirdProtocol } from "./protocols.ts";

/** Where a session comes from, by its name in our `bird.conf`. */
export type PeerType = "mesh" | "global" | "node" | "local-workload";

export interface BirdPeer {
  readonly name: string;
  readonly version: 4 | 6;
  readonly address: string;
  readonly asNumber: number | undefined;
  readonly type: PeerType;
  /** Of the protocol: `up`, `start`, `down`. */
  readonly state: string;
  readonly since: string;
  readonly info: string;
  /** Of the session, in BGP's words; BIRD's own `Passive` is an Active that does not connect. */
  readonly bgpState: "Idle" | "Connect" | "Active" | "OpenSent" | "OpenConfirm" | "Established" | "Close";
  readonly imported: number;
  readonly exported: number;
}

const TYPES: Readonly<Record<string, PeerType>> = {
  Mesh: "mesh",
  Global: "global",
  Node: "node",
  Local_Workload: "local-workload",
};

const BGP_STATES: Readonly<Record<string, BirdPeer["bgpState"]>> = {
  Idle: "Idle",
  Connect: "Connect",
  Active: "Active",
  Passive: "Active",
  OpenSent: "OpenSent",
  OpenConfirm: "OpenConfirm",
  Established: "Established",
  Close: "Close",
};

/** The BGP sessions that our `bird.conf` names, in its order; others on the daemon are somebody else's. */
export function peersOf(protocols: readonly BirdProtocol[]): readonly BirdPeer[] {
  return protocols.flatMap(({ name, kind, state, since, info, bgp, channels }) => {
    const [, prefix = ""] = /^(Mesh|Global|Node|Local_Workload)_/.exec(name) ?? [];
    const type = TYPES[prefix];
    if (kind !== "BGP" || type === undefined || bgp === undefined) return [];
    return [
      {
        name,
        version: bgp.neighborAddress.includes(":") ? (6 as const) : (4 as const),
        address: bgp.neighborAddress,
        asNumber: bgp.neighborAs,
        type,
        state,
        since,
        info: info.replaceAll(/\s+/g, " "),
        bgpState: BGP_STATES[bgp.state] ?? "Idle",
        imported: channels.reduce((sum, channel) => sum + channel.imported, 0),
        exported: channels.reduce((sum, channel) => sum + channel.exported, 0),
      },
    ];
  });
}
