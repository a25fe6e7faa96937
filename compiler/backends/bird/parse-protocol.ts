import type {
  BgpChannel,
  BgpOption,
  BgpTemplate,
  BirdProtocol,
  ChannelPolicy,
  Debug,
  DirectProtocol,
  KernelProtocol,
  StaticProtocol,
  StaticRoute,
} from "../../dataplane/bird.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { parseBlock, parsePrefix } from "./parse-filter.ts";
import { parseAddress, parseDebug, parseIp4 } from "./parse-values.ts";
import type { Tokens } from "./tokens.ts";

type Comment = { readonly comment?: string };

export function parseProtocol(tokens: Tokens, above: Comment): BirdProtocol {
  if (tokens.take("device")) return parseDevice(tokens, above);
  if (tokens.take("bfd")) return parseBfd(tokens, above);
  if (tokens.take("direct")) return parseDirect(tokens, above);
  if (tokens.take("kernel")) return parseKernel(tokens, above);
  if (tokens.take("static")) return parseStatic(tokens, above);
  tokens.expect("bgp");
  const name = tokens.symbol();
  tokens.expect("from");
  const template = tokens.symbol();
  return { kind: "bgp", name, template, ...above, ...parseSession(tokens) };
}

export function parseTemplate(tokens: Tokens, above: Comment): BgpTemplate {
  return { kind: "bgp-template", name: tokens.symbol(), ...above, ...parseSession(tokens) };
}

function parseDevice(tokens: Tokens, above: Comment): BirdProtocol {
  const name = tokens.symbol();
  let debug: Debug = [];
  tokens.expect("{", "scan", "time");
  const scanTime = tokens.number();
  tokens.expect(";");
  if (tokens.take("debug")) {
    debug = parseDebug(tokens);
    tokens.expect(";");
  }
  tokens.expect("}");
  return { kind: "device", name, scanTime, debug, ...above };
}

function parseBfd(tokens: Tokens, above: Comment): BirdProtocol {
  const name = tokens.symbol();
  tokens.expect("{", "interface");
  tokens.string();
  tokens.expect("{", "interval");
  const interval = tokens.number();
  tokens.expect("ms", ";", "multiplier");
  const multiplier = tokens.number();
  tokens.expect(";", "}", ";", "}");
  return { kind: "bfd", name, interval, multiplier, ...above };
}

function parseDirect(tokens: Tokens, above: Comment): DirectProtocol {
  const name = tokens.symbol();
  const versions: IpVersion[] = [];
  let debug: Debug = [];
  tokens.expect("{");
  for (let version = takeVersion(tokens); version !== undefined; version = takeVersion(tokens)) {
    versions.push(version);
    tokens.expect(";");
  }
  tokens.expect("interface");
  const interfaces: { pattern: string; negated: boolean }[] = [];
  while (!tokens.take(";")) {
    tokens.take(",");
    interfaces.push({ negated: tokens.take("-"), pattern: tokens.string() });
  }
  if (tokens.take("debug")) {
    debug = parseDebug(tokens);
    tokens.expect(";");
  }
  tokens.expect("}");
  return { kind: "direct", name, versions, interfaces, debug, ...above };
}

function parseKernel(tokens: Tokens, above: Comment): KernelProtocol {
  const name = tokens.symbol();
  tokens.expect("{", "learn", ";", "persist", ";", "scan", "time");
  const scanTime = tokens.number();
  tokens.expect(";", "graceful", "restart", ";", "merge", "paths", "on", ";", "metric");
  const metric = tokens.number();
  tokens.expect(";");
  const channel = parseChannel(tokens, version(tokens));
  tokens.expect("}");
  return {
    kind: "kernel",
    name,
    version: channel.version,
    scanTime,
    metric,
    import: channel.import,
    export: channel.export,
    ...above,
  };
}

function parseStatic(tokens: Tokens, above: Comment): StaticProtocol {
  const name = tokens.symbol();
  tokens.expect("{");
  const family = version(tokens);
  tokens.expect(";");
  const routes: StaticRoute[] = [];
  while (tokens.take("route")) {
    const cidr = parsePrefix(tokens);
    const via = tokens.take("blackhole") ? undefined : parseVia(tokens);
    tokens.expect(";");
    routes.push({ cidr, via, ...tokens.note() });
  }
  tokens.expect("}");
  return { kind: "static", name, version: family, routes, ...above };
}

function parseVia(tokens: Tokens): StaticRoute["via"] {
  tokens.expect("via");
  return parseAddress(tokens);
}

function takeVersion(tokens: Tokens): IpVersion | undefined {
  if (tokens.take("ipv4")) return 4;
  return tokens.take("ipv6") ? 6 : undefined;
}

function version(tokens: Tokens): IpVersion {
  return takeVersion(tokens) ?? tokens.fail("expected ipv4 or ipv6");
}

function parseSession(tokens: Tokens): { options: readonly BgpOption[]; channel: BgpChannel } {
  const options: BgpOption[] = [];
  tokens.expect("{");
  for (;;) {
    const family = takeVersion(tokens);
    if (family !== undefined) {
      const channel = parseChannel(tokens, family);
      tokens.expect("}");
      return { options, channel };
    }
    const option = parseOption(tokens);
    tokens.expect(";");
    options.push({ ...option, ...tokens.note() });
  }
}

function parseOption(tokens: Tokens): BgpOption {
  if (tokens.take("local")) return { kind: "local", port: takePort(tokens), asNumber: asNumber(tokens) };
  if (tokens.take("neighbor"))
    return { kind: "neighbor", ip: parseAddress(tokens), port: takePort(tokens), asNumber: asNumber(tokens) };
  if (tokens.take("source", "address")) return { kind: "source-address", ip: parseAddress(tokens) };
  if (tokens.take("strict", "bind", "on")) return { kind: "strict-bind" };
  if (tokens.take("ttl", "security", "on")) return { kind: "ttl-security", on: true };
  if (tokens.take("ttl", "security", "off")) return { kind: "ttl-security", on: false };
  if (tokens.take("multihop"))
    return { kind: "multihop", hops: tokens.peek().kind === "number" ? tokens.number() : undefined };
  if (tokens.take("direct")) return { kind: "direct" };
  if (tokens.take("bfd", "on")) return { kind: "bfd" };
  if (tokens.take("passive", "on")) return { kind: "passive" };
  if (tokens.take("graceful", "restart", "on")) return { kind: "graceful-restart" };
  if (tokens.take("long", "lived", "graceful", "restart", "on"))
    return { kind: "long-lived-graceful-restart" };
  if (tokens.take("graceful", "restart", "time"))
    return { kind: "graceful-restart-time", seconds: tokens.number() };
  if (tokens.take("connect", "delay", "time"))
    return { kind: "connect-delay-time", seconds: tokens.number() };
  if (tokens.take("connect", "retry", "time"))
    return { kind: "connect-retry-time", seconds: tokens.number() };
  if (tokens.take("error", "wait", "time")) {
    const first = tokens.number();
    tokens.expect(",");
    return { kind: "error-wait-time", first, last: tokens.number() };
  }
  if (tokens.take("keepalive", "time")) return { kind: "keepalive-time", seconds: tokens.number() };
  if (tokens.take("rr", "client")) return { kind: "rr-client" };
  if (tokens.take("rr", "cluster", "id")) return { kind: "rr-cluster-id", id: parseIp4(tokens) };
  if (tokens.take("password")) return { kind: "password", symbol: tokens.symbol() };
  if (tokens.take("allow", "local", "as")) return { kind: "allow-local-as", count: tokens.number() };
  if (tokens.take("debug")) return { kind: "debug", debug: parseDebug(tokens) };
  return tokens.fail("unknown option");
}

function takePort(tokens: Tokens): number | undefined {
  return tokens.take("port") ? tokens.number() : undefined;
}

function asNumber(tokens: Tokens): number {
  tokens.expect("as");
  return tokens.number();
}

function parseChannel(tokens: Tokens, family: IpVersion): BgpChannel {
  tokens.expect("{");
  const gatewayRecursive = tokens.take("gateway", "recursive", ";");
  const addPaths = tokens.take("add", "paths", "on", ";");
  const nextHop = tokens.take("next", "hop", "self", ";")
    ? "self"
    : tokens.take("next", "hop", "keep", ";")
      ? "keep"
      : undefined;
  tokens.expect("import");
  const imports = parsePolicy(tokens);
  tokens.expect("export");
  const exports = parsePolicy(tokens);
  tokens.expect("}", ";");
  return { version: family, gatewayRecursive, addPaths, nextHop, import: imports, export: exports };
}

function parsePolicy(tokens: Tokens): ChannelPolicy {
  if (tokens.take("none", ";")) return { kind: "none" };
  tokens.expect("filter");
  if (tokens.take("{")) {
    const body = parseBlock(tokens);
    tokens.expect(";");
    return { kind: "inline", body };
  }
  const name = tokens.symbol();
  tokens.expect(";");
  return { kind: "filter", name };
}
