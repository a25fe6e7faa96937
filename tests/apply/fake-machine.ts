import { expect } from "vitest";
import { DEFAULT_OWNERSHIP } from "../../compiler/index.ts";
import { apply } from "../../runtime/apply/apply.ts";
import type { Goal } from "../../runtime/apply/goal.ts";
import { observe } from "../../runtime/apply/observe.ts";
import { onDevices, presentDevices } from "../../runtime/apply/present-devices.ts";
import { chooseSetNames } from "../../runtime/apply/set-versions.ts";
import { readBundle } from "../../runtime/apply/state.ts";
import { stepsBetween } from "../../runtime/apply/steps.ts";
import { type ApplyTarget, DEFAULT_BIRD } from "../../runtime/apply/target.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { workloadDevices } from "./hosts.ts";
import type { PlanCase } from "./plans.ts";

const FOREIGN_RULES = [
  "*nat",
  ":DOCKER - -",
  ":KUBE-SERVICES - -",
  "-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER",
  "-A PREROUTING -j KUBE-SERVICES",
  "-A DOCKER -i docker0 -j RETURN",
  "COMMIT",
  "*filter",
  ":DOCKER-USER - -",
  "-A FORWARD -j DOCKER-USER",
  "-A DOCKER-USER -j RETURN",
  "-A INPUT -p tcp -m tcp --dport 22 -j LOG",
  "COMMIT",
];
const FOREIGN_SETS = [
  "create KUBE-CLUSTER-IP hash:ip,port family inet maxelem 65536",
  "add KUBE-CLUSTER-IP 10.96.0.1,tcp:443",
];
const FOREIGN_ROUTES = [
  "route replace 10.99.0.0/16 via 10.0.0.9 dev eth0 proto 12",
  "route replace default via 10.0.0.254 dev eth0",
];

/** A machine with Docker's and kube-proxy's parts on it, the devices of both bundles, and the first bundle applied. */
export async function machineAt(plan: PlanCase): Promise<FakeMachine> {
  const machine = new FakeMachine();
  addDevices(machine, plan);
  await addForeign(machine);
  await apply(machine.host(), plan.from, { acceptWindow: true });
  return machine;
}

export function addDevices({ kernel }: FakeMachine, { from, to }: PlanCase): void {
  for (const name of ["lo", "eth0", "docker0", ...workloadDevices([...from.artifacts, ...to.artifacts])])
    kernel.routing.addDevice(name);
}

async function addForeign(machine: FakeMachine): Promise<void> {
  const host = machine.host();
  const give = async (tool: string, args: readonly string[], lines: readonly string[]): Promise<void> =>
    expect(await host.run(tool, args, { input: `${lines.join("\n")}\n` })).toMatchObject({ code: 0 });
  for (const tool of ["iptables-nft-restore", "ip6tables-nft-restore"])
    await give(tool, ["--noflush"], FOREIGN_RULES);
  await give("ipset", ["restore"], FOREIGN_SETS);
  await give("ip", ["-batch", "-"], FOREIGN_ROUTES);
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

const read = new Map<ApplyTarget, ReturnType<typeof readBundle>>();

/** What keeps the machine from being exactly at the bundle: empty = it is. */
export async function distance(machine: FakeMachine, target: ApplyTarget): Promise<readonly string[]> {
  const { ownership = DEFAULT_OWNERSHIP } = target;
  const host = machine.host();
  const live = await observe(host, ownership, DEFAULT_BIRD);
  const wanted = read.get(target) ?? readBundle(target.artifacts);
  read.set(target, wanted);
  const state = {
    ...wanted,
    iptables: chooseSetNames(live.iptables, wanted.iptables, "inventory"),
    routing: onDevices(wanted.routing, await presentDevices(host)),
  };
  const goal: Goal = { state, ownership, bird: DEFAULT_BIRD, direction: "forward", reloadBird: false };
  const { reversible, cleanup } = stepsBetween(live, goal, 0);
  const { bird } = machine.kernel;
  const isStale = bird.running && wanted.bird !== undefined && bird.config !== wanted.bird;
  return [
    ...[...reversible, ...cleanup].map(({ name }) => name),
    ...(isStale ? ["BIRD runs with another file"] : []),
  ];
}
