import type { RouterSession, Speaker } from "./plan.ts";

/** AS of the fabric's own speaker: the last one for private use (RFC 6996). */
export const SPINE_AS = 4_294_967_294;

/** A session of the fabric with a router; "local" is whoever has the configuration. */
export interface SpineSession {
  readonly local: string;
  readonly remote: string;
  readonly remoteAs: number;
}

/** `bird.conf` of a router outside the cluster: it passes on all that it learns, and sends packets by it. */
export function routerConfig(router: Speaker, routerId: string, spine: SpineSession | undefined): string {
  const lines = [...preamble(`Router ${router.name}`, routerId), ...KERNEL];
  const [first] = router.sessions;
  for (const [i, session] of router.sessions.entries()) lines.push(...nodeSession(session, i));
  if (spine !== undefined && first !== undefined) lines.push(...plainSession("spine", spine, first.localAs));
  return `${lines.join("\n")}\n`;
}

/** `bird.conf` of a workload that peers with its node; its packets go by its default route in any case. */
export function workloadConfig(speaker: Speaker, routerId: string): string {
  const lines = [...preamble(`Workload ${speaker.name}`, routerId)];
  for (const [i, session] of speaker.sessions.entries()) lines.push(...nodeSession(session, i));
  return `${lines.join("\n")}\n`;
}

/** `bird.conf` of the fabric: what one router learns from its nodes, the others learn from it. */
export function spineConfig(routerId: string, sessions: readonly SpineSession[]): string {
  const lines = [...preamble("Fabric", routerId), ...KERNEL];
  for (const [i, session] of sessions.entries())
    lines.push(...plainSession(`router_${i}`, session, SPINE_AS));
  return `${lines.join("\n")}\n`;
}

/** The constant that holds a secret's password. */
export function secretSymbol(secret: string): string {
  return `pw_${Buffer.from(secret).toString("hex")}`;
}

/** Packets go by what was learned. */
const KERNEL = [4, 6].map(
  (version) =>
    `protocol kernel kernel${version} { scan time 2; merge paths on; ipv${version} { import none; export where source = RTS_BGP; }; }`,
);

function preamble(what: string, routerId: string): string[] {
  return [
    `# ${what}, made by calicoctl lab`,
    "log stderr all;",
    `router id ${routerId};`,
    "timeformat protocol iso long;",
    'include "bird.secrets*.conf";',
    "protocol device { scan time 2; }",
    "protocol direct { ipv4; ipv6; }",
  ];
}

function nodeSession(session: RouterSession, i: number): readonly string[] {
  const { node, version, local, localAs, localPort, remote, remoteAs, remotePort } = session;
  return [
    `# Node ${node}`,
    `protocol bgp node_${i} {`,
    `  local ${local} port ${localPort} as ${localAs};`,
    `  neighbor ${remote} port ${remotePort} as ${remoteAs};`,
    "  multihop;",
    `  ttl security ${session.ttlSecurity > 0 ? "on" : "off"};`,
    "  graceful restart on;",
    "  connect delay time 1;",
    "  connect retry time 3;",
    "  error wait time 2, 10;",
    ...(session.isInternal ? ["  rr client;"] : []),
    ...(session.secret === undefined ? [] : [`  password ${secretSymbol(session.secret)};`]),
    `  ipv${version} { import all; export where source = RTS_BGP; };`,
    "}",
  ];
}

function plainSession(
  name: string,
  { local, remote, remoteAs }: SpineSession,
  localAs: number,
): readonly string[] {
  const version = local.includes(":") ? 6 : 4;
  return [
    `protocol bgp ${name} {`,
    `  local ${local} as ${localAs};`,
    `  neighbor ${remote} as ${remoteAs};`,
    "  multihop;",
    "  graceful restart on;",
    "  connect delay time 1;",
    "  connect retry time 3;",
    "  error wait time 2, 10;",
    `  ipv${version} { import all; export where source = RTS_BGP; next hop self; };`,
    "}",
  ];
}
