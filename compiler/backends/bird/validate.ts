import {
  type BgpOption,
  type BgpOptionKind,
  type BgpProtocol,
  type BirdConfig,
  type BirdProtocol,
  type ChannelPolicy,
  isBgpProtocol,
} from "../../dataplane/bird.ts";
import type { FilterExpression, FilterStatement, Routine } from "../../dataplane/bird-filter.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { isPlainText, isSymbol } from "./symbols.ts";

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
  return [
    ...nameProblems(config),
    ...kernelProblems(config.protocols),
    ...staticProblems(config.protocols),
    ...sessionProblems(config),
    ...filterProblems(config),
  ];
}

function* nameProblems(config: BirdConfig): Generator<BirdProblem> {
  const seen = new Set<string>();
  const named = [...config.constants, ...config.routines, ...config.protocols];
  for (const { name } of named) {
    if (!isSymbol(name)) yield { where: name, reason: "the name cannot be a symbol of BIRD" };
    if (seen.has(name)) yield { where: name, reason: "the name is given twice" };
    seen.add(name);
  }
  for (const protocol of config.protocols)
    if (protocol.kind === "direct")
      for (const { pattern } of protocol.interfaces)
        if (!isPlainText(pattern))
          yield { where: protocol.name, reason: `the pattern ${pattern} cannot be quoted` };
}

/** A second syncer of one table passes the check, stays down, and its removal crashes the daemon. */
function* kernelProblems(protocols: readonly BirdProtocol[]): Generator<BirdProblem> {
  const owner = new Map<number, string>();
  for (const protocol of protocols) {
    if (protocol.kind !== "kernel") continue;
    const first = owner.get(protocol.version);
    if (first !== undefined)
      yield {
        where: protocol.name,
        reason: `the kernel's IPv${protocol.version} table already belongs to ${first}`,
      };
    owner.set(protocol.version, protocol.name);
  }
}

function* staticProblems(protocols: readonly BirdProtocol[]): Generator<BirdProblem> {
  for (const protocol of protocols) {
    if (protocol.kind !== "static") continue;
    const seen = new Set<string>();
    for (const { cidr, via } of protocol.routes) {
      const key = `${cidr.version} ${cidr.value} ${cidr.length}`;
      if (seen.has(key))
        yield { where: protocol.name, reason: `the route ${formatCidr(cidr)} is there twice` };
      seen.add(key);
      if (cidr.version !== protocol.version)
        yield {
          where: protocol.name,
          reason: `the route ${formatCidr(cidr)} is not IPv${protocol.version}`,
        };
      if (via !== undefined && via.version !== cidr.version)
        yield {
          where: protocol.name,
          reason: `the gateway ${formatIp(via)} of ${formatCidr(cidr)} is of another family`,
        };
    }
  }
}

function* sessionProblems(config: BirdConfig): Generator<BirdProblem> {
  const templates = new Map(
    config.protocols.flatMap((p) => (p.kind === "bgp-template" ? [[p.name, p]] : [])),
  );
  const neighbors = new Map<string, string>();
  for (const session of config.protocols.filter(isBgpProtocol)) {
    const template = templates.get(session.template);
    if (template === undefined)
      yield { where: session.name, reason: `there is no template ${session.template}` };
    const option = optionReader(session.options, template?.options ?? []);
    const neighbor = option("neighbor");
    if (neighbor === undefined) {
      yield { where: session.name, reason: "there is no neighbor" };
      continue;
    }
    const address = `${neighbor.ip.version} ${neighbor.ip.value} ${neighbor.port ?? 179}`;
    const first = neighbors.get(address);
    if (first !== undefined)
      yield {
        where: session.name,
        reason: `${first} has the same neighbor ${formatIp(neighbor.ip)}; only one of the two comes up`,
      };
    neighbors.set(address, session.name);
    yield* addressProblems(session, option);
    yield* timerProblems(session, option);
    if (option("bfd") !== undefined && !config.protocols.some(({ kind }) => kind === "bfd"))
      yield { where: session.name, reason: "there is no protocol bfd to watch the neighbor" };
    if (option("rr-client") !== undefined && option("local")?.asNumber !== neighbor.asNumber)
      yield { where: session.name, reason: "only an internal neighbor can be a reflector's client" };
  }
}

type OptionReader = <K extends BgpOptionKind>(kind: K) => Extract<BgpOption, { kind: K }> | undefined;

/** A session's own setting is in force before its template's. */
function optionReader(own: readonly BgpOption[], template: readonly BgpOption[]): OptionReader {
  return <K extends BgpOptionKind>(kind: K) => {
    const isKind = (option: BgpOption): option is Extract<BgpOption, { kind: K }> => option.kind === kind;
    return own.find(isKind) ?? template.find(isKind);
  };
}

function* addressProblems(session: BgpProtocol, option: OptionReader): Generator<BirdProblem> {
  const neighbor = option("neighbor");
  const source = option("source-address");
  if (neighbor === undefined) return;
  if (source !== undefined && source.ip.version !== neighbor.ip.version)
    yield { where: session.name, reason: `the source address ${formatIp(source.ip)} is of another family` };
  if (source?.ip.value === neighbor.ip.value)
    yield { where: session.name, reason: "the neighbor is the node itself" };
  if (session.channel.version !== neighbor.ip.version)
    yield { where: session.name, reason: `the channel is not of the family of ${formatIp(neighbor.ip)}` };
  if (option("strict-bind") !== undefined && source === undefined)
    yield { where: session.name, reason: "strict bind needs a source address" };
  if (isLinkLocal(neighbor.ip))
    yield {
      where: session.name,
      reason: `the link-local neighbor ${formatIp(neighbor.ip)} needs an interface`,
    };
}

function isLinkLocal(ip: { readonly version: 4 | 6; readonly value: number | bigint }): boolean {
  return typeof ip.value === "bigint" && ip.value >> 118n === 0xfe80n >> 6n;
}

function* timerProblems(session: BgpProtocol, option: OptionReader): Generator<BirdProblem> {
  const keepalive = option("keepalive-time")?.seconds;
  if (keepalive !== undefined && (keepalive < 1 || keepalive > HOLD_TIME))
    yield { where: session.name, reason: `the keepalive time ${keepalive} s is not within 1–${HOLD_TIME} s` };
  const hops = option("multihop")?.hops;
  if (hops !== undefined && (hops < 1 || hops > 255))
    yield { where: session.name, reason: `${hops} hops are not within 1–255` };
}

function* filterProblems(config: BirdConfig): Generator<BirdProblem> {
  const sets = new Set(config.constants.flatMap(({ kind, name }) => (kind === "prefixes" ? [name] : [])));
  const known = new Map<string, Routine>();
  for (const routine of config.routines) {
    yield* bodyProblems(routine.name, routine.body, known, sets);
    known.set(routine.name, routine);
  }
  for (const protocol of config.protocols)
    if ("import" in protocol)
      yield* policyProblems(protocol.name, [protocol.import, protocol.export], known, sets);
    else if ("channel" in protocol)
      yield* policyProblems(protocol.name, [protocol.channel.import, protocol.channel.export], known, sets);
}

function* policyProblems(
  where: string,
  policies: readonly ChannelPolicy[],
  known: ReadonlyMap<string, Routine>,
  sets: ReadonlySet<string>,
): Generator<BirdProblem> {
  for (const policy of policies) {
    if (policy.kind === "inline") yield* bodyProblems(where, policy.body, known, sets);
    if (policy.kind === "filter" && known.get(policy.name)?.kind !== "filter")
      yield { where, reason: `there is no filter ${policy.name}` };
  }
}

function* bodyProblems(
  where: string,
  body: readonly FilterStatement[],
  known: ReadonlyMap<string, Routine>,
  sets: ReadonlySet<string>,
): Generator<BirdProblem> {
  for (const statement of body)
    switch (statement.kind) {
      case "if":
        yield* expressionProblems(where, statement.condition, sets);
        yield* bodyProblems(where, [...statement.body, ...statement.otherwise], known, sets);
        break;
      case "call": {
        const callee = known.get(statement.function);
        if (callee?.kind !== "function")
          yield { where, reason: `function ${statement.function} is not defined before its use` };
        else if (callee.parameters.length !== statement.arguments.length)
          yield {
            where,
            reason: `function ${statement.function} is called with the wrong number of arguments`,
          };
        break;
      }
      case "assign":
        yield* expressionProblems(where, statement.value, sets);
        break;
      case "extend":
      case "accept":
      case "reject":
        break;
    }
}

function* expressionProblems(
  where: string,
  expression: FilterExpression,
  sets: ReadonlySet<string>,
): Generator<BirdProblem> {
  switch (expression.kind) {
    case "text":
      if (!isPlainText(expression.value))
        yield { where, reason: `the text ${expression.value} cannot be quoted` };
      break;
    case "set":
      if (new Set(expression.items.map(familyOf)).size > 1)
        yield { where, reason: "a set mixes address families or kinds" };
      break;
    case "compare": {
      const { left, operator, right } = expression;
      const isSet = right.kind === "set" || (right.kind === "symbol" && sets.has(right.name));
      if (isSet && (operator === "=" || operator === "!="))
        yield { where, reason: `${operator} with a set never looks inside the set` };
      // Such a match logs an error for every route and rejects it.
      if (left.kind === "attribute" && left.attribute === "bgp_next_hop" && isPrefixSet(right, sets))
        yield { where, reason: "a next hop cannot be matched with a set of prefixes" };
      yield* expressionProblems(where, left, sets);
      yield* expressionProblems(where, right, sets);
      break;
    }
    case "subtract":
      yield* expressionProblems(where, expression.left, sets);
      yield* expressionProblems(where, expression.right, sets);
      break;
    case "not":
      yield* expressionProblems(where, expression.operand, sets);
      break;
    case "and":
    case "or":
      for (const operand of expression.operands) yield* expressionProblems(where, operand, sets);
      break;
    case "boolean":
    case "number":
    case "attribute":
    case "enum":
    case "symbol":
    case "prefix":
    case "community":
    case "path-mask":
    case "defined":
      break;
  }
}

function familyOf(item: Extract<FilterExpression, { kind: "set" }>["items"][number]): string {
  switch (item.kind) {
    case "enum":
      return item.value.slice(0, 3);
    case "ip":
      return "ip";
    case "lengths":
      return `prefix${item.cidr.version}`;
  }
}

function isPrefixSet(expression: FilterExpression, sets: ReadonlySet<string>): boolean {
  if (expression.kind === "symbol") return sets.has(expression.name);
  return expression.kind === "set" && expression.items.some(({ kind }) => kind === "lengths");
}
