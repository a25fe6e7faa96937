import {
  EMPTY_ROUTING,
  type FdbState,
  type LinkState,
  type RouteState,
  type RoutingState,
  type RuleState,
} from "../../dataplane/routing.ts";
import type { RouteTarget } from "../../ir/routing-ir.ts";
import type { IpVersion } from "../../net/cidr.ts";
import type { Artifact } from "../backend.ts";
import {
  fail,
  fieldsOf,
  type Grammar,
  type Line,
  linesOf,
  need,
  needCidr,
  needIp,
  numberOf,
  optionalNumber,
} from "./batch-lines.ts";
import { kernelMetric, parseMac, parseProtocol, parseSysctlKey, parseTable } from "./canonical.ts";
import { parseWireguardConf } from "./parse-wireguard.ts";
import { BRIDGE_BATCH, IP_BATCH, IP6_BATCH, SYSCTL_CONF, WIREGUARD_DIRECTORY } from "./print.ts";

/** The state in mutable lists, as a reader collects it. */
export type RoutingLists = { -readonly [K in keyof RoutingState]: RoutingState[K][number][] };

export function emptyLists(): RoutingLists {
  return {
    links: [...EMPTY_ROUTING.links],
    addresses: [...EMPTY_ROUTING.addresses],
    neighbours: [...EMPTY_ROUTING.neighbours],
    fdb: [...EMPTY_ROUTING.fdb],
    rules: [...EMPTY_ROUTING.rules],
    routes: [...EMPTY_ROUTING.routes],
    sysctls: [...EMPTY_ROUTING.sysctls],
    peers: [...EMPTY_ROUTING.peers],
  };
}

/** Reads what `printRouting` wrote; other paths are not looked at. */
export function parseBundle(artifacts: readonly Artifact[]): RoutingLists {
  const lists = emptyLists();
  const byPath = new Map(artifacts.map((artifact) => [artifact.path, artifact]));
  for (const [path, version] of [
    [IP_BATCH, 4],
    [IP6_BATCH, 6],
  ] as const)
    for (const line of linesOf(byPath.get(path))) parseIpLine(line, version, lists);
  for (const line of linesOf(byPath.get(BRIDGE_BATCH))) lists.fdb.push(parseFdb(line));
  for (const line of linesOf(byPath.get(SYSCTL_CONF))) lists.sysctls.push(parseSysctl(line));
  const wireguard = artifacts
    .filter(({ path }) => path.startsWith(WIREGUARD_DIRECTORY))
    .map((artifact) => parseWireguardConf(artifact, deviceOf(artifact.path)));
  for (const { devices, peers } of wireguard) {
    lists.links = lists.links.map((link) =>
      link.kind === "wireguard" ? { ...link, ...devices.get(link.name) } : link,
    );
    lists.peers.push(...peers);
  }
  return lists;
}

/** `wireguard/<dev>.conf`. */
function deviceOf(path: string): string {
  return path.slice(WIREGUARD_DIRECTORY.length).replace(/\.conf$/, "");
}

function parseIpLine(line: Line, version: IpVersion, lists: RoutingLists): void {
  const [object, verb, ...rest] = line.words;
  switch (`${object} ${verb}`) {
    case "link add":
      lists.links.push(parseLinkAdd(line, rest));
      return;
    case "link set":
      parseLinkSet(line, rest, lists);
      return;
    case "addr replace":
      lists.addresses.push(parseAddress(line, rest));
      return;
    case "neigh replace": {
      const fields = fieldsOf(line, rest.slice(1), { nud: 1, lladdr: 1, dev: 1 });
      lists.neighbours.push({
        dev: need(line, fields, "dev"),
        ip: needIp(line, rest[0]),
        mac: parseMac(need(line, fields, "lladdr")),
        note: line.note,
      });
      return;
    }
    case "rule add":
      lists.rules.push(parseRule(line, rest, version));
      return;
    case "route replace":
      lists.routes.push(parseRoute(line, rest));
      return;
    default:
      fail(line, `not a line of ours: ${line.words.join(" ")}`);
  }
}

const LINK_ADD: Grammar = { type: 1, id: 1, dev: 1, local: 1, dstport: 1, nolearning: 0 };

function parseLinkAdd(line: Line, [name = "", ...words]: readonly string[]): LinkState {
  const fields = fieldsOf(line, words, LINK_ADD);
  const { note } = line;
  switch (need(line, fields, "type")) {
    case "vxlan": {
      const local = needIp(line, fields.get("local"));
      return {
        kind: "vxlan",
        name,
        vni: numberOf(line, need(line, fields, "id")),
        port: numberOf(line, need(line, fields, "dstport")),
        local,
        parent: fields.get("dev"),
        mac: "",
        mtu: undefined,
        note,
      };
    }
    // Port and mark are in the device's own file.
    case "wireguard":
      return { kind: "wireguard", name, listenPort: 0, mark: 0, mtu: undefined, note };
    default:
      return fail(line, "not a link of ours");
  }
}

/** Completes the link of the line before it; `tunl0` is never added, only set. */
function parseLinkSet(line: Line, [name = "", ...words]: readonly string[], lists: RoutingLists): void {
  const fields = fieldsOf(line, words, { address: 1, mtu: 1, up: 0 });
  const mtu = optionalNumber(line, fields, "mtu");
  const index = lists.links.findIndex((link) => link.name === name);
  const link = lists.links[index];
  if (link === undefined) {
    if (name !== "tunl0") fail(line, `'link set' without 'link add' of ${name}`);
    lists.links.push({ kind: "ipip", name, mtu, note: line.note });
  } else if (link.kind === "vxlan") {
    lists.links[index] = { ...link, mac: parseMac(need(line, fields, "address")), mtu };
  } else if (link.kind === "wireguard") {
    lists.links[index] = { ...link, mtu };
  } else fail(line, `${name} is set twice`);
}

function parseAddress(
  line: Line,
  [address = "", ...words]: readonly string[],
): RoutingLists["addresses"][number] {
  const fields = fieldsOf(line, words, { dev: 1, scope: 1, nodad: 0 });
  const [ip, length = ""] = address.split("/");
  return {
    dev: need(line, fields, "dev"),
    ip: needIp(line, ip),
    length: numberOf(line, length),
    scope: fields.get("scope") === "link" ? "link" : "global",
    note: line.note,
  };
}

function parseRule(line: Line, words: readonly string[], version: IpVersion): RuleState {
  const fields = fieldsOf(line, words, { priority: 1, not: 0, fwmark: 1, lookup: 1 });
  const [mark = "", mask = ""] = need(line, fields, "fwmark").split("/");
  return {
    version,
    priority: numberOf(line, need(line, fields, "priority")),
    not: fields.has("not"),
    mark: numberOf(line, mark),
    mask: numberOf(line, mask),
    table: numberOf(line, need(line, fields, "lookup")),
    note: line.note,
  };
}

const ROUTE: Grammar = {
  via: 1,
  dev: 1,
  onlink: 0,
  scope: 1,
  src: 1,
  mtu: 1,
  table: 1,
  proto: 1,
  metric: 1,
};

function parseRoute(line: Line, words: readonly string[]): RouteState {
  const [first = ""] = words;
  const isTyped = first === "blackhole" || first === "throw";
  const [to, ...rest] = isTyped ? words.slice(1) : words;
  const destination = needCidr(line, to);
  const fields = fieldsOf(line, rest, ROUTE);
  const source = fields.get("src");
  return {
    table: parseTable(fields.get("table")) ?? fail(line, "unknown table"),
    destination,
    metric: kernelMetric(destination.version, optionalNumber(line, fields, "metric")),
    target: isTyped ? { kind: first } : targetOf(line, fields),
    protocol: parseProtocol(fields.get("proto")) ?? fail(line, "unknown protocol"),
    mtu: optionalNumber(line, fields, "mtu"),
    source: source === undefined ? undefined : needIp(line, source),
    note: line.note,
  };
}

function targetOf(line: Line, fields: ReadonlyMap<string, string>): RouteTarget {
  const via = fields.get("via");
  if (via === undefined) return { kind: "link", dev: need(line, fields, "dev") };
  return {
    kind: "gateway",
    gateway: needIp(line, via),
    dev: fields.get("dev"),
    onlink: fields.has("onlink"),
  };
}

function parseFdb(line: Line): FdbState {
  const [object, verb, mac = "", ...rest] = line.words;
  if (object !== "fdb" || verb !== "replace") fail(line, "not a line of ours");
  const fields = fieldsOf(line, rest, { dev: 1, dst: 1, self: 0, permanent: 0 });
  return {
    dev: need(line, fields, "dev"),
    mac: parseMac(mac),
    destination: needIp(line, fields.get("dst")),
    note: line.note,
  };
}

function parseSysctl(line: Line): RoutingLists["sysctls"][number] {
  const [name = "", equals, value] = line.words;
  if (equals !== "=" || value === undefined) fail(line, "not 'key = value'");
  const tolerateFailure = name.startsWith("-");
  return {
    key: parseSysctlKey(tolerateFailure ? name.slice(1) : name),
    value,
    tolerateFailure,
    note: line.note,
  };
}
