import type { BgpOption, BirdConfig, BirdProtocol } from "../../compiler/index.ts";
import { ip4Of, ipOf } from "./addresses.ts";
import type { RouterSession, Speaker } from "./plan.ts";

/** AS of the fabric's own speaker: the last one for private use (RFC 6996). */
export const SPINE_AS = 4_294_967_294;
/** Of RFC 5737; for speakers that have no IPv4 address. */
export const ROUTER_ID_PREFIX = "198.51.100";
const VERSIONS = [4, 6] as const;
type Version = (typeof VERSIONS)[number];

/** A session of the fabric with a router; "local" is whoever has the configuration. */
export interface SpineSession {
  readonly local: string;
  readonly remote: string;
  readonly remoteAs: number;
}

/** A router outside the cluster: it passes on all that it learns, and sends packets by it. */
export function routerConfig(router: Speaker, routerId: string, spine: SpineSession | undefined): BirdConfig {
  const [first] = router.sessions;
  const up = spine && first ? [plainSession("spine", spine, first.localAs)] : [];
  return configOf(routerId, [...KERNEL, ...TEMPLATES, ...router.sessions.map(nodeSession), ...up]);
}

/** A workload that peers with its node; its packets go by its default route in any case. */
export function workloadConfig(speaker: Speaker, routerId: string): BirdConfig {
  return configOf(routerId, [...TEMPLATES, ...speaker.sessions.map(nodeSession)]);
}

/** The fabric: what one router learns from its nodes, the others learn from it. */
export function spineConfig(sessions: readonly SpineSession[]): BirdConfig {
  const peers = sessions.map((session, i) => plainSession(`router_${i}`, session, SPINE_AS));
  return configOf(`${ROUTER_ID_PREFIX}.254`, [...KERNEL, ...TEMPLATES, ...peers]);
}

const TAKE_ALL = { kind: "filter", name: "take_all" } as const;
const OF_BGP = { kind: "filter", name: "of_bgp" } as const;

/** Packets go by what was learned. */
const KERNEL = VERSIONS.map(
  (version): BirdProtocol => ({
    kind: "kernel",
    name: `kernel${version}`,
    version,
    scanTime: 2,
    metric: 32,
    import: { kind: "none" },
    export: OF_BGP,
  }),
);

/** Quick to connect, and soon given up by the nodes when it dies. */
const SESSION: readonly BgpOption[] = [
  { kind: "multihop", hops: undefined },
  { kind: "graceful-restart" },
  { kind: "graceful-restart-time", seconds: 5 },
  { kind: "connect-delay-time", seconds: 1 },
  { kind: "connect-retry-time", seconds: 3 },
  { kind: "error-wait-time", first: 2, last: 10 },
];

const TEMPLATES = VERSIONS.map(
  (version): BirdProtocol => ({
    kind: "bgp-template",
    name: `bgp${version}`,
    options: SESSION,
    channel: channelOf(version, undefined),
  }),
);

function configOf(routerId: string, protocols: readonly BirdProtocol[]): BirdConfig {
  return {
    routerId: ip4Of(routerId),
    log: undefined,
    include: "bird.secrets*.conf",
    constants: [],
    routines: [
      { ...TAKE_ALL, body: [{ kind: "accept" }] },
      {
        ...OF_BGP,
        body: [
          {
            kind: "if",
            condition: {
              kind: "compare",
              operator: "=",
              left: { kind: "attribute", attribute: "source" },
              right: { kind: "enum", value: "RTS_BGP" },
            },
            body: [{ kind: "accept" }],
            otherwise: [],
          },
          { kind: "reject" },
        ],
      },
    ],
    protocols: [
      { kind: "device", name: "device1", scanTime: 2, debug: [] },
      {
        kind: "direct",
        name: "direct1",
        versions: VERSIONS,
        interfaces: [{ pattern: "*", negated: false }],
        debug: [],
      },
      // Idle where no session asks for it.
      { kind: "bfd", name: "bfd1", interval: 300, multiplier: 3 },
      ...protocols,
    ],
  };
}

function nodeSession(session: RouterSession, i: number): BirdProtocol {
  const { node, version, password } = session;
  return {
    kind: "bgp",
    name: `node_${i}`,
    template: `bgp${version}`,
    comment: `Node ${node}`,
    options: [
      { kind: "local", port: session.localPort, asNumber: session.localAs },
      {
        kind: "neighbor",
        ip: ipOf(session.remote),
        port: session.remotePort,
        asNumber: session.remoteAs,
      },
      { kind: "source-address", ip: ipOf(session.local) },
      { kind: "ttl-security", on: session.ttlSecurity > 0 },
      ...(session.hasBfd ? ([{ kind: "direct" }, { kind: "bfd" }] as const) : []),
      ...(session.isInternal ? [{ kind: "rr-client" } as const] : []),
      ...(password === undefined ? [] : [{ kind: "password", symbol: password.symbol } as const]),
    ],
    channel: channelOf(version, undefined),
  };
}

function plainSession(
  name: string,
  { local, remote, remoteAs }: SpineSession,
  localAs: number,
): BirdProtocol {
  const version = local.includes(":") ? 6 : 4;
  return {
    kind: "bgp",
    name,
    template: `bgp${version}`,
    options: [
      { kind: "local", port: undefined, asNumber: localAs },
      { kind: "neighbor", ip: ipOf(remote), port: undefined, asNumber: remoteAs },
      { kind: "source-address", ip: ipOf(local) },
    ],
    channel: channelOf(version, "self"),
  };
}

function channelOf(version: Version, nextHop: "self" | undefined) {
  return { version, gatewayRecursive: false, addPaths: false, nextHop, import: TAKE_ALL, export: OF_BGP };
}
