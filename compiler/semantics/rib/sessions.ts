import { cidrContainsIp, type Ip } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { type Peer, peersOf } from "./peer.ts";
import { addressTowards, hasAddress, interfaceTowards, type Speaker, sameIp } from "./speaker.ts";

/** One end of a session that comes up. */
export interface SessionEnd {
  readonly speaker: string;
  readonly peer: Peer;
  /** The address that this end speaks from. */
  readonly local: Ip;
  /** Interface of a single-hop session. */
  readonly dev: string | undefined;
}

/** Both directions of one session; routes go from each to the other. */
export interface Session {
  readonly ends: readonly [SessionEnd, SessionEnd];
  /** Both ends take all routes of a prefix from each other, not the best alone. */
  readonly addPaths: boolean;
}

/** Whether a configured session comes up, and else why not. */
export interface SessionState {
  readonly speaker: string;
  readonly session: string;
  /** The speaker at the other end, where there is one. */
  readonly peer: string | undefined;
  /** Its end of the session, where the two meet. */
  readonly peerSession: string | undefined;
  /** `undefined` = established. */
  readonly down: string | undefined;
}

export interface SessionGraph {
  readonly sessions: readonly Session[];
  /** Of every configured session, in the order of speakers and of their files. */
  readonly states: readonly SessionState[];
}

/** Which of the configured sessions meet: addresses, ports, AS numbers, passwords and TTL of both ends must fit. */
export function sessionGraph(speakers: readonly Speaker[]): SessionGraph {
  const directory = new Directory(speakers);
  const sessions: Session[] = [];
  const states: SessionState[] = [];
  for (const speaker of speakers)
    for (const peer of directory.peersOf(speaker)) {
      const found = otherEnd(speaker, peer, directory);
      states.push({
        speaker: speaker.name,
        session: peer.name,
        peer: found.other?.name,
        peerSession: found.kind === "up" ? found.far.peer.name : undefined,
        down: found.kind === "down" ? found.reason : undefined,
      });
      if (found.kind === "down") continue;
      const { own, far } = found;
      // Each session is found from both of its ends: the one that comes first in order counts.
      if (own.speaker < far.speaker)
        sessions.push({ ends: [own, far], addPaths: own.peer.addPaths && far.peer.addPaths });
    }
  return { sessions, states };
}

type Found =
  | { readonly kind: "up"; readonly other: Speaker; readonly own: SessionEnd; readonly far: SessionEnd }
  | { readonly kind: "down"; readonly other: Speaker | undefined; readonly reason: string };

/** Who has an address, and which sessions lead there: asked for both ends of every session. */
class Directory {
  readonly #owners: ReadonlyMap<string, readonly { readonly speaker: Speaker }[]>;
  readonly #peers: ReadonlyMap<Speaker, readonly Peer[]>;
  readonly #towards: ReadonlyMap<Speaker, ReadonlyMap<string, readonly Peer[]>>;

  constructor(speakers: readonly Speaker[]) {
    const owned = speakers.flatMap((speaker) =>
      speaker.interfaces.flatMap(({ addresses }) => addresses.map(({ ip }) => ({ speaker, ip }))),
    );
    this.#owners = Map.groupBy(owned, ({ ip }) => formatIp(ip));
    this.#peers = new Map(speakers.map((speaker) => [speaker, peersOf(speaker.config)]));
    this.#towards = new Map(
      [...this.#peers].map(([speaker, peers]) => [
        speaker,
        Map.groupBy(peers, ({ address }) => formatIp(address)),
      ]),
    );
  }

  peersOf(speaker: Speaker): readonly Peer[] {
    return this.#peers.get(speaker) ?? [];
  }

  /** Of several that have it the first. */
  ownerBesides(speaker: Speaker, ip: Ip): Speaker | undefined {
    return this.#owners.get(formatIp(ip))?.find((one) => one.speaker !== speaker)?.speaker;
  }

  peersTowards(speaker: Speaker, ip: Ip): readonly Peer[] {
    return this.#towards.get(speaker)?.get(formatIp(ip)) ?? [];
  }
}

function otherEnd(speaker: Speaker, peer: Peer, directory: Directory): Found {
  const other = directory.ownerBesides(speaker, peer.address);
  const down = (reason: string): Found => ({ kind: "down", other, reason });
  if (other === undefined) return down(`nobody has the address ${formatIp(peer.address)}`);
  const own = endOf(speaker, peer);
  if (own === undefined) return down("no address to speak from");
  if (!reaches(speaker, peer.address)) return down(`no route to ${formatIp(peer.address)}`);
  const mirrored = directory.peersTowards(other, own.local).filter(({ version }) => version === peer.version);
  if (mirrored.length === 0) return down(`${other.name} has no session with ${formatIp(own.local)}`);
  const far = mirrored
    .map((one) => endOf(other, one))
    .find((end) => end !== undefined && sameIp(end.local, peer.address));
  if (far === undefined)
    return down(`${other.name} speaks from another address than ${formatIp(peer.address)}`);
  if (!reaches(other, own.local)) return down(`${other.name} has no route back to ${formatIp(own.local)}`);
  const reason = mismatch(speaker, peer, other, far.peer);
  return reason === undefined ? { kind: "up", other, own, far } : down(reason);
}

function endOf(speaker: Speaker, peer: Peer): SessionEnd | undefined {
  const local = peer.source ?? addressTowards(speaker, peer.address);
  if (local === undefined || !hasAddress(speaker, local)) return undefined;
  const dev = peer.multihop ? undefined : interfaceTowards(speaker, peer.address)?.name;
  if (!peer.multihop && dev === undefined) return undefined;
  return { speaker: speaker.name, peer, local, dev };
}

/** By a connected network, a kernel route or a `reachableBy`; routes that BGP itself brings are not asked. */
function reaches(speaker: Speaker, ip: Ip): boolean {
  if (addressTowards(speaker, ip) !== undefined) return true;
  return speaker.config.protocols.some(
    (protocol) =>
      protocol.kind === "static" &&
      protocol.routes.some(({ cidr, via }) => via !== undefined && cidrContainsIp(cidr, ip)),
  );
}

/** What the two ends do not agree on. */
function mismatch(speaker: Speaker, peer: Peer, other: Speaker, far: Peer): string | undefined {
  if (peer.remoteAs !== far.localAs)
    return `it expects AS ${peer.remoteAs}, and ${other.name} has AS ${far.localAs}`;
  if (far.remoteAs !== peer.localAs)
    return `${other.name} expects AS ${far.remoteAs}, not AS ${peer.localAs}`;
  if (peer.passive && far.passive) return "both ends wait for the other to connect";
  const dials = (from: Peer, to: Peer): boolean => !from.passive && from.port === to.localPort;
  if (!dials(peer, far) && !dials(far, peer)) return `the ports ${peer.port} and ${far.localPort} do not fit`;
  if (peer.password !== far.password) return "the ends have different passwords";
  if (peer.ttlSecurity !== far.ttlSecurity) return "only one end uses TTL security";
  if (peer.internal && speaker.config.routerId.value === other.config.routerId.value)
    return `both ends have the router id ${formatIp(other.config.routerId)}`;
  return undefined;
}
