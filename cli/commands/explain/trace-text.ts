import type { AskedTrace, PacketWords, Place, PointTrace, RuleTrace } from "../../../compiler/index.ts";

/** `tcp 10.65.0.2:40000 → 10.65.0.3:9000, in by cali1, out by cali2, new connection`. */
export function headerWords(packet: PacketWords): string {
  const { source, destination, sourcePort, destinationPort, protocol, icmp, translatedTo } = packet;
  const { arrivesBy, leavesBy, connection } = packet;
  const type = icmp === null ? "" : ` type ${icmp.type} code ${icmp.code}`;
  const ends = `${socket(source, sourcePort)} → ${socket(destination, destinationPort)}`;
  const translated =
    translatedTo === null ? "" : ` (translated to ${socket(translatedTo.destination, translatedTo.port)})`;
  const from = arrivesBy === null ? "sent by the host" : `in by ${arrivesBy}`;
  const to = leavesBy === null ? "for the host" : `out by ${leavesBy}`;
  const state = connection === "invalid" ? "no known connection" : `${connection} connection`;
  return `${protocol}${type} ${ends}${translated}, ${from}, ${to}, ${state}`;
}

function socket(address: string, port: number | null): string {
  if (port === null) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The enforcement points in order; under each, the policies and profiles that it asked. */
export function pointLines(points: readonly PointTrace[]): readonly string[] {
  if (points.length === 0) return ["    nothing here polices it"];
  return points.flatMap(({ point, endpoint, words, rule, asked }) => [
    `    ${point}${endpoint === null ? "" : ` of ${endpoint}`}: ${words}${at(rule?.place ?? null)}`,
    ...asked.flatMap(askedLines),
  ]);
}

/** What a policy or profile said; then the rules that it has but that are not for this packet's IP version. */
export function askedLines({ tier, name, place, matched, otherVersion }: AskedTrace): readonly string[] {
  const under = tier === null ? "profiles" : `tier ${tier}`;
  const said = matched.map(({ rule, action, place: of }) => `${rule} ${MATCHED[action]}${at(of)}`);
  const isDecided = matched.some(({ action }) => action !== "log");
  return [
    `      ${under}: ${name}${at(place)}: ${[...said, ...(isDecided ? [] : ["no rule decides"])].join(", ")}`,
    ...otherVersion.map(
      ({ rule, place, onlyFor }) =>
        `        ${rule} is for IPv${onlyFor} only, so it is left out${at(place)}`,
    ),
  ];
}

const MATCHED = { allow: "allows", deny: "denies", pass: "passes", log: "logs" } as const;

/** Names the rule for machines; file and line do so for people. */
const RULE_ID = /-m comment --comment "cali:[\w-]+" ?/;

/** The emitted rules that matched, hook by hook. */
export function ruleLines(rules: readonly RuleTrace[]): readonly string[] {
  if (rules.length === 0) return ["    no rule matches it"];
  let hook = "";
  return rules.flatMap((rule) => {
    const here = `${rule.table} ${rule.hook}`;
    const head = here === hook ? [] : [`    ${here}`];
    hook = here;
    return [...head, `      ${rule.file}:${rule.line}  ${rule.text.replace(RULE_ID, "")}`];
  });
}

function at(place: Place | null): string {
  return place === null ? "" : ` (${place.file}:${place.line})`;
}
