import type { BgpOption, BgpProtocol, BgpTemplate, Debug } from "../../dataplane/bird.ts";
import type { FilterFunction, FilterStatement } from "../../dataplane/bird-filter.ts";
import type { Report } from "../../diagnostics/bag.ts";
import { type BgpSession, type BgpSpeaker, isInternal } from "../../ir/bgp-ir.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { filterCalls } from "./filter-functions.ts";
import { exportBody, importBody, NAMES } from "./routines.ts";
import { passwordSymbol } from "./symbols.ts";

/** Of the restart timer, which has 12 bits in the capability that announces it (RFC 4724). */
const MAX_RESTART_TIME = 4095;
const DEFAULT_PORT = 179;

export function templateName(version: IpVersion): string {
  return `bgp${version}`;
}

/** What all sessions of a family share; timers are Calico's. */
export function peerTemplate(ir: BgpSpeaker, version: IpVersion): BgpTemplate {
  const debug = sessionDebug(ir);
  return {
    kind: "bgp-template",
    name: templateName(version),
    comment: `What every IPv${version} session has in common.`,
    options: [
      { kind: "local", port: portOf(ir), asNumber: ir.asNumber },
      { kind: "ttl-security", on: false },
      { kind: "multihop", hops: undefined },
      { kind: "graceful-restart" },
      { kind: "connect-delay-time", seconds: 2 },
      { kind: "connect-retry-time", seconds: 5 },
      { kind: "error-wait-time", first: 5, last: 30 },
      ...(debug.length === 0 ? [] : [{ kind: "debug" as const, debug }]),
    ],
    channel: {
      version,
      gatewayRecursive: true,
      addPaths: true,
      nextHop: undefined,
      import: { kind: "none" },
      export: { kind: "none" },
    },
  };
}

function portOf(ir: BgpSpeaker): number | undefined {
  return ir.listenPort === DEFAULT_PORT ? undefined : ir.listenPort;
}

export function sessionDebug(ir: BgpSpeaker): Debug {
  switch (ir.log) {
    case "debug":
      return "all";
    case "info":
      return ["states", "routes", "filters", "events"];
    case "quiet":
      return ["states"];
    case "off":
      return [];
  }
}

export function peerProtocol(
  session: BgpSession,
  ir: BgpSpeaker,
  functions: ReadonlyMap<string, FilterFunction>,
  report: Report,
): BgpProtocol {
  const { version } = session;
  const imports = filterCalls(session, "import", functions);
  const exports = filterCalls(session, "export", functions);
  return {
    kind: "bgp",
    name: session.name,
    template: templateName(version),
    comment: describeSession(session),
    options: sessionOptions(session, ir, report),
    channel: {
      version,
      gatewayRecursive: false,
      addPaths: false,
      nextHop: session.nextHop === "auto" ? undefined : session.nextHop,
      import: policy(imports, NAMES.fromPeers(version), () => importBody(version, imports)),
      export: policy(exports, NAMES.toPeers(version, isInternal(session)), () =>
        exportBody(version, exports, isInternal(session)),
      ),
    },
  };
}

/** Sessions without filters of their own share named ones, which keeps a mesh short to read. */
function policy(
  filters: readonly FilterStatement[],
  name: string,
  body: () => readonly FilterStatement[],
): BgpProtocol["channel"]["import"] {
  return filters.length === 0 ? { kind: "filter", name } : { kind: "inline", body: body() };
}

function sessionOptions(session: BgpSession, ir: BgpSpeaker, report: Report): readonly BgpOption[] {
  const options: BgpOption[] = [];
  if (session.localAs !== ir.asNumber)
    options.push({ kind: "local", port: portOf(ir), asNumber: session.localAs });
  options.push({
    kind: "neighbor",
    ip: session.address,
    port: session.port === DEFAULT_PORT ? undefined : session.port,
    asNumber: session.remoteAs,
  });
  if (session.sourceAddress !== undefined) {
    options.push({ kind: "source-address", ip: session.sourceAddress });
    // BIRD binds to the source address; a session without one listens on every address.
    if (ir.bindNodeIp) options.push({ kind: "strict-bind" });
  }
  if (session.ttlSecurity > 0)
    options.push(
      { kind: "ttl-security", on: true },
      ...(session.bfd ? [] : [{ kind: "multihop" as const, hops: session.ttlSecurity }]),
    );
  // BIRD watches a neighbour some hops away on another port, where an ordinary router does not answer.
  if (session.bfd) options.push({ kind: "direct" }, { kind: "bfd" });
  if (session.passive) options.push({ kind: "passive" });
  if (session.longLivedRestart) options.push({ kind: "long-lived-graceful-restart" });
  const restart = restartTime(session, report);
  if (restart !== undefined) options.push({ kind: "graceful-restart-time", seconds: restart });
  if (session.keepaliveTime !== undefined)
    options.push({ kind: "keepalive-time", seconds: session.keepaliveTime });
  if (session.reflectorCluster !== undefined)
    options.push({ kind: "rr-client" }, { kind: "rr-cluster-id", id: session.reflectorCluster });
  if (session.password !== undefined) {
    const { namespace, name, key } = session.password;
    options.push({
      kind: "password",
      symbol: passwordSymbol(session.password),
      comment: `Secret ${namespace === "" ? "" : `${namespace}/`}${name}, key ${key}`,
    });
  }
  if (session.allowedLocalAs > 0) options.push({ kind: "allow-local-as", count: session.allowedLocalAs });
  return options;
}

function restartTime(session: BgpSession, report: Report): number | undefined {
  const seconds = session.gracefulRestartTime;
  if (seconds === undefined || (seconds >= 0 && seconds <= MAX_RESTART_TIME)) return seconds;
  report(
    "bird/out-of-range",
    { what: "The maximum restart time", value: `${seconds} s`, range: `0–${MAX_RESTART_TIME} s` },
    session.origin,
  );
  return undefined;
}

function describeSession({ scope, resources, peerNode }: BgpSession): string {
  const node = peerNode === undefined ? "" : ` node ${peerNode}`;
  if (scope === "mesh") return `Node mesh:${node}`;
  const title = resources.length > 1 ? "BGPPeers" : "BGPPeer";
  return `${title} ${resources.join(", ")}${node === "" ? "" : `:${node}`}`;
}
