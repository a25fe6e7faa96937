import type {
  BgpChannel,
  BgpOption,
  BirdConfig,
  BirdConstant,
  BirdProtocol,
  ChannelPolicy,
  Debug,
  StaticRoute,
} from "../../dataplane/bird.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import type { Artifact } from "../backend.ts";
import { headed, noted, printComment } from "./comments.ts";
import { printRoutine, printStatements } from "./print-filter.ts";
import { printSymbol } from "./symbols.ts";

export const BIRD_CONF = "bird.conf";
const FORMAT_VERSION = 1;

/** `bird.conf` of stock BIRD 2: options, constants, routines, protocols; no file where no daemon is to run. */
export function printBird(config: BirdConfig | undefined, node: string): readonly Artifact[] {
  if (config === undefined) return [];
  const items = [
    printComment(`calicoctl ${BIRD_CONF} ${FORMAT_VERSION}, node ${node}`),
    printGlobals(config),
    ...(config.include === undefined
      ? []
      : [headed(`include "${config.include}";`, "Passwords, which only the host knows.")]),
    config.constants.map(printConstant).join("\n"),
    ...config.routines.map((routine) => headed(printRoutine(routine), routine.comment)),
    ...config.protocols.map((protocol) => headed(printProtocol(protocol), protocol.comment)),
  ];
  return [{ path: BIRD_CONF, text: `${items.join("\n\n")}\n` }];
}

export function printGlobals({ log, routerId }: BirdConfig): string {
  return [
    `log stderr ${log === undefined ? "all" : `{ ${log.join(", ")} }`};`,
    `router id ${formatIp(routerId)};`,
    "timeformat protocol iso long;",
  ].join("\n");
}

export function printConstant(constant: BirdConstant): string {
  const head = `define ${printSymbol(constant.name)} =`;
  if (constant.kind === "number") return `${head} ${constant.value};`;
  const last = constant.items.length - 1;
  const items = constant.items.map(({ cidr, within, comment }, index) =>
    noted(`${formatCidr(cidr)}${within ? "+" : ""}${index === last ? "" : ","}`, comment),
  );
  return `${head} [${indented(items)}\n];`;
}

/** Without its comment. */
export function printProtocol(protocol: BirdProtocol): string {
  const name = printSymbol(protocol.name);
  const head =
    protocol.kind === "bgp-template"
      ? `template bgp ${name}`
      : protocol.kind === "bgp"
        ? `protocol bgp ${name} from ${printSymbol(protocol.template)}`
        : `protocol ${protocol.kind} ${name}`;
  return `${head} {${indented(printBody(protocol))}\n}`;
}

/** Each on a line of its own, after a line that ends here. */
function indented(items: readonly string[]): string {
  return items.length === 0 ? "" : `\n  ${items.join("\n  ")}`;
}

function printBody(protocol: BirdProtocol): readonly string[] {
  switch (protocol.kind) {
    case "device":
      return [`scan time ${protocol.scanTime};`, ...printDebug(protocol.debug)];
    case "bfd":
      return [`interface "*" { interval ${protocol.interval} ms; multiplier ${protocol.multiplier}; };`];
    case "direct":
      return [
        ...protocol.versions.map((version) => `ipv${version};`),
        `interface ${protocol.interfaces.map(({ pattern, negated }) => `${negated ? "-" : ""}"${pattern}"`).join(", ")};`,
        ...printDebug(protocol.debug),
      ];
    case "kernel":
      return [
        "learn;",
        "persist;",
        `scan time ${protocol.scanTime};`,
        "graceful restart;",
        "merge paths on;",
        `metric ${protocol.metric};`,
        ...printChannel({
          version: protocol.version,
          gatewayRecursive: false,
          addPaths: false,
          nextHop: undefined,
          import: protocol.import,
          export: protocol.export,
        }),
      ];
    case "static":
      return [`ipv${protocol.version};`, ...protocol.routes.map(printRoute)];
    case "bgp-template":
    case "bgp":
      return [
        ...protocol.options.map((option) => noted(`${printOption(option)};`, option.comment)),
        ...printChannel(protocol.channel),
      ];
  }
}

function printRoute({ cidr, via, comment }: StaticRoute): string {
  return noted(
    `route ${formatCidr(cidr)} ${via === undefined ? "blackhole" : `via ${formatIp(via)}`};`,
    comment,
  );
}

function printDebug(debug: Debug): readonly string[] {
  return debug.length === 0 ? [] : [`${debugText(debug)};`];
}

function debugText(debug: Debug): string {
  return debug === "all" ? "debug all" : `debug { ${debug.join(", ")} }`;
}

function printOption(option: BgpOption): string {
  const port = (value: number | undefined): string => (value === undefined ? "" : ` port ${value}`);
  switch (option.kind) {
    case "local":
      return `local${port(option.port)} as ${option.asNumber}`;
    case "neighbor":
      return `neighbor ${formatIp(option.ip)}${port(option.port)} as ${option.asNumber}`;
    case "source-address":
      return `source address ${formatIp(option.ip)}`;
    case "strict-bind":
      return "strict bind on";
    case "ttl-security":
      return `ttl security ${option.on ? "on" : "off"}`;
    case "multihop":
      return option.hops === undefined ? "multihop" : `multihop ${option.hops}`;
    case "direct":
      return "direct";
    case "bfd":
      return "bfd on";
    case "passive":
      return "passive on";
    case "graceful-restart":
      return "graceful restart on";
    case "long-lived-graceful-restart":
      return "long lived graceful restart on";
    case "graceful-restart-time":
      return `graceful restart time ${option.seconds}`;
    case "connect-delay-time":
      return `connect delay time ${option.seconds}`;
    case "connect-retry-time":
      return `connect retry time ${option.seconds}`;
    case "error-wait-time":
      return `error wait time ${option.first}, ${option.last}`;
    case "keepalive-time":
      return `keepalive time ${option.seconds}`;
    case "rr-client":
      return "rr client";
    case "rr-cluster-id":
      return `rr cluster id ${formatIp(option.id)}`;
    case "password":
      return `password ${printSymbol(option.symbol)}`;
    case "allow-local-as":
      return `allow local as ${option.count}`;
    case "debug":
      return debugText(option.debug);
  }
}

/** On one line while it only names filters; a filter of the session's own is written out below its keyword. */
function printChannel(channel: BgpChannel): readonly string[] {
  const lines: string[] = [];
  if (channel.gatewayRecursive) lines.push("gateway recursive;");
  if (channel.addPaths) lines.push("add paths on;");
  if (channel.nextHop !== undefined) lines.push(`next hop ${channel.nextHop};`);
  lines.push(...printPolicy("import", channel.import), ...printPolicy("export", channel.export));
  const head = `ipv${channel.version} {`;
  return channel.import.kind === "inline" || channel.export.kind === "inline"
    ? [head, ...lines.map((line) => `  ${line}`), "};"]
    : [`${head} ${lines.join(" ")} };`];
}

function printPolicy(direction: "import" | "export", policy: ChannelPolicy): readonly string[] {
  switch (policy.kind) {
    case "none":
      return [`${direction} none;`];
    case "filter":
      return [`${direction} filter ${printSymbol(policy.name)};`];
    case "inline":
      return [`${direction} filter {`, ...printStatements(policy.body, "  "), "};"];
  }
}
