/** A command whose output, stored under `path`, is one piece of what `parseHost` reads. */
export interface HostQuery {
  readonly path: string;
  readonly command: readonly string[];
  /** The tool or the kernel part may be absent; then there is nothing of ours either. */
  readonly optional: boolean;
}

const HOST_DIRECTORY = "host/";

export const HOST_PATHS = {
  links: `${HOST_DIRECTORY}ip-link.json`,
  addresses: `${HOST_DIRECTORY}ip-addr.json`,
  routes4: `${HOST_DIRECTORY}ip-route4.json`,
  routes6: `${HOST_DIRECTORY}ip-route6.json`,
  rules4: `${HOST_DIRECTORY}ip-rule4.json`,
  rules6: `${HOST_DIRECTORY}ip-rule6.json`,
  neighbours4: `${HOST_DIRECTORY}ip-neigh4.json`,
  neighbours6: `${HOST_DIRECTORY}ip-neigh6.json`,
  fdb: `${HOST_DIRECTORY}bridge-fdb.json`,
  sysctls: `${HOST_DIRECTORY}sysctl.txt`,
  wireguardPorts: `${HOST_DIRECTORY}wg-listen-port.txt`,
  wireguardMarks: `${HOST_DIRECTORY}wg-fwmark.txt`,
  wireguardPublicKeys: `${HOST_DIRECTORY}wg-public-key.txt`,
  wireguardPeers: `${HOST_DIRECTORY}wg-peers.txt`,
  wireguardEndpoints: `${HOST_DIRECTORY}wg-endpoints.txt`,
  wireguardAllowedIps: `${HOST_DIRECTORY}wg-allowed-ips.txt`,
  wireguardKeepAlive: `${HOST_DIRECTORY}wg-persistent-keepalive.txt`,
} as const;

const query = (path: string, ...command: readonly string[]): HostQuery => ({
  path,
  command,
  optional: false,
});
/** One item at a time: `wg show all dump` would print the private key. */
const wireguard = (path: string, item: string): HostQuery => ({
  path,
  command: ["wg", "show", "all", item],
  optional: true,
});

/**
 * What has to be asked, with the `sysctlQuery` that follows from the links, to know our part of a host's routing. None
 * of the answers holds a secret.
 */
export const HOST_QUERIES: readonly HostQuery[] = [
  query(HOST_PATHS.links, "ip", "-j", "-d", "link", "show"),
  query(HOST_PATHS.addresses, "ip", "-j", "addr", "show"),
  query(HOST_PATHS.routes4, "ip", "-4", "-j", "route", "show", "table", "all"),
  query(HOST_PATHS.routes6, "ip", "-6", "-j", "route", "show", "table", "all"),
  query(HOST_PATHS.rules4, "ip", "-4", "-j", "rule", "show"),
  query(HOST_PATHS.rules6, "ip", "-6", "-j", "rule", "show"),
  query(HOST_PATHS.neighbours4, "ip", "-4", "-j", "neigh", "show", "nud", "permanent"),
  query(HOST_PATHS.neighbours6, "ip", "-6", "-j", "neigh", "show", "nud", "permanent"),
  query(HOST_PATHS.fdb, "bridge", "-j", "fdb", "show"),
  wireguard(HOST_PATHS.wireguardPorts, "listen-port"),
  wireguard(HOST_PATHS.wireguardMarks, "fwmark"),
  wireguard(HOST_PATHS.wireguardPublicKeys, "public-key"),
  wireguard(HOST_PATHS.wireguardPeers, "peers"),
  wireguard(HOST_PATHS.wireguardEndpoints, "endpoints"),
  wireguard(HOST_PATHS.wireguardAllowedIps, "allowed-ips"),
  wireguard(HOST_PATHS.wireguardKeepAlive, "persistent-keepalive"),
];
