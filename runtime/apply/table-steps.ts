import type { IptablesChange, IptablesState } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { must } from "./must.ts";
import { restoreText, type TablePlace } from "./restore-text.ts";
import type { Step } from "./steps.ts";

export type PlacedChange = Extract<IptablesChange, TablePlace>;

/** One commit of one table. */
export interface TableInput {
  readonly place: TablePlace;
  /** For `iptables-restore --noflush`. */
  readonly input: string;
}

/** In the order in which packets meet the tables; where all of ours goes, in the opposite one. */
export function tableInputs(
  changes: readonly IptablesChange[],
  target: IptablesState,
): readonly TableInput[] {
  const placed = changes.filter((change): change is PlacedChange => "table" in change);
  const byPlace = Map.groupBy(placed, ({ version, table }) => `${version} ${table}`);
  const inputs = [...byPlace.values()].flatMap((own): readonly TableInput[] => {
    const [first] = own;
    if (first === undefined) return [];
    const place = { version: first.version, table: first.table };
    return [{ place, input: restoreText(place, own, target) }];
  });
  return target.rulesets.length === 0 ? inputs.toReversed() : inputs;
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
): readonly Step[] {
  const inputs = tableInputs(changes, target);
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

function tableStep(verb: string, { place, input }: TableInput, options: readonly string[]): Step {
  const name = `${verb} IPv${place.version} ${place.table}`;
  const run = (host: Host): Promise<void> => {
    const tool = `${place.version === 4 ? "iptables" : "ip6tables"}-${host.iptablesVariant}-restore`;
    return must(host, name, [tool, "--noflush", "--wait", "10", ...options], input);
  };
  return { name, place, writes: verb === "test" ? [] : ["rules"], run };
}
