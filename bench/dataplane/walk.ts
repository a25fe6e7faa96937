// How many rules and sets one packet met, read from the kernel's counters: the difference of two
// `iptables-save -c` around the packet says which rules matched, and the order of the rules says which were tried.

/** What one packet met, over all hooks. */
export interface Cost {
  /** Rules whose matches were tried, whether or not they matched. */
  readonly rules: number;
  /** Set lookups that were reached inside those rules. */
  readonly lookups: number;
}

export interface CountedPacket {
  readonly protocol: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationPort: number;
}

/** Is the address in the set? Asked only where the counters cannot tell: a rule with several sets that did not match. */
export type SetTest = (set: string, address: string) => Promise<boolean>;

interface SavedRule {
  readonly text: string;
  /** Words of the rule after its chain, without comments. */
  readonly words: readonly string[];
  readonly packets: number;
}

/** `table chain` → rules, of one `iptables-save -c`. */
type Ruleset = ReadonlyMap<string, readonly SavedRule[]>;

const BUILTIN = new Set(["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]);
const TERMINAL = new Set(["ACCEPT", "DROP", "REJECT", "DNAT", "SNAT", "MASQUERADE"]);
/** What may stand before a set match whose rule did not match. */
const KNOWN = new Set(["-p", "-m", "--dports"]);

/**
 * The cost of the only packet between the two counts. Throws when the counters cannot come from one packet: a rule
 * that matched twice, or one that matched where no packet came by.
 */
export async function costOfPacket(
  before: string,
  after: string,
  packet: CountedPacket,
  isMember: SetTest,
): Promise<Cost> {
  const walk = new Walk(difference(parseSave(before), parseSave(after)), packet, isMember);
  return walk.run();
}

function parseSave(text: string): Ruleset {
  const chains = new Map<string, SavedRule[]>();
  let table = "";
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) table = line.slice(1);
    else if (line.startsWith(":")) chains.set(`${table} ${line.slice(1).split(" ")[0]}`, []);
    const rule = /^\[(\d+):\d+\] -A (\S+) ?(.*)$/.exec(line);
    if (rule === null) continue;
    const [, packets, chain, rest] = rule;
    const words = rest!.replaceAll(/-m comment --comment (?:"(?:[^"\\]|\\.)*"|\S+)/g, "").split(" ");
    chains
      .get(`${table} ${chain}`)!
      .push({ text: rest!, words: words.filter((word) => word !== ""), packets: Number(packets) });
  }
  return chains;
}

function difference(before: Ruleset, after: Ruleset): Ruleset {
  return new Map(
    [...after].map(([chain, rules]) => [
      chain,
      rules.map((rule, i) => {
        const earlier = before.get(chain)?.[i];
        if (earlier?.text !== rule.text) throw new Error(`the rules of ${chain} changed between the counts`);
        return { ...rule, packets: rule.packets - earlier.packets };
      }),
    ]),
  );
}

class Walk {
  readonly #rules: Ruleset;
  readonly #packet: CountedPacket;
  readonly #isMember: SetTest;
  readonly #passed = new Set<SavedRule>();
  #tried = 0;
  #lookups = 0;

  constructor(rules: Ruleset, packet: CountedPacket, isMember: SetTest) {
    this.#rules = rules;
    this.#packet = packet;
    this.#isMember = isMember;
  }

  async run(): Promise<Cost> {
    for (const [key, rules] of this.#rules) {
      const [table, chain] = key.split(" ");
      // The hooks that the packet came by: every table of ours starts with a jump that takes all packets.
      if (BUILTIN.has(chain!) && rules.some(({ packets }) => packets > 0)) await this.#chain(table!, chain!);
    }
    for (const [chain, rules] of this.#rules)
      for (const rule of rules)
        if (rule.packets !== Number(this.#passed.has(rule)))
          throw new Error(`not one packet's counters: ${chain} ${rule.text} matched ${rule.packets} times`);
    return { rules: this.#tried, lookups: this.#lookups };
  }

  /** True when the packet's way through this hook ended in the chain; false when it goes on behind the jump. */
  async #chain(table: string, chain: string): Promise<boolean> {
    for (const rule of this.#rules.get(`${table} ${chain}`)!) {
      this.#tried++;
      const matched = rule.packets > 0;
      this.#lookups += await this.#lookupsOf(rule, matched);
      if (!matched) continue;
      if (this.#passed.has(rule)) throw new Error(`the packet came twice by ${chain} ${rule.text}`);
      this.#passed.add(rule);
      const target = argumentOf(rule.words, "-j") ?? argumentOf(rule.words, "-g") ?? "";
      if (TERMINAL.has(target)) return true;
      if (target === "RETURN") return false;
      if (!this.#rules.has(`${table} ${target}`)) continue;
      const ended = await this.#chain(table, target);
      if (ended || rule.words.includes("-g")) return ended;
    }
    return false;
  }

  /** The kernel tries the protocol first, then the matches in the order of the rule, until one fails. */
  async #lookupsOf({ words, text }: SavedRule, matched: boolean): Promise<number> {
    const sets = words.flatMap((word, i) =>
      word === "--match-set"
        ? [{ set: words[i + 1]!, direction: words[i + 2]!, negated: words[i - 1] === "!" }]
        : [],
    );
    if (matched) return sets.length;
    if (sets.length === 0 || this.#failsBeforeSets(words)) return 0;
    for (const [i, { set, direction, negated }] of sets.slice(0, -1).entries()) {
      if (direction.includes(",")) throw new Error(`cannot tell how many sets were asked: ${text}`);
      const address = direction === "src" ? this.#packet.source : this.#packet.destination;
      if ((await this.#isMember(set, address)) === negated) return i + 1;
    }
    return sets.length;
  }

  /** Throws for a match that it does not know, because the number of lookups would be a guess. */
  #failsBeforeSets(words: readonly string[]): boolean {
    const first = words.indexOf("--match-set");
    const head = words.slice(0, words[first - 1] === "!" ? first - 1 : first);
    const unknown = head.find((word) => /^[-!]/.test(word) && !KNOWN.has(word));
    if (unknown !== undefined) throw new Error(`cannot tell whether ${unknown} matched`);
    const protocol = argumentOf(head, "-p");
    if (protocol !== undefined && protocol !== this.#packet.protocol) return true;
    const ports = argumentOf(head, "--dports");
    return ports !== undefined && !hasPort(ports, this.#packet.destinationPort);
  }
}

function argumentOf(words: readonly string[], flag: string): string | undefined {
  const at = words.indexOf(flag);
  return at === -1 ? undefined : words[at + 1];
}

/** Of a multiport list, `80,8000:8080`. */
function hasPort(list: string, port: number): boolean {
  return list.split(",").some((range) => {
    const [first, last = first] = range.split(":");
    return Number(first) <= port && port <= Number(last);
  });
}
