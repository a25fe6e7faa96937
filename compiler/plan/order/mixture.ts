import { type Ip, type IpVersion, isSingleAddress } from "../../net/cidr.ts";
import type { Route, RouteKind, Translation } from "../../semantics/evaluator/route.ts";
import type { ConnectionState } from "../../semantics/packet.ts";
import {
  type Dataplane,
  type Match,
  type Rule,
  type Table,
  type TableName,
  UnreadableText,
} from "../../semantics/simulator/program.ts";
import type { Step } from "../../semantics/symbolic/hooks.ts";
import type { Moment } from "./moments.ts";

const TABLES: readonly TableName[] = ["raw", "mangle", "nat", "filter"];

/**
 * Two dataplanes side by side, the chains of each under names of their own; chains from which the same follows in both
 * are there once. A packet can then meet the one at one hook and the other at the next.
 */
export class Mixture {
  readonly dataplane: Dataplane;

  constructor(before: Dataplane, after: Dataplane) {
    const tables = Object.fromEntries(
      TABLES.map((name) => [name, mix(before.tables[name], after.tables[name])]),
    ) as Record<TableName, Table>;
    this.dataplane = { version: after.version, tables, sets: new Map(), routes: [] };
  }

  /** The steps as a packet meets them that sees the new tables from that moment on. */
  stepsAt(steps: readonly Step[], moment: Moment): readonly Step[] {
    return steps.map((step, i) =>
      step === "translate"
        ? step
        : { ...step, chain: this.#nameOf(step.table, step.chain, moment[i] === true) },
    );
  }

  #nameOf(table: TableName, chain: string, isAfter: boolean): string {
    const shared = `both/${chain}`;
    return this.dataplane.tables[table].has(shared) ? shared : `${isAfter ? "after" : "before"}/${chain}`;
  }
}

function mix(before: Table, after: Table): Table {
  const isShared = sharedBy(before, after);
  const nameIn = (side: "before" | "after", chain: string): string =>
    `${isShared(chain) ? "both" : side}/${chain}`;
  const renamed = (side: "before" | "after", table: Table) =>
    [...table].map(
      ([chain, rules]) => [nameIn(side, chain), rules.map((rule) => inChains(rule, side, nameIn))] as const,
    );
  return new Map([...renamed("before", before), ...renamed("after", after)]);
}

/** Whether a chain, and every chain that it leads to, reads the same in both. */
function sharedBy(before: Table, after: Table): (chain: string) => boolean {
  const known = new Map<string, boolean>();
  const isShared = (chain: string): boolean => {
    const found = known.get(chain);
    if (found !== undefined) return found;
    const [old, now] = [before.get(chain), after.get(chain)];
    const isSame =
      old !== undefined &&
      now !== undefined &&
      old.length === now.length &&
      old.every((rule, i) => rule.text === now[i]?.text && calledBy(rule).every(isShared));
    known.set(chain, isSame);
    return isSame;
  };
  return isShared;
}

function calledBy({ target }: Rule): readonly string[] {
  return target.kind === "jump" || target.kind === "goto" ? [target.chain] : [];
}

function inChains(
  rule: Rule,
  side: "before" | "after",
  nameIn: (side: "before" | "after", chain: string) => string,
): Rule {
  const { target } = rule;
  const matches = rule.matches.map(withoutRoutes);
  return target.kind === "jump" || target.kind === "goto"
    ? { ...rule, matches, target: { ...target, chain: nameIn(side, target.chain) } }
    : { ...rule, matches };
}

/** Which sources come by the interface of their route depends on the whole host: any may. A set can hold any, too. */
function withoutRoutes(match: Match): Match {
  return match.kind === "reverse-path-failed"
    ? {
        kind: "header",
        condition: {
          kind: "member",
          side: "source",
          set: { key: "sources that come another way", withPorts: false },
        },
      }
    : match;
}

const KINDS: readonly RouteKind[] = ["to-host", "forwarded", "sent", "sent-to-itself"];
const CONNECTIONS: readonly ConnectionState[] = ["new", "established", "related", "invalid"];

/** Every route through a host that has one of the dataplanes (as `semantics/verify/routes.ts` has them for a host). */
export function routesThrough(version: IpVersion, dataplanes: readonly Dataplane[]): readonly Route[] {
  const floating = new Map<string, Translation>();
  for (const { external, internal } of dataplanes.flatMap(floatingAddresses))
    floating.set(`${external.value} ${internal.value}`, { kind: "floating", external, internal });
  const translations: readonly Translation[] = [{ kind: "none" }, { kind: "others" }, ...floating.values()];
  return CONNECTIONS.flatMap((connection) =>
    KINDS.flatMap((kind) =>
      translations
        // Nobody translates what belongs to no connection; and floating addresses lead to workloads.
        .filter((translation) => translation.kind === "none" || connection !== "invalid")
        .filter((translation) => translation.kind !== "floating" || kind === "forwarded" || kind === "sent")
        .map((translation) => ({ version, kind, connection, translation })),
    ),
  );
}

/** What our rules translate: one address into another. Throws for a translation of more than one address. */
function floatingAddresses({
  tables,
}: Dataplane): readonly { readonly external: Ip; readonly internal: Ip }[] {
  return [...tables.nat.values()].flat().flatMap(({ matches, target, line, text }) => {
    if (target.kind !== "dnat") return [];
    const external = matches.flatMap((match) => {
      if (match.kind !== "header" || match.condition.kind !== "net") return [];
      const { side, cidr } = match.condition;
      return side === "destination" && isSingleAddress(cidr) ? [cidr] : [];
    })[0];
    if (external === undefined) throw new UnreadableText("nat", line, `translates many addresses: ${text}`);
    return [{ external, internal: target.to }];
  });
}
