import { DEFAULT_OWNERSHIP } from "../../compiler/index.ts";
import { apply } from "../../runtime/apply/apply.ts";
import type { Goal } from "../../runtime/apply/goal.ts";
import { observe } from "../../runtime/apply/observe.ts";
import { onDevices, presentDevices, shapedOn } from "../../runtime/apply/present-devices.ts";
import { chooseSetNames } from "../../runtime/apply/set-versions.ts";
import { readBundle } from "../../runtime/apply/state.ts";
import { stepsBetween } from "../../runtime/apply/steps.ts";
import { type ApplyTarget, DEFAULT_BIRD } from "../../runtime/apply/target.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { addForeign } from "./foreign.ts";
import { workloadDevices } from "./hosts.ts";
import type { PlanCase } from "./plans.ts";

/** A machine with Docker's and kube-proxy's parts on it, the devices of both bundles, and the first bundle applied. */
export async function machineAt(plan: PlanCase): Promise<FakeMachine> {
  const machine = new FakeMachine();
  addDevices(machine, plan);
  await addForeign(machine.host());
  await apply(machine.host(), plan.from, { acceptWindow: true });
  return machine;
}

export function addDevices({ kernel }: FakeMachine, { from, to }: PlanCase): void {
  for (const name of ["lo", "eth0", "docker0", ...workloadDevices([...from.artifacts, ...to.artifacts])])
    kernel.routing.addDevice(name);
}

/** Everything that is not ours, in its order. */
export async function foreignState(machine: FakeMachine): Promise<readonly string[]> {
  const host = machine.host();
  const print = async (tool: string, ...args: readonly string[]): Promise<readonly string[]> =>
    (await host.run(tool, args)).stdout.split("\n");
  const rows = async (...args: readonly string[]): Promise<readonly string[]> =>
    (JSON.parse((await host.run("ip", args)).stdout) as readonly object[]).map((row) => JSON.stringify(row));
  const lines = [
    ...(await print("iptables-nft-save")),
    ...(await print("ip6tables-nft-save")),
    ...(await print("ipset", "save")),
    ...(await rows("-4", "-j", "route", "show", "table", "all")),
  ];
  return lines.filter((line) => /DOCKER|KUBE|--dport 22|10\.99\.0\.0|10\.0\.0\.254/.test(line));
}

/** The kernel's own chains whole, where our rules stand among those of others. */
export async function kernelChains(machine: FakeMachine): Promise<readonly string[]> {
  const host = machine.host();
  const saves = [await host.run("iptables-nft-save", []), await host.run("ip6tables-nft-save", [])];
  // A table that has become empty again is no difference.
  const tables = saves.flatMap(({ stdout }) => stdout.split("*").toSorted());
  return tables.flatMap((table) => {
    const rules = table.split("\n").filter((line) => /^-A [A-Z]+ /.test(line));
    return rules.map((rule) => `${table.split("\n")[0]} ${rule}`);
  });
}

const read = new Map<ApplyTarget, ReturnType<typeof readBundle>>();

/** What keeps the machine from being exactly at the bundle: empty = it is. */
export async function distance(machine: FakeMachine, target: ApplyTarget): Promise<readonly string[]> {
  const { ownership = DEFAULT_OWNERSHIP } = target;
  const host = machine.host();
  const live = await observe(host, ownership, DEFAULT_BIRD);
  const wanted = read.get(target) ?? readBundle(target.artifacts);
  read.set(target, wanted);
  const present = await presentDevices(host);
  const state = {
    ...wanted,
    iptables: chooseSetNames(live.iptables, wanted.iptables, "inventory"),
    routing: onDevices(wanted.routing, present),
    shaping: shapedOn(wanted.shaping, present),
  };
  const goal: Goal = {
    state,
    ownership,
    bird: DEFAULT_BIRD,
    direction: "forward",
    tableOrders: {},
    reloadBird: false,
  };
  const { reversible, cleanup } = stepsBetween(live, goal, 0);
  const { bird } = machine.kernel;
  const isStale = bird.running && wanted.bird !== undefined && bird.config !== wanted.bird;
  return [
    ...[...reversible, ...cleanup].map(({ name }) => name),
    ...(isStale ? ["BIRD runs with another file"] : []),
  ];
}
