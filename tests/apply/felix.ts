import { createHash } from "node:crypto";
import type { Artifact } from "../../compiler/index.ts";

const OUR_COMMENT = /-m comment --comment "cali:[\w-]+"/;

/** What Felix leaves behind where it was killed between two of its steps: nothing leads there any more. */
const LEFTOVER_CHAINS = [":cali-pi-_AbandonedAbandoned - -", ":cali-tw-cali00000000000 - -"];
const LEFTOVER_RULES = [
  '-A cali-tw-cali00000000000 -m comment --comment "cali:AbandonedAbandon" -j DROP',
  '-A cali-pi-_AbandonedAbandoned -m comment --comment "cali:bandonedAbandone" -m set --match-set cali40s:abandonedabandonedabanx src -j RETURN',
];
/** A set that no policy needs, and one of those that Felix fills before it swaps them in (reference §5). */
const LEFTOVER_SETS = [
  "create cali40s:abandonedabandonedabanx hash:net family inet maxelem 1048576",
  "add cali40s:abandonedabandonedabanx 192.0.2.0/24",
  "create cali4t1 hash:net family inet maxelem 1048576",
];

/**
 * The same dataplane as Felix would have written it: with its rule ids, each a hash over all rules before it
 * (reference dataplane-iptables §8.1; `felix/iptables/rules.go`), and with what it may have left over. The hash is
 * taken over our own rendering, so it has the shape of Felix's and not the value.
 */
export function asFelix(artifacts: readonly Artifact[]): readonly Artifact[] {
  return artifacts.map(({ path, text }) => {
    if (path === "ipset.restore") return { path, text: `${text}${LEFTOVER_SETS.join("\n")}\n` };
    if (path === "iptables.restore") return { path, text: withLeftovers(withChainedIds(text)) };
    if (path === "ip6tables.restore") return { path, text: withChainedIds(text) };
    return { path, text };
  });
}

function withChainedIds(text: string): string {
  const hashes = new Map<string, Buffer>();
  let table = "";
  const rename = (line: string): string => {
    if (line.startsWith("*")) table = line;
    const [, verb = "", chain = ""] = /^-([AI]) (\S+)/.exec(line) ?? [];
    if (!OUR_COMMENT.test(line)) return line;
    const list = verb === "A" && /^[A-Z]+$/.test(chain) ? `${chain}*appends*` : chain;
    const before = hashes.get(`${table} ${list}`) ?? createHash("sha224").update(list).digest();
    const hashed = line.replace(OUR_COMMENT, "HASH").replace(/^-[AI] \S+/, `-A ${list}`);
    const hash = createHash("sha224").update(before).update(hashed).digest();
    hashes.set(`${table} ${list}`, hash);
    const id = hash.toString("base64url").slice(0, 16);
    return line.replace(OUR_COMMENT, `-m comment --comment "cali:${id}"`);
  };
  return text.split("\n").map(rename).join("\n");
}

function withLeftovers(text: string): string {
  const [before = "", filter = ""] = text.split(/^\*filter\n/m);
  return `${before}*filter\n${LEFTOVER_CHAINS.join("\n")}\n${filter.replace(/^COMMIT$/m, `${LEFTOVER_RULES.join("\n")}\nCOMMIT`)}`;
}
