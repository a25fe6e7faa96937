import type {
  AddressState,
  FdbState,
  LinkState,
  NeighbourState,
  RouteState,
  RuleState,
  SysctlState,
} from "../../dataplane/routing.ts";
import { isWorkloadInterface } from "../../dataplane/workload-interface.ts";
import type { RouteTarget, RoutingOwnership } from "../../ir/routing-ir.ts";
import { hostCidr, type IpVersion } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { type Artifact, ParseError } from "../backend.ts";
import {
  kernelMetric,
  parseDestination,
  parseMac,
  parseProtocol,
  parseSysctlKey,
  parseTable,
} from "./canonical.ts";
import { HOST_PATHS, type HostQuery } from "./host-queries.ts";
import { isOurDevice, isOurRoute, withWireguardTable } from "./ownership.ts";
import type { RoutingLists } from "./parse-batch.ts";
import { parseWireguardShow } from "./parse-wireguard.ts";

type Json = Readonly<Record<string, unknown>>;

/** Reads the answers to `HOST_QUERIES`, and keeps what is ours. Answers that are not there hold nothing. */
export function parseHost(answers: readonly Artifact[], claimed: RoutingOwnership): RoutingLists {
  const texts = new Map(answers.map(({ path, text }) => [path, text]));
  const rows = (path: string): readonly Json[] => parseRows(path, texts.get(path));
  const rules = ([4, 6] as const).flatMap((version) =>
    rows(HOST_PATHS[`rules${version}`]).flatMap((row) => readRule(row, version)),
  );
  const ownership = withWireguardTable(withoutForeignDevices(claimed, rows(HOST_PATHS.links)), rules);
  const families: readonly (readonly [IpVersion, string, string])[] = [
    [4, HOST_PATHS.routes4, HOST_PATHS.neighbours4],
    [6, HOST_PATHS.routes6, HOST_PATHS.neighbours6],
  ];
  const wireguard = parseWireguardShow(texts, ownership);
  return {
    links: rows(HOST_PATHS.links)
      .flatMap((row) => readLink(row, ownership))
      .map((link) => (link.kind === "wireguard" ? { ...link, ...wireguard.devices.get(link.name) } : link)),
    addresses: rows(HOST_PATHS.links).flatMap((row) => readAddresses(row, ownership)),
    routes: families.flatMap(([version, path]) =>
      rows(path).flatMap((row) => readRoute(row, version, ownership)),
    ),
    rules: rules.filter(
      ({ table, priority }) =>
        ownership.tables.includes(table) && ownership.rulePriorities.includes(priority),
    ),
    neighbours: families.flatMap(([, , path]) => rows(path).flatMap((row) => readNeighbour(row, ownership))),
    fdb: rows(HOST_PATHS.fdb).flatMap((row) => readFdb(row, ownership)),
    sysctls: readSysctls(texts.get(HOST_PATHS.sysctls) ?? "", ownership),
    peers: [...wireguard.peers],
  };
}

function parseRows(path: string, text: string | undefined): readonly Json[] {
  // `ip -j` prints nothing at all for some empty lists.
  if (text === undefined || text.trim() === "") return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ParseError(path, 0, error instanceof Error ? error.message : String(error));
  }
  if (!Array.isArray(parsed)) throw new ParseError(path, 0, "not a list");
  return parsed.filter(isJson);
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null;
}

function textOf(row: Json, key: string): string | undefined {
  const value = row[key];
  return typeof value === "string" ? value : undefined;
}

function numberIn(row: Json, key: string): number | undefined {
  const value = row[key];
  return typeof value === "number" ? value : undefined;
}

function rowIn(row: Json, key: string): Json {
  const value = row[key];
  return isJson(value) ? value : {};
}

function listIn(row: Json, key: string): readonly unknown[] {
  const value = row[key];
  return Array.isArray(value) ? value : [];
}

/**
 * The names of WireGuard's devices are chosen by people, who may have given one to a device of their own before. One
 * that is not WireGuard's is not ours. The other names are Calico's alone.
 */
function withoutForeignDevices(ownership: RoutingOwnership, links: readonly Json[]): RoutingOwnership {
  const isForeign = (row: Json): boolean => {
    const name = textOf(row, "ifname") ?? "";
    return !ownership.exclusiveDevices.includes(name) && name !== "tunl0" && !isWireguard(row);
  };
  const foreign = new Set(links.filter(isForeign).map((row) => textOf(row, "ifname")));
  return { ...ownership, devices: ownership.devices.filter((name) => !foreign.has(name)) };
}

/** Userspace WireGuard has a TUN device. */
function isWireguard(row: Json): boolean {
  const kind = textOf(rowIn(row, "linkinfo"), "info_kind");
  return kind === "wireguard" || kind === "tun";
}

function readLink(row: Json, ownership: RoutingOwnership): readonly LinkState[] {
  const name = textOf(row, "ifname");
  if (name === undefined || !ownership.devices.includes(name)) return [];
  const info = rowIn(row, "linkinfo");
  const data = rowIn(info, "info_data");
  const mtu = numberIn(row, "mtu");
  const linkKind = textOf(info, "info_kind") ?? "unknown";
  if (name === "tunl0" && linkKind === "ipip")
    // The kernel makes it together with its module or the namespace, down: ours is the one that somebody has put up.
    return listIn(row, "flags").includes("UP") ? [{ kind: "ipip", name, mtu, note: "" }] : [];
  if (isWireguard(row)) return [{ kind: "wireguard", name, listenPort: 0, mark: 0, mtu, note: "" }];
  const local = parseIp(textOf(data, "local") ?? textOf(data, "local6") ?? "");
  if (linkKind !== "vxlan" || local === undefined) return [{ kind: "other", name, linkKind, note: "" }];
  return [
    {
      kind: "vxlan",
      name,
      vni: numberIn(data, "id") ?? 0,
      port: numberIn(data, "port") ?? 0,
      local,
      parent: textOf(data, "link"),
      mac: parseMac(textOf(row, "address") ?? ""),
      mtu,
      note: "",
    },
  ];
}

/**
 * On tunnel devices every address but the link-local one that the kernel makes itself; on workload interfaces only
 * single addresses of link scope, which is what a BGP peering address is.
 */
function readAddresses(row: Json, ownership: RoutingOwnership): readonly AddressState[] {
  const dev = textOf(row, "ifname");
  if (dev === undefined || !isOurDevice(ownership, dev)) return [];
  return listIn(row, "addr_info")
    .filter(isJson)
    .flatMap((address) => {
      const ip = parseIp(textOf(address, "local") ?? "");
      const length = numberIn(address, "prefixlen");
      if (ip === undefined || length === undefined) return [];
      const scope = textOf(address, "scope") === "link" ? "link" : "global";
      const isSingle = length === hostCidr(ip).length;
      const isKernels = ip.version === 6 && scope === "link" && !isSingle;
      const isForeign = isWorkloadInterface(ownership, dev) && !(scope === "link" && isSingle);
      return isKernels || isForeign ? [] : [{ dev, ip, length, scope, note: "" }];
    });
}

function readRoute(row: Json, version: IpVersion, ownership: RoutingOwnership): readonly RouteState[] {
  const table = parseTable(textOf(row, "table"));
  const destination = parseDestination(textOf(row, "dst") ?? "", version);
  const protocol = parseProtocol(textOf(row, "protocol"));
  const type = textOf(row, "type") ?? "unicast";
  // The kernel hangs IPv6 routes without a device on `lo`.
  const dev = type === "unicast" ? textOf(row, "dev") : undefined;
  if (table === undefined || destination === undefined) return [];
  if (!isOurRoute(ownership, { table, dev, protocol })) return [];
  const target = readTarget(row, type, dev);
  if (target === undefined) return [];
  const metrics = listIn(row, "metrics").find(isJson);
  return [
    {
      table,
      destination,
      metric: kernelMetric(version, numberIn(row, "metric")),
      target,
      // A protocol without a number of ours is foreign; on our devices it still is in our way.
      protocol: protocol ?? -1,
      mtu: metrics === undefined ? undefined : numberIn(metrics, "mtu"),
      source: parseIp(textOf(row, "prefsrc") ?? ""),
      note: "",
    },
  ];
}

function readTarget(row: Json, type: string, dev: string | undefined): RouteTarget | undefined {
  if (type === "blackhole" || type === "throw") return { kind: type };
  if (type !== "unicast") return undefined;
  const gateway = parseIp(textOf(row, "gateway") ?? "");
  if (gateway !== undefined)
    return { kind: "gateway", gateway, dev, onlink: listIn(row, "flags").includes("onlink") };
  return dev === undefined ? undefined : { kind: "link", dev };
}

function readRule(row: Json, version: IpVersion): readonly RuleState[] {
  const table = parseTable(textOf(row, "table"));
  const priority = numberIn(row, "priority");
  if (table === undefined || priority === undefined) return [];
  return [
    {
      version,
      priority,
      // Printed as a key whose value is null.
      not: Object.hasOwn(row, "not"),
      mark: Number(textOf(row, "fwmark") ?? 0),
      // A full mask is not printed.
      mask: Number(textOf(row, "fwmask") ?? 0xffffffff),
      table,
      note: "",
    },
  ];
}

function readNeighbour(row: Json, ownership: RoutingOwnership): readonly NeighbourState[] {
  const dev = textOf(row, "dev");
  const ip = parseIp(textOf(row, "dst") ?? "");
  const mac = textOf(row, "lladdr");
  if (dev === undefined || ip === undefined || mac === undefined) return [];
  if (!isOurDevice(ownership, dev) || !listIn(row, "state").includes("PERMANENT")) return [];
  return [{ dev, ip, mac: parseMac(mac), note: "" }];
}

/** Entries without a destination are the kernel's own (multicast groups). */
function readFdb(row: Json, ownership: RoutingOwnership): readonly FdbState[] {
  const dev = textOf(row, "ifname");
  const destination = parseIp(textOf(row, "dst") ?? "");
  const mac = textOf(row, "mac");
  if (dev === undefined || destination === undefined || mac === undefined) return [];
  if (!ownership.devices.includes(dev) || textOf(row, "state") !== "permanent") return [];
  return [{ dev, mac: parseMac(mac), destination, note: "" }];
}

const OUR_KEYS: readonly string[] = [
  "net/ipv4/ip_forward",
  "net/ipv6/conf/all/forwarding",
  "net/netfilter/nf_conntrack_acct",
  "net/ipv4/conf/all/src_valid_mark",
];

/** Of one workload interface. */
function interfaceKeys(name: string): readonly string[] {
  return [
    ...["forwarding", "proxy_arp", "route_localnet", "rp_filter"].map(
      (key) => `net/ipv4/conf/${name}/${key}`,
    ),
    `net/ipv4/neigh/${name}/proxy_delay`,
    ...["accept_ra", "forwarding", "proxy_ndp"].map((key) => `net/ipv6/conf/${name}/${key}`),
  ];
}

/**
 * Asks for our keys by name, as `sysctl -a` would walk through all that a host has: some 200,000 files of `/proc` where
 * there are hundreds of interfaces. `links`: the answer under `HOST_PATHS.links`.
 */
export function sysctlQuery(links: string, ownership: RoutingOwnership): HostQuery {
  const names = parseRows(HOST_PATHS.links, links).flatMap((row) => textOf(row, "ifname") ?? []);
  const keys = [
    ...OUR_KEYS,
    ...names.filter((name) => isWorkloadInterface(ownership, name)).flatMap(interfaceKeys),
  ];
  return { paths: [HOST_PATHS.sysctls], command: ["sysctl", "-e", ...keys], optional: false };
}

function readSysctls(text: string, ownership: RoutingOwnership): SysctlState[] {
  return text.split("\n").flatMap((line) => {
    const equals = line.indexOf("=");
    if (equals < 0) return [];
    const key = parseSysctlKey(line.slice(0, equals).trim());
    const [, dev] = /^net\/ipv[46]\/(?:conf|neigh)\/(.+)\/[^/]+$/.exec(key) ?? [];
    const isOurs =
      OUR_KEYS.includes(key) ||
      (dev !== undefined && isWorkloadInterface(ownership, dev) && interfaceKeys(dev).includes(key));
    return isOurs ? [{ key, value: line.slice(equals + 1).trim(), tolerateFailure: false, note: "" }] : [];
  });
}
