import {
  type BgpProtocol,
  type BgpTemplate,
  type BirdConfig,
  type BirdProtocol,
  isBgpProtocol,
} from "../../dataplane/bird.ts";
import { optionOf, templatesOf } from "../../dataplane/bird-session.ts";
import { type Cidr, compareCidr, formatCidr, type Ip } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { isPlainText, isSymbol } from "./symbols.ts";
import { checkFilters } from "./validate-filters.ts";

/** `where`: the protocol, routine or constant. */
export interface BirdProblem {
  readonly where: string;
  readonly reason: string;
}

/** BIRD's default hold time, seconds. */
const HOLD_TIME = 240;

/**
 * What `bird -p` lets pass and the daemon stumbles over later, up to a crash (routing-bgp.md §3.15, §3.19,
 * §3.21), and what would let a name break out of its place.
 */
export function findProblems(config: BirdConfig): readonly BirdProblem[] {
  const problems: BirdProblem[] = [];
  const found: Found = (where, reason) => problems.push({ where, reason });
  checkNames(config, found);
  checkKernels(config.protocols, found);
  checkStatics(config.protocols, found);
  checkSessions(config, found);
  checkFilters(config, found);
  return problems;
}

export type Found = (where: string, reason: string) => void;

function checkNames(config: BirdConfig, found: Found): void {
  const seen = new Set<string>();
  const named = [...config.constants, ...config.routines, ...config.protocols];
  for (const { name } of named) {
    if (!isSymbol(name)) found(name, "the name cannot be a symbol of BIRD");
    if (seen.has(name)) found(name, "the name is given twice");
    seen.add(name);
  }
  for (const protocol of config.protocols)
    if (protocol.kind === "direct")
      for (const { pattern } of protocol.interfaces)
        if (!isPlainText(pattern)) found(protocol.name, `the pattern ${pattern} cannot be quoted`);
}

/** A second syncer of one table passes the check, stays down, and its removal crashes the daemon. */
function checkKernels(protocols: readonly BirdProtocol[], found: Found): void {
  const owner = new Map<number, string>();
  for (const protocol of protocols) {
    if (protocol.kind !== "kernel") continue;
    const first = owner.get(protocol.version);
    if (first !== undefined)
      found(protocol.name, `the kernel's IPv${protocol.version} table already belongs to ${first}`);
    owner.set(protocol.version, protocol.name);
  }
}

function checkStatics(protocols: readonly BirdProtocol[], found: Found): void {
  for (const protocol of protocols) {
    if (protocol.kind !== "static") continue;
    let previous: Cidr | undefined;
    for (const { cidr, via } of protocol.routes) {
      // They are sorted: equal ones are neighbours.
      if (previous !== undefined && compareCidr(previous, cidr) === 0)
        found(protocol.name, `the route ${formatCidr(cidr)} is there twice`);
      previous = cidr;
      if (cidr.version !== protocol.version)
        found(protocol.name, `the route ${formatCidr(cidr)} is not IPv${protocol.version}`);
      if (via !== undefined && via.version !== cidr.version)
        found(protocol.name, `the gateway ${formatIp(via)} of ${formatCidr(cidr)} is of another family`);
    }
  }
}

function checkSessions(config: BirdConfig, found: Found): void {
  const templates = templatesOf(config);
  const watches = config.protocols.some(({ kind }) => kind === "bfd");
  /** Names by port and address. */
  const neighbors = new Map<number, Map<Ip["value"], string>>();
  for (const session of config.protocols.filter(isBgpProtocol)) {
    const template = templates.get(session.template);
    if (template === undefined) found(session.name, `there is no template ${session.template}`);
    const neighbor = optionOf("neighbor", session, template);
    if (neighbor === undefined) {
      found(session.name, "there is no neighbor");
      continue;
    }
    const port = neighbor.port ?? 179;
    const names = neighbors.get(port) ?? new Map<Ip["value"], string>();
    neighbors.set(port, names);
    const first = names.get(neighbor.ip.value);
    if (first !== undefined)
      found(
        session.name,
        `${first} has the same neighbor ${formatIp(neighbor.ip)}; only one of the two comes up`,
      );
    names.set(neighbor.ip.value, session.name);
    checkAddresses(session, neighbor.ip, template, found);
    checkTimers(session, template, found);
    if (!watches && optionOf("bfd", session, template) !== undefined)
      found(session.name, "there is no protocol bfd to watch the neighbor");
    if (
      optionOf("rr-client", session, template) !== undefined &&
      optionOf("local", session, template)?.asNumber !== neighbor.asNumber
    )
      found(session.name, "only an internal neighbor can be a reflector's client");
  }
}

function checkAddresses(
  session: BgpProtocol,
  neighbor: Ip,
  template: BgpTemplate | undefined,
  found: Found,
): void {
  const source = optionOf("source-address", session, template)?.ip;
  if (source !== undefined && source.version !== neighbor.version)
    found(session.name, `the source address ${formatIp(source)} is of another family`);
  if (source?.value === neighbor.value) found(session.name, "the neighbor is the node itself");
  if (session.channel.version !== neighbor.version)
    found(session.name, `the channel is not of the family of ${formatIp(neighbor)}`);
  if (source === undefined && optionOf("strict-bind", session, template) !== undefined)
    found(session.name, "strict bind needs a source address");
  if (isLinkLocal(neighbor))
    found(session.name, `the link-local neighbor ${formatIp(neighbor)} needs an interface`);
}

function isLinkLocal({ value }: Ip): boolean {
  return typeof value === "bigint" && value >> 118n === 0xfe80n >> 6n;
}

function checkTimers(session: BgpProtocol, template: BgpTemplate | undefined, found: Found): void {
  const keepalive = optionOf("keepalive-time", session, template)?.seconds;
  if (keepalive !== undefined && (keepalive < 1 || keepalive > HOLD_TIME))
    found(session.name, `the keepalive time ${keepalive} s is not within 1–${HOLD_TIME} s`);
  const hops = optionOf("multihop", session, template)?.hops;
  if (hops !== undefined && (hops < 1 || hops > 255))
    found(session.name, `${hops} hops are not within 1–255`);
}
