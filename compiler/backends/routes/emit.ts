import { type Noted, type RoutingState, sortRoutingState } from "../../dataplane/routing.ts";
import type { Report } from "../../diagnostics/bag.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { Reason, RoutingIr, RoutingProblem } from "../../ir/routing-ir.ts";
import { formatIp } from "../../net/ip.ts";
import type { EmitContext } from "../backend.ts";
import { kernelMetric } from "./canonical.ts";
import { isInterfaceName, isMac, isWireguardKey } from "./names.ts";
import { noteOf } from "./notes.ts";

/** IR → the kernel's objects. What this host cannot have, and what no kernel would take, is reported and left out. */
export function emitRouting(ir: RoutingIr, node: string, { features, report }: EmitContext): RoutingState {
  for (const problem of ir.problems) reportProblem(problem, node, report);
  const isNameable = nameCheck(report);
  const isAddressable = versionCheck(features.ipv6, report);
  const links = ir.links
    .filter((link) => isNameable(link.name, link) && isNameable(parentOf(link), link))
    .filter((link) => hasKind(link, features.linkKinds, report))
    .filter((link) => link.kind !== "vxlan" || isMacHere(link.mac, link.name, link.reason, report));
  // What is on a device that cannot be made could not be loaded either.
  const missing = new Set(ir.links.filter((link) => !links.includes(link)).map(({ name }) => name));
  const isOnHost = (dev: string | undefined, entry: HasReason): boolean =>
    isNameable(dev, entry) && (dev === undefined || !missing.has(dev));
  return sortRoutingState({
    links: noted(links),
    addresses: noted(
      ir.addresses.filter((a) => isOnHost(a.dev, a) && isAddressable(a.ip.version, formatIp(a.ip), a)),
    ),
    neighbours: noted(
      ir.neighbours.filter(
        (n) =>
          isOnHost(n.dev, n) &&
          isAddressable(n.ip.version, formatIp(n.ip), n) &&
          isMacHere(n.mac, n.dev, n.reason, report),
      ),
    ),
    fdb: noted(ir.fdb.filter((f) => isOnHost(f.dev, f) && isMacHere(f.mac, f.dev, f.reason, report))),
    rules: noted(ir.rules.filter((r) => isAddressable(r.version, "A routing rule", r))),
    routes: noted(
      ir.routes.filter(
        (r) =>
          isOnHost("dev" in r.target ? r.target.dev : undefined, r) &&
          isAddressable(r.destination.version, "A route", r),
      ),
    ).map((route) => ({ ...route, metric: kernelMetric(route.destination.version, route.metric) })),
    sysctls: noted(ir.sysctls.filter((s) => isSettable(s.key, features.ipv6))),
    peers: noted(
      ir.wireguardPeers.filter((p) => isOnHost(p.dev, p) && isKeyHere(p.publicKey, p.reason, report)),
    ),
  });
}

interface HasReason {
  readonly reason: Reason;
}

function noted<T extends HasReason>(entries: readonly T[]): readonly Noted<T>[] {
  return entries.map((entry) => {
    const { reason, ...rest } = entry;
    // The rest of a generic type is not seen to be its `Omit`.
    return { ...rest, note: noteOf(reason) } as unknown as Noted<T>;
  });
}

function parentOf(link: RoutingIr["links"][number]): string | undefined {
  return link.kind === "vxlan" ? link.parent : undefined;
}

/** Each bad name is reported once, at the first entry that uses it. */
function nameCheck(report: Report): (name: string | undefined, entry: HasReason) => boolean {
  const bad = new Set<string>();
  return (name, { reason }) => {
    if (name === undefined || isInterfaceName(name)) return true;
    if (!bad.has(name)) report("routing/invalid-interface-name", { name }, originOf(reason));
    bad.add(name);
    return false;
  };
}

function versionCheck(
  ipv6: boolean,
  report: Report,
): (version: 4 | 6, what: string, entry: HasReason) => boolean {
  const seen = new Set<string>();
  return (version, what, { reason }) => {
    if (version === 4 || ipv6) return true;
    const note = noteOf(reason);
    if (!seen.has(note)) report("routing/unsupported-ipv6", { what }, originOf(reason));
    seen.add(note);
    return false;
  };
}

function hasKind(link: RoutingIr["links"][number], kinds: readonly string[], report: Report): boolean {
  if (kinds.includes(link.kind)) return true;
  report("routing/unsupported-link", { link: link.name, kind: link.kind }, originOf(link.reason));
  return false;
}

function isMacHere(mac: string, dev: string, reason: Reason, report: Report): boolean {
  if (isMac(mac)) return true;
  report("routing/invalid-mac", { mac, dev }, originOf(reason));
  return false;
}

function isKeyHere(key: string, reason: Reason, report: Report): boolean {
  if (isWireguardKey(key)) return true;
  report("routing/invalid-wireguard-key", { what: noteOf(reason) }, originOf(reason));
  return false;
}

/** The key's interface was checked with its routes; here it only must not become another key. */
function isSettable(key: string, ipv6: boolean): boolean {
  const parts = key.split("/");
  const isInterface = parts.length === 5 && parts[3] !== "all" && parts[3] !== "default";
  const isGlobal = GLOBAL_KEYS.has(key);
  return (isGlobal || (isInterface && isInterfaceName(parts[3] ?? ""))) && (ipv6 || parts[1] !== "ipv6");
}

const GLOBAL_KEYS: ReadonlySet<string> = new Set([
  "net/ipv4/ip_forward",
  "net/ipv6/conf/all/forwarding",
  "net/netfilter/nf_conntrack_acct",
  "net/ipv4/conf/all/src_valid_mark",
]);

function originOf(reason: Reason): Origin | undefined {
  return reason.kind === "setting" || reason.kind === "host" ? undefined : reason.origin;
}

function reportProblem(problem: RoutingProblem, node: string, report: Report): void {
  const { reason } = problem;
  const origin = originOf(reason);
  switch (problem.kind) {
    case "no-node-address":
      report("routing/no-node-address", { tunnel: tunnelOf(reason), version: problem.version, node }, origin);
      break;
    case "no-tunnel-address": {
      const tunnel = tunnelOf(reason);
      const field = tunnelField(tunnel, problem.version);
      report("routing/no-tunnel-address", { tunnel, version: problem.version, node, field }, origin);
      break;
    }
    case "no-parent-interface":
      report(
        "routing/no-parent-interface",
        { node, gateway: formatIp(problem.gateway), what: noteOf(reason) },
        origin,
      );
      break;
    case "no-wireguard-mark":
      report("routing/no-wireguard-mark", { node }, origin);
      break;
    case "shared-wireguard-key":
      report("routing/shared-wireguard-key", { nodes: problem.nodes }, origin);
      break;
  }
}

function tunnelOf(reason: Reason): string {
  return reason.kind === "tunnel" ? reason.tunnel : "a tunnel";
}

/** Where in the Node resource the tunnel's address stands. */
function tunnelField(tunnel: string, version: 4 | 6): string {
  switch (tunnel) {
    case "IPIP":
      return "spec.bgp.ipv4IPIPTunnelAddr";
    case "VXLAN":
      return version === 4 ? "spec.ipv4VXLANTunnelAddr" : "spec.ipv6VXLANTunnelAddr";
    default:
      return `spec.wireguard.interfaceIPv${version}Address`;
  }
}
