import type { Artifact } from "../backend.ts";

/** A command whose output is one piece of what `parseHost` reads, or several. */
export interface HostQuery {
  /** Where the pieces are stored, in the order of the questions. */
  readonly paths: readonly string[];
  readonly command: readonly string[];
  /** Questions for standard input, one a line, where there are several; each is answered by one line. */
  readonly input?: string;
  /** The tool or the kernel part may be absent; then there is nothing of ours either. */
  readonly optional: boolean;
}

/** What a query was answered, piece by piece; `undefined` where there are not as many as questions. */
export function answersIn({ paths, input }: HostQuery, stdout: string): readonly Artifact[] | undefined {
  const texts = input === undefined ? [stdout] : stdout.trimEnd().split("\n");
  if (texts.length !== paths.length) return undefined;
  return paths.map((path, index) => ({ path, text: texts[index] ?? "" }));
}

const HOST_DIRECTORY = "host/";

export const HOST_PATHS = {
  /** With their addresses. */
  links: `${HOST_DIRECTORY}ip-addr.json`,
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
  paths: [path],
  command,
  optional: false,
});
/** Starting `ip` takes longer than its answers, so it is started once. */
const queries = (paths: readonly string[], family: "-4" | "-6"): HostQuery => ({
  paths,
  command: ["ip", family, "-j", "-batch", "-"],
  input: "route show table all\nrule show\nneigh show nud permanent\n",
  optional: false,
});
/** One item at a time: `wg show all dump` would print the private key. */
const wireguard = (path: string, item: string): HostQuery => ({
  paths: [path],
  command: ["wg", "show", "all", item],
  optional: true,
});

/**
 * What has to be asked, with the `sysctlQuery` that follows from the links, to know our part of a host's routing. None
 * of the answers holds a secret.
 */
export const HOST_QUERIES: readonly HostQuery[] = [
  query(HOST_PATHS.links, "ip", "-j", "-d", "addr", "show"),
  queries([HOST_PATHS.routes4, HOST_PATHS.rules4, HOST_PATHS.neighbours4], "-4"),
  queries([HOST_PATHS.routes6, HOST_PATHS.rules6, HOST_PATHS.neighbours6], "-6"),
  query(HOST_PATHS.fdb, "bridge", "-j", "fdb", "show"),
  wireguard(HOST_PATHS.wireguardPorts, "listen-port"),
  wireguard(HOST_PATHS.wireguardMarks, "fwmark"),
  wireguard(HOST_PATHS.wireguardPublicKeys, "public-key"),
  wireguard(HOST_PATHS.wireguardPeers, "peers"),
  wireguard(HOST_PATHS.wireguardEndpoints, "endpoints"),
  wireguard(HOST_PATHS.wireguardAllowedIps, "allowed-ips"),
  wireguard(HOST_PATHS.wireguardKeepAlive, "persistent-keepalive"),
];
