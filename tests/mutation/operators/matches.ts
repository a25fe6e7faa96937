import { matchesOf, type Part, withPart, withWordBehind, wordBehind } from "../rule-line.ts";
import { neighbourOf, type Replacement, type RuleSite } from "./context.ts";
import { marksNear, netsNear, portListsNear } from "./numbers.ts";

/** Every change of one match of the rule. */
export function changedMatches(site: RuleSite): readonly Replacement[] {
  const { rule } = site;
  return matchesOf(rule).flatMap(({ index, part }) => {
    const replaced = (operator: Replacement["operator"], other: Part): Replacement => ({
      operator,
      change: `${part.join(" ")} → ${other.join(" ")}`,
      rule: withPart(rule, index, other),
    });
    return [
      { operator: "remove a match", change: part.join(" "), rule: withPart(rule, index, undefined) } as const,
      ...negations(part).map((other) => replaced("negate a match", other)),
      ...changedValues(part, site).map(([operator, other]) => replaced(operator, other)),
    ];
  });
}

const WITHOUT_NEGATION: readonly string[] = ["limit", "connlimit", "tcp"];

function negations(part: Part): readonly Part[] {
  const at = part.indexOf("!");
  if (at >= 0) return [part.toSpliced(at, 1)];
  if (part[0] !== "-m") return [["!", ...part]];
  if (part[1] === "rpfilter") return [part.filter((word) => word !== "--invert")];
  return WITHOUT_NEGATION.includes(part[1]!) ? [] : [part.toSpliced(2, 0, "!")];
}

type Changed = readonly [operator: Replacement["operator"], part: Part];

function changedValues(part: Part, site: RuleSite): readonly Changed[] {
  const option = part.find(
    (word, i) => word.startsWith("-") && (part[0] !== "-m" || i >= 2) && word !== "-m",
  );
  if (option === undefined) return [];
  const value = wordBehind(part, option)!;
  const to = (operator: Replacement["operator"], values: readonly string[]): readonly Changed[] =>
    values.map((other) => [operator, withWordBehind(part, option, other)]);
  switch (option) {
    case "-s":
    case "-d":
      return [
        ...to("change a network", netsNear(value)),
        ["change a side", part.map((word) => (word === "-s" ? "-d" : word === "-d" ? "-s" : word))],
      ];
    case "-i":
    case "-o":
      return to("change an interface", interfacesNear(value, site));
    case "-p":
      return to("change a protocol", PROTOCOLS_NEAR[value] ?? [String((Number(value) + 1) % 256), "tcp"]);
    case "--sports":
    case "--dports": {
      const other = option === "--sports" ? "--dports" : "--sports";
      return [
        ...to("change a port", portListsNear(value)),
        ["change a side", part.map((word) => (word === option ? other : word))],
      ];
    }
    case "--icmp-type":
    case "--icmpv6-type":
      return to("change an ICMP type", icmpTypesNear(value));
    case "--mark":
      return to("change a mark", marksNear(value));
    case "--ctstate":
      return to("change connection states", statesNear(value));
    case "--match-set":
      return setsNear(part, value, site);
    case "--src-type":
    case "--dst-type": {
      const other = option === "--src-type" ? "--dst-type" : "--src-type";
      return [["change a side", part.map((word) => (word === option ? other : word))]];
    }
    case "--limit":
    case "--connlimit-above":
      return to("change a limit", [value.replace(/\d+/, (digits) => String(Number(digits) + 1))]);
    default:
      return [];
  }
}

const PROTOCOLS_NEAR: Readonly<Record<string, readonly string[]>> = {
  tcp: ["udp", "sctp"],
  udp: ["tcp", "udplite"],
  sctp: ["tcp", "udp"],
  udplite: ["udp", "tcp"],
  icmp: ["udp", "2"],
  "ipv6-icmp": ["udp", "59"],
};

/** Another of the file's interfaces, all with its prefix, or a prefix that is wider or no prefix any more. */
function interfacesNear(name: string, { interfaces }: RuleSite): readonly string[] {
  const others = [neighbourOf(interfaces, name, 1), neighbourOf(interfaces, name, -1)];
  const stem = name.replace(/\+$/, "");
  const near = name.endsWith("+") ? [stem, `${stem.slice(0, -1)}+`, `${stem}0+`] : [`${name}+`, `${name}0`];
  return [...new Set([...others.filter((other) => other !== undefined), ...near])].filter(
    (other) => other !== "+" && other !== "" && other.length <= 15,
  );
}

function icmpTypesNear(text: string): readonly string[] {
  const [type, code] = text.split("/").map(Number) as [number, number?];
  const print = (t: number, c: number | undefined) => (c === undefined ? String(t) : `${t}/${c}`);
  const types = [type - 1, type + 1].filter((t) => t >= 0 && t < 255).map((t) => print(t, code));
  const codes = code === undefined ? [0] : [code - 1, code + 1];
  return [
    ...types,
    ...codes.filter((c) => c >= 0 && c <= 255).map((c) => print(type, c)),
    ...(code === undefined ? [] : [print(type, undefined)]),
  ];
}

const STATES = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "DNAT"] as const;

/** Lists without one of the states, with one more, and with another in the place of the first. */
function statesNear(text: string): readonly string[] {
  const states = text.split(",");
  const fewer = states.length > 1 ? states.map((_, i) => states.toSpliced(i, 1)) : [];
  const others = STATES.filter((state) => !states.includes(state));
  return [...fewer, ...others.map((o) => [...states, o]), ...others.map((o) => states.with(0, o))].map(
    (list) => list.join(","),
  );
}

function setsNear(part: Part, name: string, { sets }: RuleSite): readonly Changed[] {
  const withPorts = sets.get(name)?.withPorts;
  const alike = [...sets].filter(([, set]) => set.withPorts === withPorts).map(([other]) => other);
  const others = [neighbourOf(alike, name, 1), neighbourOf(alike, name, -1)].filter((o) => o !== undefined);
  const flipped = part.map((word, i) =>
    i < part.length - 1 ? word : word.replaceAll(/src|dst/g, (flag) => (flag === "src" ? "dst" : "src")),
  );
  return [
    ...[...new Set(others)].map(
      (other) => ["change a set", withWordBehind(part, "--match-set", other)] as const,
    ),
    ["change a side", flipped],
  ];
}
