import type { CtState, Dataplane, Match, TableName } from "../simulator/program.ts";
import type { Hook } from "./hooks.ts";

/** What of a hook the rules of a chain look at, those of the chains it leads to included. */
interface Mentioned {
  readonly arrivesBy: boolean;
  readonly leavesBy: boolean;
  readonly connection: boolean;
  readonly translation: boolean;
  readonly isForHost: boolean;
  /** Bits of the mark. */
  readonly mark: number;
}

const NOTHING: Mentioned = {
  arrivesBy: false,
  leavesBy: false,
  connection: false,
  translation: false,
  isForHost: false,
  mark: 0,
};

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
      mentioned.connection ? connection : "",
      mentioned.translation ? isTranslated : "",
      mentioned.isForHost ? `${isForHost} ${isFromHost}` : "",
    ].join(" ");
  }

  /** The bits of the mark that the chain asks for. */
  markOf(table: TableName, chain: string): number {
    return this.#of(table, chain).mark;
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
    case "conntrack": {
      const isOfTranslation = (state: CtState) => state === "DNAT" || state === "SNAT";
      return {
        ...NOTHING,
        connection: !match.states.every(isOfTranslation),
        translation: match.states.some(isOfTranslation),
      };
    }
    case "local-address":
      return { ...NOTHING, isForHost: true };
    case "mark":
      return { ...NOTHING, mark: match.mask };
    case "header":
    case "limit":
      return NOTHING;
  }
}

function union(a: Mentioned, b: Mentioned): Mentioned {
  return {
    arrivesBy: a.arrivesBy || b.arrivesBy,
    leavesBy: a.leavesBy || b.leavesBy,
    connection: a.connection || b.connection,
    translation: a.translation || b.translation,
    isForHost: a.isForHost || b.isForHost,
    mark: (a.mark | b.mark) >>> 0,
  };
}
