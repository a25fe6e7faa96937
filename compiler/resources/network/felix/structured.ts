import { type Static, Type } from "@sinclair/typebox";
import type { FailsafePort } from "../../../ir/felix-config.ts";
import { type PortRange, parseCidr } from "../../../net/cidr.ts";
import { parsePortRange } from "../../../net/ports.ts";
import { protocolNumber } from "../../../net/protocols.ts";
import { enumOf, intOrString, stringMap } from "../../schema.ts";
import { parseDuration } from "../duration.ts";
import { type Parameter, readAs, valid } from "./parameter.ts";
import { items } from "./types.ts";

/** Parameters that are lists of objects in a resource and a notation of their own in an annotation. */

const FAILSAFE = Type.Object({
  protocol: enumOf(["TCP", "UDP", "SCTP"]),
  port: Type.Integer({ minimum: 0, maximum: 65535 }),
  net: Type.Optional(Type.String()),
});
type FailsafeYaml = Static<typeof FAILSAFE>;

/** Sheet "Failsafe ports". The empty list, and the text `none`, open nothing. */
export function failsafePorts(
  configName: string,
): Parameter<readonly FailsafeYaml[], readonly FailsafePort[]> {
  return {
    configName,
    schema: Type.Array(FAILSAFE),
    zero: { value: [] },
    emptyIsValue: true,
    read: (entries) =>
      all(
        entries,
        failsafeEntry,
        "a list of ports whose net, where there is one, is a network such as 10.0.0.0/8",
      ),
    readText: (value) =>
      all(
        items(value),
        failsafeText,
        "a list of port, protocol:port or protocol:net:port, with IPv6 in brackets",
      ),
  };
}

function failsafeEntry({ protocol, port, net }: FailsafeYaml): FailsafePort | undefined {
  const number = protocolNumber(protocol);
  const cidr = net ? parseCidr(net) : undefined;
  if (number === undefined || (net && cidr === undefined)) return undefined;
  return { protocol: number, port, net: cidr };
}

const FAILSAFE_TEXT = /^(?:(tcp|udp|sctp):(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?)?(\d{1,5})$/i;

/** `22`, `tcp:22`, `tcp:10.0.0.0/8:22`, `udp:[fd00::/8]:53`; without a protocol TCP is meant. */
function failsafeText(value: string): FailsafePort | undefined {
  const parts = FAILSAFE_TEXT.exec(value);
  if (parts === null) return undefined;
  const [, protocol = "tcp", net6, net4, port = ""] = parts;
  const net = net6 ?? net4;
  const cidr = net === undefined ? undefined : parseCidr(net);
  if ((net !== undefined && cidr === undefined) || Number(port) > 65535) return undefined;
  return { protocol: protocolNumber(protocol)!, port: Number(port), net: cidr };
}

/** At most seven, which with the protocol fill the fifteen slots of a multiport match. */
export function portRanges(
  configName: string,
): Parameter<readonly (number | string)[], readonly PortRange[]> {
  const expected =
    "a list of at most 7 ports or ranges first:last; node port ranges should not contain named ports";
  const read = (values: readonly (number | string)[]) => all(values, parsePortRange, expected);
  return {
    configName,
    schema: Type.Array(intOrString(), { maxItems: 7 }),
    zero: { value: [] },
    read,
    readText: (value) => read(items(value)),
  };
}

const TABLE_RANGE = Type.Object({ min: Type.Integer(), max: Type.Integer() });
type TableRangeYaml = Static<typeof TABLE_RANGE>;

/** Sizes and order are checked where both spellings meet (`validate`). */
export function tableRange(configName: string): Parameter<TableRangeYaml, readonly PortRange[]> {
  return {
    configName,
    schema: TABLE_RANGE,
    zero: { value: [] },
    read: ({ min, max }) => valid([{ first: min, last: max }]),
    readText: (value) => all([value.trim()], tableText, TABLES_EXPECTED),
  };
}

export function tableRanges(configName: string): Parameter<readonly TableRangeYaml[], readonly PortRange[]> {
  return {
    configName,
    schema: Type.Array(TABLE_RANGE),
    zero: { value: [] },
    read: (ranges) => valid(ranges.map(({ min, max }) => ({ first: min, last: max }))),
    readText: (value) => all(value.split(/[\s,]+/).filter(Boolean), tableText, TABLES_EXPECTED),
  };
}

const TABLES_EXPECTED = "route table ranges first-last";

function tableText(value: string): PortRange | undefined {
  const parts = /^(\d{1,10})-(\d{1,10})$/.exec(value);
  return parts === null ? undefined : { first: Number(parts[1]), last: Number(parts[2]) };
}

const HEALTH_TIMEOUT = Type.Object({
  name: Type.String({ pattern: "^[a-zA-Z0-9_ -]+$", title: "letters, digits, blanks, _ and -" }),
  timeout: Type.String(),
});

export function healthTimeouts(
  configName: string,
): Parameter<readonly Static<typeof HEALTH_TIMEOUT>[], null> {
  const expected = "a list of timeouts with durations such as 90s: Timeout should not be negative";
  return {
    configName,
    schema: Type.Array(HEALTH_TIMEOUT),
    zero: { value: null },
    read: readAs(
      (entries: readonly Static<typeof HEALTH_TIMEOUT>[]) =>
        entries.every(({ timeout }) => parseDuration(timeout) !== undefined) ? null : undefined,
      expected,
    ),
    readText: readAs(
      (value) =>
        items(value).every((item) => parseDuration(item.split("=")[1] ?? "") !== undefined)
          ? null
          : undefined,
      expected,
    ),
  };
}

/** A map that only the eBPF dataplane reads. */
export function map(configName: string): Parameter<Readonly<Record<string, string>>, null> {
  return {
    configName,
    schema: stringMap(),
    zero: { value: null },
    read: () => valid(null),
    readText: () => valid(null),
  };
}

const TIMEOUT = Type.Optional(
  Type.String({
    pattern: "^(([0-9]+(\\.[0-9]*)?(ms|us|s|m|h))+|Auto)$",
    title: 'a duration such as 10s, or "Auto"',
  }),
);
const CONNTRACK_TIMEOUTS = Type.Object({
  creationGracePeriod: TIMEOUT,
  genericTimeout: TIMEOUT,
  icmpTimeout: TIMEOUT,
  tcpEstablished: TIMEOUT,
  tcpFinsSeen: TIMEOUT,
  tcpResetSeen: TIMEOUT,
  tcpSynSent: TIMEOUT,
  udpTimeout: TIMEOUT,
});

export function conntrackTimeouts(configName: string): Parameter<Static<typeof CONNTRACK_TIMEOUTS>, null> {
  return { ...map(configName), schema: CONNTRACK_TIMEOUTS, read: () => valid(null) };
}

/** A code point 0–63, or one of its names; only Istio's ambient mode reads it. */
export function dscp(configName: string): Parameter<number | string, null> {
  const reader = readAs(
    (value: number | string) =>
      /^([0-9]|[1-5][0-9]|6[0-3]|df|cs[0-7]|af[1-4][1-3]|ef|va|le)$/i.test(String(value)) ? null : undefined,
    "a DSCP from 0 to 63, or a name such as AF21",
  );
  return { configName, schema: intOrString(), zero: { value: null }, read: reader, readText: reader };
}

function all<Input, Value>(
  inputs: readonly Input[],
  parse: (input: Input) => Value | undefined,
  expected: string,
) {
  const values = inputs.flatMap((input) => {
    const value = parse(input);
    return value === undefined ? [] : [value];
  });
  return values.length === inputs.length
    ? valid(values as readonly Value[])
    : { ok: false as const, expected };
}
