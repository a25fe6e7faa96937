import type { Namespace } from "../kernel/namespace.ts";

interface SavedFrom {
  readonly space: Namespace;
}

/**
 * A whole host, ours and others', as the stock tools print it. Left out is only what never was anybody's choice:
 * counters, times, the order in which chains, sets and routes came, addresses that the kernel made up, routes of BIRD's own, and under which
 * version of its name a set is there (docs/apply.md). Rules keep their order.
 */
export async function savedHost({ space }: SavedFrom, variant: "nft" | "legacy"): Promise<string> {
  const rules = [
    await space.run(`iptables-${variant}-save`, []),
    await space.run(`ip6tables-${variant}-save`, []),
  ].map((text) => tablesOf(text).map(sortedByChain).join("\n"));
  const listings: readonly (readonly [tool: string, ...args: string[]])[] = [
    ["ipset", "save", "-sorted"],
    ["ip", "-4", "route", "show", "table", "all"],
    ["ip", "-6", "route", "show", "table", "all"],
    ["ip", "-4", "rule"],
    ["ip", "-6", "rule"],
    ["ip", "-br", "link"],
    ["ip", "-br", "addr"],
    ["ip", "neigh", "show", "nud", "permanent"],
    ["bridge", "fdb", "show"],
    ["tc", "qdisc", "show"],
    ["nft", "list", "tables", "arp"],
  ];
  const lists: string[] = [];
  for (const [tool, ...args] of listings) {
    const lines = (await space.run(tool, args)).split("\n").filter(isChosen).map(withoutChance);
    lists.push(`${tool} ${args.join(" ")}\n${lines.sort().join("\n")}`);
  }
  return [...rules, ...lists]
    .join("\n")
    .replaceAll(/\bcali[46]0\S+/g, (name) => name.replace(/~[\w-]{8}$/, "").slice(0, 22));
}

function tablesOf(save: string): readonly string[] {
  const tables = save
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/ ?\[\d+:\d+\]/g, "")
    .split(/^COMMIT\n/m);
  // Where the first rule of a table has gone again, the empty table stays.
  return tables.filter((table) => /^(:\S+ -|-A )/m.test(table)).toSorted();
}

/** The rules of one chain in their order, the chains by name. */
function sortedByChain(table: string): string {
  const [name = "", ...lines] = table.split("\n");
  const chains = Map.groupBy(lines, (line) => /^(?::|-A )(\S+)/.exec(line)?.[1] ?? "");
  return [name, ...[...chains].toSorted(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, rules]) => rules)].join(
    "\n",
  );
}

/** Hardware addresses, what follows from them, and numbers of the kernel's own. */
function withoutChance(line: string): string {
  return line
    .replaceAll(/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "MAC")
    .replaceAll(/\bfe80::[0-9a-f:]+\/64/g, "")
    .replaceAll(/ (?:pref medium|expires \d+sec|(?:hashsize|bucketsize|initval) \w+)/g, "")
    .replaceAll(/@if\d+/g, "")
    .trimEnd();
}

function isChosen(line: string): boolean {
  // Multicast groups that an interface of its own accord listens to.
  const isOwnGroup = / self permanent$/.test(line) && !line.includes(" dst ");
  return (
    !isOwnGroup && line !== "" && !/^(?:multicast ff00::|(?:anycast |local )?fe80::)| proto bird /.test(line)
  );
}
