import type { WireguardPeer } from "../../ir/routing-ir.ts";
import { type Cidr, cidrContainsIp, cidrOf, type Ip } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import type { Rib } from "./rib.ts";
import type { Hop, Way } from "./route.ts";
import { hasAddress, type Speaker } from "./speaker.ts";

/** A host that passes packets on, with or without BIRD. */
export interface ForwardingHost extends Omit<Speaker, "config"> {
  readonly wireguard?: WireguardTable;
}

/** What a host encrypts: asked before the main table. */
export interface WireguardTable {
  /** `dev` absent: the main table decides. */
  readonly routes: readonly { readonly cidr: Cidr; readonly dev: string | undefined }[];
  readonly peers: readonly Pick<WireguardPeer, "dev" | "publicKey" | "endpoint" | "allowedIps">[];
  /** Public keys of the host's own that others may know. */
  readonly published: readonly string[];
}

/** What becomes of packets to an address. */
export type Journey =
  /** `at` has the address, or (`dev`) hands the packets to whatever is on that interface of its. */
  | { readonly kind: "arrives"; readonly at: string; readonly dev: string | undefined }
  /** `why` ends a sentence that begins with the name of the host `at`. */
  | { readonly kind: "lost"; readonly at: string; readonly why: string };

/** A network of the host's own, in IPv6, has this metric; in IPv4 it has none. */
const CONNECTED_METRIC_V6 = 256;
/** Hops of an IP packet that nobody has set a limit for. */
const TTL = 64;

interface Ends {
  readonly to: Ip;
  readonly source: Ip | undefined;
}

interface TableRoute {
  readonly cidr: Cidr;
  readonly way: Way;
  readonly metric: number;
}

/**
 * The way of packets from host to host by the main routing tables: connected networks, what others gave to the
 * kernel, and what BGP brought; before them by the WireGuard table. Other tunnels take a packet to whoever has the next
 * hop's address. Whether the underlay carries them, and what policy says, is not asked.
 */
export class Forwarding {
  readonly #hosts: readonly ForwardingHost[];
  readonly #tables: ReadonlyMap<string, readonly TableRoute[]>;

  constructor(hosts: readonly ForwardingHost[], ribs: readonly Rib[]) {
    this.#hosts = hosts;
    const installed = new Map(ribs.map((rib) => [rib.speaker, rib.installed]));
    this.#tables = new Map(
      hosts.map((host) => [
        host.name,
        [...connected(host), ...host.kernelRoutes, ...(installed.get(host.name) ?? [])].sort(
          (a, b) => b.cidr.length - a.cidr.length || a.metric - b.metric,
        ),
      ]),
    );
  }

  /**
   * Of equally good ways, the first on which packets are lost. `source`: the packets' address; `undefined`: whatever
   * the host's devices put there.
   */
  journey(from: string, to: Ip, source: Ip | undefined): Journey {
    return this.#follow(from, { to, source }, TTL);
  }

  #follow(at: string, packet: Ends, ttl: number): Journey {
    const { to } = packet;
    const lost = (why: string): Journey => ({ kind: "lost", at, why });
    const host = this.#hosts.find(({ name }) => name === at);
    const table = this.#tables.get(at);
    if (host === undefined || table === undefined) return lost("does not run");
    if (hasAddress(host, to)) return { kind: "arrives", at, dev: undefined };
    if (ttl === 0) return lost(`gets packets to ${formatIp(to)} again and again`);
    const encrypted = host.wireguard && longest(host.wireguard.routes, to);
    if (host.wireguard !== undefined && encrypted?.dev !== undefined)
      return this.#encrypted(host.wireguard, encrypted.dev, at, packet, ttl);
    const route = table.find(({ cidr }) => cidrContainsIp(cidr, to));
    if (route === undefined) return lost(`has no route to ${formatIp(to)}`);
    if (route.way.kind !== "unicast") return lost(`has a ${route.way.kind} route to ${formatIp(to)}`);
    let first: Journey | undefined;
    for (const hop of route.way.hops) {
      const journey = this.#over(hop, at, packet, ttl);
      // Where packets go round, each hop doubles the ways.
      if (journey.kind === "lost") return journey;
      first ??= journey;
    }
    return first ?? lost("has a route to nowhere");
  }

  /** Each end has to know the other's key, and to expect the address from there (cryptokey routing). */
  #encrypted(
    { peers, published }: WireguardTable,
    dev: string,
    at: string,
    packet: Ends,
    ttl: number,
  ): Journey {
    const lost = (why: string): Journey => ({ kind: "lost", at, why });
    const to = formatIp(packet.to);
    const allowed = peers.flatMap((peer) =>
      peer.dev === dev ? peer.allowedIps.map((cidr) => ({ cidr, peer })) : [],
    );
    const peer = longest(allowed, packet.to)?.peer;
    if (peer === undefined) return lost(`has no WireGuard peer for ${to}`);
    const next = this.#hosts.find((host) => hasAddress(host, peer.endpoint));
    if (next === undefined)
      return lost(`has a WireGuard peer at ${formatIp(peer.endpoint)}, which nobody has`);
    const known = next.wireguard?.peers.filter(({ publicKey }) => published.includes(publicKey)) ?? [];
    if (known.length === 0) return lost(`encrypts packets to ${to}, and ${next.name} does not know its key`);
    const { source } = packet;
    if (
      source !== undefined &&
      !known.some(({ allowedIps }) => allowedIps.some((cidr) => cidrContainsIp(cidr, source)))
    )
      return lost(`encrypts packets to ${to}, and ${next.name} takes none of ${formatIp(source)} from it`);
    return this.#follow(next.name, packet, ttl - 1);
  }

  #over({ dev, via }: Hop, at: string, packet: Ends, ttl: number): Journey {
    const { to } = packet;
    const next = this.#hosts.find((host) => host.name !== at && hasAddress(host, via ?? to));
    if (next !== undefined) return this.#follow(next.name, packet, ttl - 1);
    if (via === undefined) return { kind: "arrives", at, dev };
    return { kind: "lost", at, why: `has a route to ${formatIp(to)} via ${formatIp(via)}, which nobody has` };
  }
}

function longest<T extends { readonly cidr: Cidr }>(entries: readonly T[], ip: Ip): T | undefined {
  return entries
    .filter(({ cidr }) => cidrContainsIp(cidr, ip))
    .sort((a, b) => b.cidr.length - a.cidr.length)[0];
}

function connected({ interfaces }: ForwardingHost): readonly TableRoute[] {
  return interfaces.flatMap(({ name, addresses }) =>
    addresses.map(({ ip, length }) => ({
      cidr: cidrOf(ip, length),
      way: { kind: "unicast" as const, hops: [{ dev: name, via: undefined }] },
      metric: ip.version === 4 ? 0 : CONNECTED_METRIC_V6,
    })),
  );
}
