import type { LinkState, PeerState, RoutingState } from "../../dataplane/routing.ts";
import type { Artifact } from "../backend.ts";
import {
  formatAddress,
  formatFdb,
  formatLink,
  formatNeighbour,
  formatPeer,
  formatRoute,
  formatRule,
  formatSysctl,
  formatWireguardInterface,
} from "./format.ts";
import { compareNotes, printable } from "./notes.ts";

export const IP_BATCH = "ip.batch";
/** For `ip -6 -batch`: a rule's line does not tell its family, unlike every other line. */
export const IP6_BATCH = "ip6.batch";
export const BRIDGE_BATCH = "bridge.batch";
export const SYSCTL_CONF = "sysctl.conf";
export const WIREGUARD_DIRECTORY = "wireguard/";

const FORMAT_VERSION = 1;

/** Lines of one heading, in the order in which they must run. */
interface Entry {
  readonly note: string;
  readonly lines: readonly string[];
}

/**
 * Load order: `sysctl.conf` last (it names the devices), `wireguard/*.conf` and `bridge.batch` after `ip.batch`.
 * Within a heading a device comes before its addresses, neighbours and routes, and tunnels come before pools.
 */
export function printRouting(state: RoutingState, node: string): readonly Artifact[] {
  const rules = (version: 4 | 6): readonly Entry[] =>
    state.rules.filter((rule) => rule.version === version).map((rule) => entry(rule.note, formatRule(rule)));
  return [
    file(IP_BATCH, node, [
      ...state.links.map((link) => entry(link.note, ...formatLink(link))),
      ...state.addresses.map((address) => entry(address.note, formatAddress(address))),
      ...state.neighbours.map((neighbour) => entry(neighbour.note, formatNeighbour(neighbour))),
      ...state.routes.map((route) => entry(route.note, formatRoute(route))),
      ...rules(4),
    ]),
    file(IP6_BATCH, node, rules(6)),
    file(
      BRIDGE_BATCH,
      node,
      state.fdb.map((fdb) => entry(fdb.note, formatFdb(fdb))),
    ),
    file(
      SYSCTL_CONF,
      node,
      state.sysctls.map((sysctl) => entry(sysctl.note, formatSysctl(sysctl))),
    ),
    ...state.links.flatMap((link) =>
      link.kind === "wireguard" ? printWireguard(link, state.peers, node) : [],
    ),
  ].flatMap((artifact) => (artifact === undefined ? [] : [artifact]));
}

function entry(note: string, ...lines: readonly string[]): Entry {
  return { note, lines };
}

function file(path: string, node: string, entries: readonly Entry[]): Artifact | undefined {
  const groups = Map.groupBy(
    entries.filter(({ lines }) => lines.length > 0),
    ({ note }) => note,
  );
  if (groups.size === 0) return undefined;
  const sections = [...groups]
    .toSorted(([a], [b]) => compareNotes(a, b))
    .flatMap(([note, members]) => ["", ...heading(note), ...members.flatMap(({ lines }) => lines)]);
  return { path, text: [header(path, node), ...sections, ""].join("\n") };
}

/** The device's port and mark, and its peers. No key of our own: that one is made on the host and stays there. */
function printWireguard(
  link: Extract<LinkState, { kind: "wireguard" }>,
  peers: readonly PeerState[],
  node: string,
): Artifact {
  const path = `${WIREGUARD_DIRECTORY}${link.name}.conf`;
  const own = peers
    .filter(({ dev }) => dev === link.name)
    .toSorted((a, b) => compareNotes(a.note, b.note) || (a.publicKey < b.publicKey ? -1 : 1));
  const sections = own.flatMap((peer) => ["", ...heading(peer.note), ...formatPeer(peer)]);
  return {
    path,
    text: [
      header(path, node),
      "",
      ...heading(link.note),
      ...formatWireguardInterface(link),
      ...sections,
      "",
    ].join("\n"),
  };
}

function header(path: string, node: string): string {
  return `# calicoctl ${path} ${FORMAT_VERSION}, node ${printable(node)}`;
}

function heading(note: string): readonly string[] {
  return note === "" ? [] : [`# ${note}`];
}
