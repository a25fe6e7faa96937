import type { Artifact } from "../backends/backend.ts";

/**
 * What the comments of a bundle say of the chains and sets below them. Parsing drops them, as they are no part of what
 * a host enforces; a plan gives them as the reason of a change. (Routes and the statements of `bird.conf` keep theirs.)
 */
export type Headings = ReadonlyMap<string, string>;

const SETS = "ipset.restore";

export function chainHeadingKey(artifact: string, table: string, chain: string): string {
  return `${artifact} ${table} ${chain}`;
}

export function setHeadingKey(name: string): string {
  return `${SETS} ${name}`;
}

export function readHeadings(artifacts: readonly Artifact[]): Headings {
  const headings = new Map<string, string>();
  for (const { path, text } of artifacts) {
    if (path === "iptables.restore" || path === "ip6tables.restore") readChains(path, text, headings);
    else if (path === SETS) readSets(text, headings);
  }
  return headings;
}

/**
 * A chain without rules shows only by its place: in each table one block per chain follows the hooks, each after a
 * blank line, in the order of the declarations.
 */
function readChains(path: string, text: string, headings: Map<string, string>): void {
  let table = "";
  let chains: string[] = [];
  let block = -1;
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) {
      table = line.slice(1);
      chains = [];
      block = -1;
    } else if (line.startsWith(":")) chains.push(line.slice(1, line.indexOf(" ")));
    else if (line === "") block++;
    else if (line.startsWith("# ")) {
      const chain = chains[block];
      if (chain !== undefined) append(headings, chainHeadingKey(path, table, chain), line.slice(2));
    }
  }
}

function readSets(text: string, headings: Map<string, string>): void {
  let above: string[] = [];
  for (const line of text.split("\n")) {
    const [, set] = /^create (\S+) /.exec(line) ?? [];
    if (set !== undefined) for (const words of above) append(headings, setHeadingKey(set), words);
    above = line.startsWith("# ") ? [...above, line.slice(2)] : [];
  }
}

function append(headings: Map<string, string>, key: string, words: string): void {
  const before = headings.get(key);
  headings.set(key, before === undefined ? words : `${before}; ${words}`);
}
