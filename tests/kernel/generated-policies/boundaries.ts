import { type Cidr, cidrContainsIp, type Ip, type IpVersion, parseCidr } from "../../../compiler/net/cidr.ts";
import { parseIp } from "../../../compiler/net/ip.ts";
import { parsePortRange } from "../../../compiler/net/ports.ts";
import { protocolNumber } from "../../../compiler/net/protocols.ts";
import type { EntityRule, Rule } from "../../../compiler/resources/policy/rule/schema.ts";
import { CALICO, HOST, PODS, type Resource } from "./inventory.ts";

/** Values of one field around what a predicate says: the edges within, and one beyond each. */
export interface Around<T> {
  readonly within: readonly T[];
  readonly beyond: readonly T[];
}

const NOTHING = { within: [], beyond: [] } as const;

function together<T>(parts: readonly Around<T>[]): Around<T> {
  return { within: parts.flatMap(({ within }) => within), beyond: parts.flatMap(({ beyond }) => beyond) };
}

/** A rule, and which packets it is for. */
export interface Aim {
  /** Where it stands: place in the list of resources, then the path within. */
  readonly place: string;
  readonly rule: Rule;
  readonly direction: "ingress" | "egress";
  /** Whom the policy selects, as far as its selector tells. */
  readonly subject: "host" | "pods" | "any";
  /** For packets that pass through the host, as well. */
  readonly onForward: boolean;
}

export function aimsOf({ apiVersion, kind, spec }: Resource, index: number): readonly Aim[] {
  // Their peers and ports reach the packets all the same: through other rules' values.
  if (apiVersion !== CALICO) return [];
  const {
    selector = "",
    applyOnForward = false,
    ...rules
  } = spec as {
    readonly selector?: string;
    readonly applyOnForward?: boolean;
    readonly ingress?: readonly Rule[];
    readonly egress?: readonly Rule[];
  };
  const subject =
    selector === "role == 'host'"
      ? "host"
      : kind === "Profile" || selector === "all()" || selector.includes("role")
        ? "any"
        : "pods";
  return (["ingress", "egress"] as const).flatMap((direction) =>
    (rules[direction] ?? []).map((rule, i) => ({
      place: [index, "spec", direction, i].join("/"),
      rule,
      direction,
      subject,
      onForward: applyOnForward,
    })),
  );
}

/** Every network that is written anywhere in the resources. */
export function netsOf(resources: readonly Resource[]): readonly string[] {
  const nets = new Set<string>();
  const walk = (value: unknown): void => {
    if (typeof value === "string" && /^[\da-f.:]+\/\d+$/i.test(value)) nets.add(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(walk);
  };
  walk(resources);
  return [...nets];
}

export function aroundNets(nets: readonly string[]): Around<Ip> {
  return together(
    nets.map((text) => {
      const cidr = parseCidr(text)!;
      const [first, last] = ends(cidr);
      return {
        within: [first, last].filter(isUsable),
        beyond: [step(first, -1), step(last, 1)].filter(isUsable),
      };
    }),
  );
}

export function aroundPorts({ ports = [], notPorts = [] }: EntityRule): Around<number> {
  return together([...ports, ...notPorts].map(aroundPort));
}

function aroundPort(port: string | number): Around<number> {
  const range = parsePortRange(port);
  if (range === undefined) {
    const numbers = PODS.flatMap((pod) => pod.ports)
      .filter(({ name }) => name === port)
      .map(({ containerPort }) => containerPort);
    return { within: port === "admin" ? [22] : numbers, beyond: numbers.map((number) => number + 1) };
  }
  const beyond = [range.first - 1, range.last + 1].filter((number) => number >= 1 && number <= 65535);
  return { within: [range.first, range.last], beyond };
}

export function aroundIcmp({
  icmp,
  notICMP,
}: Rule): Around<{ readonly type: number; readonly code: number }> {
  const parts = [icmp, notICMP].map((match) => {
    if (match?.type === undefined) return NOTHING;
    const { type, code = 0 } = match;
    const near = [
      { type: type - 1, code },
      { type: type + 1, code },
      { type, code: code - 1 },
      { type, code: code + 1 },
    ];
    return {
      within: [{ type, code }],
      beyond: near.filter((icmp) => Object.values(icmp).every((byte) => byte >= 0 && byte <= 255)),
    };
  });
  return together(parts);
}

export function protocolsOf({ protocol, notProtocol }: Rule): readonly number[] {
  return [protocol, notProtocol]
    .map((written) => (written === undefined ? undefined : protocolNumber(written)))
    .filter((number) => number !== undefined);
}

function ends(cidr: Cidr): readonly [first: Ip, last: Ip] {
  if (cidr.version === 4) {
    const size = 2 ** (32 - cidr.length);
    return [
      { version: 4, value: cidr.value },
      { version: 4, value: cidr.value + size - 1 },
    ];
  }
  const size = 1n << BigInt(128 - cidr.length);
  return [
    { version: 6, value: cidr.value },
    { version: 6, value: cidr.value + size - 1n },
  ];
}

function step(ip: Ip, by: 1 | -1): Ip {
  return ip.version === 4
    ? { version: 4, value: ip.value + by }
    : { version: 6, value: ip.value + BigInt(by) };
}

/** Addresses that no packet between hosts has, or that a host treats otherwise than its neighbours. */
const SPECIAL: readonly Cidr[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/3",
  // The first and the last of the host's own subnet.
  "172.16.1.0/32",
  "172.16.1.255/32",
  "::/16",
  "fe80::/10",
  "ff00::/8",
  "fd16::/128",
].map((text) => parseCidr(text)!);

function isUsable(ip: Ip): boolean {
  const isAddress =
    ip.version === 4 ? ip.value >= 0 && ip.value < 2 ** 32 : ip.value >= 0n && ip.value < 1n << 128n;
  return isAddress && !SPECIAL.some((cidr) => cidrContainsIp(cidr, ip));
}

export function addressIn(addresses: readonly [v4: string, v6: string], version: IpVersion): Ip {
  return parseIp(addresses[version === 4 ? 0 : 1])!;
}

export function isHosts(ip: Ip): boolean {
  const own = addressIn(HOST, ip.version);
  return own.value === ip.value;
}
