import fc from "fast-check";
import { type HostState, readBundle } from "../../runtime/apply/state.ts";

/**
 * A host small enough to be all of it in view. Chains hold names of what their rules lead to: `accept`, `drop`, a
 * chain, or `@set`. Rules are told apart by what they do, so a chain holds each at most once.
 */
export interface SmallHost {
  readonly chains: Readonly<Record<string, readonly string[]>>;
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** Device by destination. */
  readonly routes: Readonly<Record<string, string>>;
  /** Static routes of BIRD: prefixes. */
  readonly announced: readonly string[];
  readonly peers: readonly string[];
}

const CHAINS = ["a", "b", "c", "d"];
const SETS = ["s", "t", "u"];
const MEMBERS = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
const DESTINATIONS = ["10.1.0.1/32", "10.1.0.2/32", "10.1.0.3/32"];
const PREFIXES = ["10.2.0.0/26", "10.2.0.64/26", "10.2.0.128/26"];
const PEERS = ["Mesh_1", "Mesh_2", "Mesh_3"];

const targets = ["accept", "drop", ...CHAINS, ...SETS.map((set) => `@${set}`)];

const some = <T>(items: readonly T[]): fc.Arbitrary<readonly T[]> => fc.subarray([...items]);

function record<T>(
  keys: readonly string[],
  value: fc.Arbitrary<T>,
): fc.Arbitrary<Readonly<Record<string, T>>> {
  return fc.dictionary(fc.constantFrom(...keys), value, { noNullPrototype: true });
}

/** Any host on which nothing leads to what is not there. */
export const smallHosts: fc.Arbitrary<SmallHost> = fc
  .record({
    chains: record(CHAINS, fc.shuffledSubarray(targets, { maxLength: 3 })),
    sets: record(SETS, some(MEMBERS)),
    routes: record(DESTINATIONS, fc.constantFrom("cali1", "cali2")),
    announced: some(PREFIXES),
    peers: some(PEERS),
  })
  .map(whole);

/** The same without the rules that lead nowhere. */
export function whole(host: SmallHost): SmallHost {
  return {
    ...host,
    chains: Object.fromEntries(
      Object.entries(host.chains).map(([name, rules]) => [name, rules.filter((rule) => isThere(host, rule))]),
    ),
  };
}

export function isThere({ chains, sets }: SmallHost, target: string): boolean {
  if (target === "accept" || target === "drop") return true;
  return target.startsWith("@") ? target.slice(1) in sets : target in chains;
}

/** `to` with each of its parts taken from `from` as chance wants, so that two hosts have much in common. */
export function mixed(from: SmallHost, to: SmallHost, taken: readonly string[]): SmallHost {
  const mix = <T>(kind: string, a: Readonly<Record<string, T>>, b: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key): [string, T][] => {
        const value = taken.includes(`${kind} ${key}`) ? a[key] : b[key];
        return value === undefined ? [] : [[key, value]];
      }),
    );
  return whole({
    chains: mix("chain", from.chains, to.chains),
    sets: mix("set", from.sets, to.sets),
    routes: mix("route", from.routes, to.routes),
    announced: taken.includes("announced") ? from.announced : to.announced,
    peers: taken.includes("peers") ? from.peers : to.peers,
  });
}

/** All names by which `mixed` takes parts. */
export const PARTS: readonly string[] = [
  ...CHAINS.map((name) => `chain ${name}`),
  ...SETS.map((name) => `set ${name}`),
  ...DESTINATIONS.map((name) => `route ${name}`),
  "announced",
  "peers",
];

/** As a bundle has it. */
export function stateOf(host: SmallHost): HostState {
  const chains = Object.entries(host.chains);
  const rules = chains.flatMap(([name, targets]) =>
    targets.map(
      (target) =>
        `-A cali-${name} -m comment --comment "cali:${name}-${target.replace("@", "_")}" ${spec(target)}`,
    ),
  );
  const restore = ["*filter", ...chains.map(([name]) => `:cali-${name} - [0:0]`), ...rules, "COMMIT", ""];
  const sets = Object.entries(host.sets).flatMap(([name, members]) => [
    `create cali40${name} hash:net family inet maxelem 1048576`,
    ...members.map((member) => `add cali40${name} ${member}`),
  ]);
  const routes = Object.entries(host.routes).map(
    ([destination, dev]) => `route replace ${destination} dev ${dev} proto 80 scope link`,
  );
  return readBundle([
    ...(chains.length === 0 ? [] : [{ path: "iptables.restore", text: restore.join("\n") }]),
    { path: "ipset.restore", text: sets.map((line) => `${line}\n`).join("") },
    { path: "ip.batch", text: routes.map((line) => `${line}\n`).join("") },
    { path: "bird.conf", text: birdConf(host) },
  ]);
}

function spec(target: string): string {
  if (target.startsWith("@")) return `-m set --match-set cali40${target.slice(1)} src -j ACCEPT`;
  return `-j ${target === "accept" || target === "drop" ? target.toUpperCase() : `cali-${target}`}`;
}

function birdConf({ announced, peers }: SmallHost): string {
  const routes = PREFIXES.filter((prefix) => announced.includes(prefix)).map(
    (prefix) => `  route ${prefix} blackhole;`,
  );
  return [
    "# calicoctl bird.conf 1, node n1",
    "log stderr all;",
    "router id 10.0.0.1;",
    "timeformat protocol iso long;",
    "",
    "protocol static Blocks {",
    "  ipv4;",
    ...routes,
    "}",
    "",
    ...PEERS.filter((peer) => peers.includes(peer)).flatMap((peer) => [
      `protocol static ${peer} {`,
      "  ipv4;",
      "}",
      "",
    ]),
  ].join("\n");
}
