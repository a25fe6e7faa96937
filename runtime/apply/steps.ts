import {
  ARP_TABLE,
  formatShaper,
  type IptablesChange,
  iptablesBackend,
  routesBackend,
  type ShapingChange,
  shapingBackend,
} from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { type BirdAnswer, loadBird, stopBird } from "./bird-step.ts";
import type { Goal } from "./goal.ts";
import { must } from "./must.ts";
import type { Part } from "./observe.ts";
import { growingSetLines, shrinkingSetLines, type TablePlace } from "./restore-text.ts";
import { isMade, isUnmade, routingSteps, significantChanges } from "./routing-steps.ts";
import { askedSets } from "./set-versions.ts";
import { BIRD_CONF, type HostState } from "./state.ts";
import { tableSteps } from "./table-steps.ts";

/** One call of a tool, or the few that belong together. */
export interface Step {
  readonly name: string;
  /** Of a step that commits rules: a failure may be another writer's doing, and is looked into. */
  readonly place?: TablePlace;
  /** See `TableInput`. */
  readonly chains?: readonly string[];
  /** What has to be read back after it. */
  readonly writes: readonly Part[];
  run(host: Host): Promise<void> | Promise<BirdAnswer>;
}

/** What leads from one state of a host to another. */
export interface Steps {
  /** Up to and with the switch; a failure here is taken back. */
  readonly reversible: readonly Step[];
  /** What nothing refers to any more; only after the new state is there for good. */
  readonly cleanup: readonly Step[];
}

type SetChange = Exclude<IptablesChange, TablePlace | { readonly interfaceName: string }>;

/** BIRD changes routes as soon as it has its file. */
const BIRD_WRITES: readonly Part[] = ["bird", "routing"];

/** Empty iff the host is where it shall be. `attempt` counts from 0. */
export function stepsBetween(live: HostState, goal: Goal, attempt: number): Steps {
  const changes = iptablesBackend.diff(live.iptables, goal.state.iptables);
  const arp = changes.filter(({ kind }) => kind.startsWith("arp-"));
  const sets = changes.filter((change): change is SetChange => "set" in change && !("table" in change));
  const asked = askedSets(live.iptables);
  const isAsked = ({ set }: SetChange): boolean => asked.has(set.name);
  const routing = significantChanges(routesBackend.diff(live.routing, goal.state.routing), attempt, goal);
  const { bird } = goal.state;
  const loadsBird = bird !== undefined && (bird !== live.bird || (goal.reloadBird && attempt === 0));
  return {
    reversible: [
      // What no rule asks yet is made as it shall be; what is asked only grows until the rules have changed.
      ...setStep("fill sets", [
        ...growingSetLines(sets),
        ...shrinkingSetLines(sets.filter((set) => !isAsked(set))),
      ]),
      ...routingSteps("make links and addresses", routing.filter(isMade)),
      ...tableSteps(changes, live.iptables, goal.state.iptables, goal.tableOrders),
      ...setStep("shrink sets", shrinkingSetLines(sets.filter(isAsked))),
      ...(arp.length > 0 ? [arpStep(goal)] : []),
      ...routingSteps(
        "change routes",
        routing.filter((change) => !isMade(change) && !isUnmade(change)),
      ),
      ...shapingStep(shapingBackend.diff(live.shaping, goal.state.shaping)),
      ...(loadsBird
        ? [
            {
              name: `load ${BIRD_CONF}`,
              writes: BIRD_WRITES,
              run: (host: Host) => loadBird(host, bird, goal, live.bird),
            },
          ]
        : []),
    ],
    cleanup: [
      ...setStep(
        "destroy sets",
        sets.flatMap((change) => (change.kind === "set-removed" ? [`destroy ${change.set.name}`] : [])),
      ),
      ...routingSteps("delete links", routing.filter(isUnmade)),
      ...(bird === undefined && live.bird !== undefined
        ? [{ name: "stop BIRD", writes: BIRD_WRITES, run: (host: Host) => stopBird(host, goal) }]
        : []),
    ],
  };
}

function setStep(name: string, lines: readonly string[]): readonly Step[] {
  if (lines.length === 0) return [];
  const input = `${lines.join("\n")}\n`;
  return [{ name, writes: ["sets"], run: (host) => must(host, name, ["ipset", "restore"], input) }];
}

/** The whole table in one transaction: it is small, and `nft` has no `replace`. */
function arpStep(goal: Goal): Step {
  const artifacts = iptablesBackend.print({ ...goal.state.iptables, rulesets: [], ipSets: { sets: [] } }, "");
  const wanted = artifacts.map(({ text }) => text).join("");
  const input = `table arp ${ARP_TABLE}\ndelete table arp ${ARP_TABLE}\n${wanted}`;
  const name = "replace the ARP guard";
  return { name, writes: ["arp"], run: (host) => must(host, name, ["nft", "-f", "-"], input) };
}

function shapingStep(changes: readonly ShapingChange[]): readonly Step[] {
  if (changes.length === 0) return [];
  const name = "limit bandwidth";
  const input = `${changes.flatMap(shapingLines).join("\n")}\n`;
  return [{ name, writes: ["shaping"], run: (host) => must(host, name, ["tc", "-batch", "-"], input) }];
}

/** A limit that changes is taken off first: for that moment the interface has none. */
function shapingLines({ op, shaper }: ShapingChange): readonly string[] {
  const place = shaper.direction === "to-workload" ? "root" : "ingress";
  const removal = `qdisc del dev ${shaper.interfaceName} ${place}`;
  return [...(op === "add" ? [] : [removal]), ...(op === "delete" ? [] : formatShaper(shaper))];
}
