import fc from "fast-check";
import type { EntityRule, Rule } from "../../../compiler/resources/policy/rule/schema.ts";
import { SERVICE } from "./inventory.ts";

/**
 * Rules as people could write them, within what Calico accepts (sheet resources §2.4). Values come from small pools,
 * so that rules overlap, contradict and shadow each other.
 */

export const NETS: Readonly<Record<4 | 6, readonly string[]>> = {
  4: [
    "10.65.0.2/32",
    "10.65.0.2/31",
    "10.65.0.0/16",
    "10.65.1.0/24",
    "172.16.1.0/24",
    "172.16.1.11/32",
    "203.0.113.0/24",
    "203.0.113.0/29",
    "203.0.113.64/26",
    "198.51.100.0/25",
    "198.51.100.77/32",
    "192.0.0.0/2",
    "0.0.0.0/0",
  ],
  6: [
    "fd65::2/128",
    "fd65::2/127",
    "fd65::/64",
    "fd16::/64",
    "fd16::11/128",
    "2001:db8:71::/64",
    "2001:db8:71::/125",
    "2001:db8::/32",
    "2001:db8:99::77/128",
    "fc00::/7",
    "::/0",
  ],
};

const SELECTORS: readonly string[] = [
  "all()",
  "app == 'a'",
  "app in {'a', 'c'}",
  "app != 'b'",
  "has(tier)",
  "!has(tier)",
  "tier starts with 'f'",
  "kind == 'partner'",
  "role == 'host'",
  "app == 'a' && tier == 'far' || kind == 'friend'",
  "nothing == 'here'",
];

const NAMESPACE_SELECTORS: readonly string[] = [
  "team == 'shop'",
  "projectcalico.org/name == 'ops'",
  "all()",
  "global()",
];

const WITH_PORTS: readonly (string | number)[] = ["TCP", "UDP", "SCTP", 6, 17, 132];
const WITHOUT_PORTS: readonly (string | number)[] = ["UDPLite", 136, 33, 47, 50, 89, 254];
export const PROTOCOLS: readonly (string | number)[] = [
  ...WITH_PORTS,
  ...WITHOUT_PORTS,
  "ICMP",
  "ICMPv6",
  1,
  58,
];

const NUMBERED_PORTS: readonly (string | number)[] = [
  1,
  22,
  53,
  80,
  443,
  5060,
  8080,
  8088,
  65535,
  "1:1023",
  "8000:8100",
  "8080:8081",
  "30000:32767",
  "1:65535",
];
const NAMED_PORTS: readonly string[] = ["http", "dns", "sip", "admin", "nobodys"];

/** More ports than one multiport match holds: 15, and a range counts twice. */
const LONG_PORT_LIST: readonly (string | number)[] = [
  ...Array.from({ length: 14 }, (_, i) => 1000 + 10 * i),
  "2000:2010",
  "3000:3010",
  3020,
  8080,
];

/** Mostly those that may begin something: the others are invalid to connection tracking before any rule is asked. */
const ICMP_TYPES: readonly number[] = [8, 8, 13, 17, 0, 3, 128, 128, 135, 139, 254];

function orNothing<T>(arbitrary: fc.Arbitrary<T>, oneIn: number): fc.Arbitrary<T | undefined> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: oneIn - 1, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary },
  );
}

function some<T>(pool: readonly T[], maxLength: number): fc.Arbitrary<T[]> {
  return fc.uniqueArray(fc.constantFrom(...pool), { minLength: 1, maxLength });
}

/** Without what is undefined, as it would stand in a file. */
function written<T>(value: object): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

interface Context {
  readonly direction: "ingress" | "egress";
  readonly side: "source" | "destination";
  /** Of the networks that the rule names. */
  readonly netVersion: 4 | 6;
  readonly ports: "numbered and named" | "named" | "none";
  /** A deny rule that names no version must not have negated nets: it would deny nothing in the other one. */
  readonly negatedNets: boolean;
  /** Whether a service may be named. */
  readonly services: boolean;
}

function ports(context: Context, maxLength: number): fc.Arbitrary<readonly (string | number)[]> {
  if (context.ports === "named") return some(NAMED_PORTS, 2);
  return fc.oneof(
    { weight: 6, arbitrary: some([...NUMBERED_PORTS, ...NAMED_PORTS], maxLength) },
    { weight: 1, arbitrary: fc.constant(LONG_PORT_LIST) },
  );
}

/** One side of a rule: either a service, or any of the other matches. */
function entity(context: Context): fc.Arbitrary<EntityRule> {
  const never = fc.constant(undefined);
  const nets = NETS[context.netVersion];
  // A catch-all may not be negated (sheet resources §2.4, R11).
  const negatable = nets.filter((net) => !net.endsWith("/0"));
  const hasPorts = context.ports !== "none";
  const isPeer = (context.direction === "ingress") === (context.side === "source");
  // Each further match makes a rule rarer to hit; most rules have few, and mostly about the peer.
  const rarely = isPeer ? 1 : 3;
  const plain = fc
    .record({
      nets: orNothing(some(nets, 3), 4 * rarely),
      notNets: context.negatedNets ? orNothing(some(negatable, 2), 8 * rarely) : never,
      selector: orNothing(fc.constantFrom(...SELECTORS), 4 * rarely),
      notSelector: orNothing(fc.constantFrom(...SELECTORS), 10 * rarely),
      namespaceSelector: orNothing(fc.constantFrom(...NAMESPACE_SELECTORS), 12 * rarely),
      serviceAccounts: orNothing(
        fc.constantFrom<NonNullable<EntityRule["serviceAccounts"]>>(
          { names: ["teller"] },
          { selector: "clearance == 'low'" },
          { names: ["guest", "teller"], selector: "clearance == 'high'" },
        ),
        14 * rarely,
      ),
      ports: hasPorts ? orNothing(ports(context, 3), context.side === "destination" ? 3 : 10) : never,
      notPorts: hasPorts ? orNothing(ports(context, 2), 10) : never,
    })
    .map((value) => written<EntityRule>(value));
  const mayNameService = context.services && isPeer;
  if (!mayNameService) return plain;
  const service = fc.constant<EntityRule>({ services: SERVICE });
  return fc.oneof({ weight: 12, arbitrary: plain }, { weight: 1, arbitrary: service });
}

export interface RuleOptions {
  readonly direction: "ingress" | "egress";
  readonly actions: readonly Rule["action"][];
  readonly services: boolean;
}

export function rule(options: RuleOptions): fc.Arbitrary<Rule> {
  return fc.oneof(
    { withCrossShrink: true },
    { weight: 9, arbitrary: mixedRule(options) },
    { weight: 1, arbitrary: crowdedRule(options) },
  );
}

/** Lists on every side, more than one kernel rule can hold: it takes several in a row that work together. */
function crowdedRule({ actions }: RuleOptions): fc.Arbitrary<Rule> {
  const wide = NETS[4].filter((net) => Number(net.split("/")[1]) <= 24);
  const two = fc.uniqueArray(fc.constantFrom(...wide), { minLength: 2, maxLength: 3 });
  return fc
    .record({
      action: fc.constantFrom(...actions),
      source: two,
      destination: two,
      ports: some(NUMBERED_PORTS, 4),
    })
    .map(({ action, source, destination, ports }) => ({
      action,
      protocol: "TCP",
      source: { nets: source },
      destination: { nets: destination, ports: [...ports, "http"] },
    }));
}

function mixedRule({ direction, actions, services }: RuleOptions): fc.Arbitrary<Rule> {
  const head = fc.record({
    action: fc.constantFrom(...actions),
    protocol: orNothing(fc.constantFrom(...PROTOCOLS), 2),
    netVersion: fc.constantFrom<4 | 6>(4, 4, 6),
    saysVersion: fc.boolean(),
    icmp: icmp(),
    notIcmp: icmp(),
    notProtocol: orNothing(fc.constantFrom(...PROTOCOLS), 8),
  });
  return head.chain(({ action, protocol, netVersion, saysVersion, icmp, notIcmp, notProtocol }) => {
    const bound = [protocol, notProtocol].map(versionOf).find((version) => version !== undefined);
    const version = bound ?? netVersion;
    const isIcmp = versionOf(protocol) !== undefined;
    const context = {
      direction,
      services,
      netVersion: version,
      negatedNets: action !== "Deny" || saysVersion,
      ports: protocol === undefined ? "named" : WITH_PORTS.includes(protocol) ? "numbered and named" : "none",
    } as const;
    return fc
      .record({
        source: entity({ ...context, side: "source" }),
        destination: entity({ ...context, side: "destination" }),
      })
      .map(({ source, destination }) =>
        written<Rule>({
          action,
          ipVersion: saysVersion ? version : undefined,
          protocol,
          // Both bound to a version, each to another one: nothing could match, and Calico refuses it.
          notProtocol: (versionOf(notProtocol) ?? version) === version ? notProtocol : undefined,
          icmp: isIcmp ? icmp : undefined,
          notICMP: isIcmp ? notIcmp : undefined,
          source,
          destination,
        }),
      );
  });
}

function icmp(): fc.Arbitrary<Rule["icmp"]> {
  const type = fc.constantFrom(...ICMP_TYPES);
  return orNothing(
    fc.oneof(fc.record({ type }), fc.record({ type, code: fc.constantFrom(0, 1, 3, 255) })),
    3,
  );
}

/** ICMP belongs to one IP version. */
function versionOf(protocol: string | number | undefined): 4 | 6 | undefined {
  if (protocol === "ICMP" || protocol === 1) return 4;
  if (protocol === "ICMPv6" || protocol === 58) return 6;
  return undefined;
}
