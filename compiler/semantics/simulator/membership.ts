import { cidrKey, cidrOf, type Ip } from "../../net/cidr.ts";
import type { Membership } from "../holds.ts";
import type { SetContents } from "./program.ts";

/** What is in the sets, by what the text adds to them; the key of a set's definition is its name. */
export function membershipOf(sets: ReadonlyMap<string, SetContents>): Membership {
  const indexes = new Map<string, Index>();
  return ({ key }, { ip, protocol, port }) => {
    const contents = sets.get(key);
    if (contents === undefined) throw new Error(`there is no set ${key}`);
    let index = indexes.get(key);
    if (index === undefined) {
      index = indexOf(contents);
      indexes.set(key, index);
    }
    if (contents.withPorts) return port !== undefined && index.triples.has(tripleKey(ip, protocol, port));
    return index.lengths.some((length) => index.nets.has(cidrKey(cidrOf(ip, length))));
  };
}

interface Index {
  readonly nets: ReadonlySet<number | bigint>;
  /** Prefix lengths that occur. */
  readonly lengths: readonly number[];
  readonly triples: ReadonlySet<string>;
}

function indexOf({ nets, triples }: SetContents): Index {
  return {
    nets: new Set(nets.map(cidrKey)),
    lengths: [...new Set(nets.map(({ length }) => length))],
    triples: new Set(triples.map(({ ip, protocol, port }) => tripleKey(ip, protocol, port))),
  };
}

function tripleKey({ value }: Ip, protocol: number, port: number): string {
  return `${value},${protocol},${port}`;
}
