import fc from "fast-check";
import * as make from "../../../ir/testing/objects.ts";
import type { Cidr, Ip, IpVersion } from "../../../net/cidr.ts";
import {
  type Atom,
  type Condition,
  type Field,
  ICMP,
  ICMPV6,
  IPIP,
  PORT_PROTOCOLS,
  type SetDefinition,
} from "../../condition.ts";
import type { Header } from "../../holds.ts";
import type { Value } from "../diagram.ts";
import { LEVELS, type View } from "../space.ts";

export const NETS: Readonly<Record<IpVersion, readonly Cidr[]>> = {
  4: ["0.0.0.0/0", "0.0.0.0/1", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32", "255.255.255.255/32"].map(
    make.cidr,
  ),
  6: ["::/0", "8000::/1", "fd00::/8", "fd00:1::/32", "fd00:1::3/128", "ffff:ffff::/32"].map(make.cidr),
};
export const ADDRESSES: Readonly<Record<IpVersion, readonly Ip[]>> = {
  4: ["0.0.0.0", "9.255.255.255", "10.0.0.0", "10.1.2.2", "10.1.2.3", "10.1.2.4", "128.0.0.0"]
    .map(make.ip)
    .concat(make.ip("255.255.255.255")),
  6: ["::", "7fff::", "8000::", "fd00::", "fd00:1::2", "fd00:1::3", "fd00:1::4"]
    .map(make.ip)
    .concat(make.ip("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")),
};
const PROTOCOLS: readonly number[] = [0, IPIP, 47, 255, ICMP, ICMPV6, ...PORT_PROTOCOLS];
export const PORTS: readonly number[] = [0, 1, 79, 80, 81, 443, 65_534, 65_535];
const BYTES: readonly number[] = [0, 1, 7, 8, 9, 254, 255];

export const addressesSet: SetDefinition = { key: "addresses", withPorts: false };
export const otherSet: SetDefinition = { key: "others", withPorts: false };
export const portsSet: SetDefinition = { key: "ports", withPorts: true };
export const SETS: readonly SetDefinition[] = [addressesSet, otherSet, portsSet];

const side = fc.constantFrom("source" as const, "destination" as const);
const VALUES: Readonly<Record<Field, readonly number[]>> = {
  protocol: PROTOCOLS,
  "source-port": PORTS,
  "destination-port": PORTS,
  "icmp-type": BYTES,
  "icmp-code": BYTES,
};

const field: fc.Arbitrary<Atom> = fc
  .constantFrom(...(Object.keys(VALUES) as Field[]))
  .chain((name) =>
    fc.tuple(fc.constant(name), fc.constantFrom(...VALUES[name]), fc.constantFrom(...VALUES[name])),
  )
  .map(([name, a, b]) => ({ kind: "field", field: name, first: Math.min(a, b), last: Math.max(a, b) }));

const built = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 5 },
    field,
    fc.record({
      kind: fc.constant("net" as const),
      side,
      cidr: fc.constantFrom(...NETS[4], ...NETS[6]),
    }),
    fc.record({ kind: fc.constant("member" as const), side, set: fc.constantFrom(...SETS) }),
    fc.record({ kind: fc.constant("constant" as const), value: fc.boolean() }),
    fc.record({ kind: fc.constant("not" as const), of: tie("condition") }),
    fc.record({
      kind: fc.constantFrom("all" as const, "any" as const),
      of: fc.array(tie("condition"), { maxLength: 4 }),
    }),
  ),
}));

/** All atoms, nested. */
export const condition: fc.Arbitrary<Condition> = built.condition;

/** Every packet has all fields that its protocol has; others may be there, too. */
export function headers(version: IpVersion): fc.Arbitrary<Header> {
  const address = fc.constantFrom(...ADDRESSES[version]);
  const port = fc.constantFrom(...PORTS);
  const byte = fc.constantFrom(...BYTES);
  return fc
    .record({
      source: address,
      destination: address,
      protocol: fc.constantFrom(...PROTOCOLS),
      sourcePort: port,
      destinationPort: port,
      icmp: fc.record({ type: byte, code: byte }),
      isBare: fc.boolean(),
    })
    .map(({ isBare, ...header }) => {
      const { protocol, sourcePort, destinationPort, icmp } = header;
      const hasPorts = PORT_PROTOCOLS.includes(protocol) || !isBare;
      const isIcmp = protocol === ICMP || protocol === ICMPV6 || !isBare;
      return {
        ...header,
        sourcePort: hasPorts ? sourcePort : undefined,
        destinationPort: hasPorts ? destinationPort : undefined,
        icmp: isIcmp ? icmp : undefined,
      };
    });
}

/** The header's values where that view looks; no other may be asked for. Fields that are not there may have any. */
export function valuesOf(header: Header, view: View): Map<number, Value> {
  const { source, destination, protocol, sourcePort = 17, destinationPort = 17, icmp } = header;
  const values = new Map<number, Value>([
    [LEVELS.protocol, protocol],
    [LEVELS["icmp-type"], icmp?.type ?? 17],
    [LEVELS["icmp-code"], icmp?.code ?? 17],
    [LEVELS["source-port"], sourcePort],
    [LEVELS[view.isBefore ? "destination-port before" : "destination-port"], destinationPort],
    [LEVELS.source, source.value],
  ]);
  if (view.destination === undefined)
    values.set(LEVELS[view.isBefore ? "destination before" : "destination"], destination.value);
  return values;
}
