import type { Dataplane, Match, TableName } from "../simulator/program.ts";
import type { Hook } from "./hooks.ts";

/** What of a hook the rules of a chain look at, those of the chains it leads to included. */
interface Mentioned {
  readonly arrivesBy: boolean;
  readonly leavesBy: boolean;
  readonly connection: boolean;
  readonly isForHost: boolean;
}

const NOTHING: Mentioned = { arrivesBy: false, leavesBy: false, connection: false, isForHost: false };

/** Knows when a chain does the same at two hooks, so that it is walked once for both. */
export class Mentions {
  readonly #dataplane: Dataplane;
  readonly #known = new Map<string, Mentioned>();

  constructor(dataplane: Dataplane) {
    this.#dataplane = dataplane;
  }

  /** Equal for hooks between which the chain cannot tell. */
  keyOf(hook: Hook, chain: string): string {
    const { table, view, arrivesBy, leavesBy, connection, isTranslated, isForHost, isFromHost } = hook;
    const mentioned = this.#of(table, chain);
    return [
      table,
      chain,
      view.isBefore,
      view.destination?.value,
      mentioned.arrivesBy ? arrivesBy : "",
      mentioned.leavesBy ? leavesBy : "",
      mentioned.connection ? `${connection} ${isTranslated}` : "",
      mentioned.isForHost ? `${isForHost} ${isFromHost}` : "",
    ].join(" ");
  }

  #of(table: TableName, chain: string): Mentioned {
    const key = `${table} ${chain}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let found = NOTHING;
    for (const { matches, target } of this.#dataplane.tables[table].get(chain) ?? []) {
      for (const match of matches) found = union(found, mentionedBy(match));
      if (target.kind === "jump" || target.kind === "goto")
        found = union(found, this.#of(table, target.chain));
    }
    this.#known.set(key, found);
    return found;
  }
}

function mentionedBy(match: Match): Mentioned {
  switch (match.kind) {
    case "interface":
      return { ...NOTHING, arrivesBy: match.direction === "in", leavesBy: match.direction === "out" };
    case "reverse-path-failed":
      return { ...NOTHING, arrivesBy: true };
    case "conntrack":
      return { ...NOTHING, connection: true };
    case "local-address":
      return { ...NOTHING, isForHost: true };
    case "header":
    case "mark":
    case "limit":
      return NOTHING;
  }
}

function union(a: Mentioned, b: Mentioned): Mentioned {
  return {
    arrivesBy: a.arrivesBy || b.arrivesBy,
    leavesBy: a.leavesBy || b.leavesBy,
    connection: a.connection || b.connection,
    isForHost: a.isForHost || b.isForHost,
  };
}
