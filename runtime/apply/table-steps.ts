import type { IptablesChange, IptablesState } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import type { TableOrders } from "./commit-order.ts";
import { must } from "./must.ts";
import { restoreText, type TablePlace } from "./restore-text.ts";
import type { Step } from "./steps.ts";

export type PlacedChange = Extract<IptablesChange, TablePlace>;

/** One commit of one table. */
export interface TableInput {
  readonly place: TablePlace;
  /** For `iptables-restore --noflush`. */
  readonly input: string;
  /** Those of ours whose rules it changes, beside rules in the kernel's chains; `undefined` where one of ours goes. */
  readonly chains: readonly string[] | undefined;
}

/** Where no other order is given: as packets meet the tables; where all of ours goes, the opposite one. */
export function tableInputs(
  changes: readonly IptablesChange[],
  target: IptablesState,
  orders: TableOrders = {},
): readonly TableInput[] {
  const placed = changes.filter((change): change is PlacedChange => "table" in change);
  const byPlace = Map.groupBy(placed, ({ version, table }) => `${version} ${table}`);
  const inputs = [...byPlace.values()].flatMap((own): readonly TableInput[] => {
    const [first] = own;
    if (first === undefined) return [];
    const place = { version: first.version, table: first.table };
    return [{ place, input: restoreText(place, own, target), chains: chainsOf(own) }];
  });
  const usual = target.rulesets.length === 0 ? inputs.toReversed() : inputs;
  return usual.toSorted((a, b) => {
    const order = a.place.version === b.place.version ? orders[a.place.version] : undefined;
    return order === undefined ? 0 : order.indexOf(a.place.table) - order.indexOf(b.place.table);
  });
}

function chainsOf(changes: readonly PlacedChange[]): readonly string[] | undefined {
  const chains = new Set<string>();
  for (const change of changes) {
    if (change.kind === "chain-removed") return undefined;
    if ("chain" in change) chains.add(typeof change.chain === "string" ? change.chain : change.chain.name);
  }
  return [...chains];
}

/**
 * Where a version takes more than one commit, tests come before the first, so that no packet meets a part of what one
 * of them refuses. One commit needs no test: if it fails it has changed nothing. Neither does a host that has nothing
 * of ours, or shall have nothing: in between it drops only what the end with tables drops.
 */
export function tableSteps(
  changes: readonly IptablesChange[],
  live: IptablesState,
  target: IptablesState,
  orders: TableOrders,
): readonly Step[] {
  const inputs = tableInputs(changes, target, orders);
  const hasTables = ({ rulesets }: IptablesState, version: 4 | 6): boolean =>
    rulesets.some((ruleset) => ruleset.version === version && ruleset.tables.length > 0);
  const isTested = ({ place: { version } }: TableInput): boolean =>
    hasTables(live, version) &&
    hasTables(target, version) &&
    inputs.filter(({ place }) => place.version === version).length > 1;
  return [
    ...inputs.filter(isTested).map((input) => tableStep("test", input, ["--test"])),
    ...inputs.map((input) => tableStep("commit", input, [])),
  ];
}

function tableStep(verb: string, { place, input, chains }: TableInput, options: readonly string[]): Step {
  const name = `${verb} IPv${place.version} ${place.table}`;
  const run = (host: Host): Promise<void> => {
    const tool = `${place.version === 4 ? "iptables" : "ip6tables"}-${host.iptablesVariant}-restore`;
    return must(host, name, [tool, "--noflush", "--wait", "10", ...options], input);
  };
  return {
    name,
    place,
    ...(chains === undefined ? {} : { chains }),
    writes: verb === "test" ? [] : ["rules"],
    run,
  };
}
