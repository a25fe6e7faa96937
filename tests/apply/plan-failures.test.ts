import { describe, expect, test } from "vitest";
import { VERSION } from "../../cli/version.ts";
import { applyBundle, withRecords } from "../../runtime/apply/apply-bundle.ts";
import { differences } from "../../runtime/apply/drift.ts";
import { ApplyError } from "../../runtime/apply/errors.ts";
import { readRecord } from "../../runtime/apply/record.ts";
import { DEFAULT_BIRD } from "../../runtime/apply/target.ts";
import { FakeMachine, type Fault } from "../../runtime/host/fake/fake-host.ts";
import type { Host } from "../../runtime/host/host.ts";
import { applyPlan, type PlanRequest } from "../../runtime/plan/apply-plan.ts";
import { planDigest } from "../../runtime/plan/plan-file.ts";
import { foreignState } from "./fake-machine.ts";
import { addForeign } from "./foreign.ts";
import { workloadDevices } from "./hosts.ts";
import { allowing, recordOf, SERVER, type SmallPod, smallCluster } from "./small-cluster.ts";

const A: SmallPod = { name: "a", ip: "10.65.0.1" };
const LATER: SmallPod = { name: "later", ip: "10.65.0.2", app: "a" };

type Record = ReturnType<typeof recordOf>;

const bundle = (policy: string, ...pods: readonly SmallPod[]): Record =>
  recordOf(smallCluster(policy, [SERVER, ...pods]));

const OLD = bundle(allowing("a"), A);
const WANTED = bundle(allowing("a", "b"), A);
/** What the host has become by the time that the plan is applied, and what it must be then. */
const CHURNED = bundle(allowing("a"), A, LATER);
const EXPECTED = bundle(allowing("a", "b"), A, LATER);

function planOf(before: Record, after: Record): PlanRequest {
  const plan = { node: "n1", variant: "nft", before: before.artifacts, after: after.artifacts } as const;
  return {
    plan,
    digest: planDigest({ format: 1, nodes: [plan], resources: after.resources }),
    resources: after.resources,
    bird: DEFAULT_BIRD,
    exact: false,
    acceptWindow: false,
    compilerVersion: VERSION,
  };
}

const PLAN = planOf(OLD, WANTED);

async function machineWith(...records: readonly Record[]): Promise<FakeMachine> {
  const machine = new FakeMachine();
  for (const name of ["lo", "eth0", "docker0", ...workloadDevices(EXPECTED.artifacts)])
    machine.kernel.routing.addDevice(name);
  await addForeign(machine.host());
  for (const record of records) await applyBundle(machine.host(), record, true);
  return machine;
}

const apply = (host: Host, plan: PlanRequest = PLAN) => withRecords(host, () => applyPlan(host, plan));

/** Which of the two the host is like, and on record as. */
async function stateOf(machine: FakeMachine): Promise<string> {
  const host = machine.host();
  const isLike = async (record: Record): Promise<boolean> => (await differences(host, record)).length === 0;
  const last = await readRecord(host, "last");
  const recorded =
    last === undefined ? "nothing" : (await differences(host, last)).length === 0 ? "it" : "another";
  const state = (await isLike(EXPECTED)) ? "new" : (await isLike(CHURNED)) ? "old" : "neither";
  return `${state}, ${recorded} on record, plan ${last?.plan === PLAN.digest ? "applied" : "not applied"}`;
}

const NEW = "new, it on record, plan applied";
const OLD_STATE = "old, it on record, plan not applied";

const FAILURES: readonly Fault[] = ["fail", "half", "hang", "late", "garbage"];
const DEATHS: readonly Fault[] = ["kill-before", "kill-half", "kill-after"];

function faultsAt(name: string, faults: readonly Fault[]): readonly Fault[] {
  const onlyAsks = /^read |-save|^ipset save|^nft list| show|^sysctl -a/.test(name);
  return onlyAsks ? faults.filter((fault) => /^(fail|garbage|kill-before)$/.test(fault)) : faults;
}

describe("a plan on a host that has changed since", () => {
  test("gives what the policy means for the pods of today, and does so once", async () => {
    const machine = await machineWith(OLD, CHURNED);
    const applied = await apply(machine.host());
    expect(applied).toMatchObject({ rebased: true, checked: true, windows: [] });
    expect(await stateOf(machine)).toBe(NEW);
    // What the policy of the plan means for the pods of today is a bundle like any other.
    expect((await readRecord(machine.host(), "last"))?.artifacts).toEqual(EXPECTED.artifacts);
    await expect(apply(machine.host())).rejects.toThrow(/has been applied already/);
    // It is another thing once the old policy is in force again.
    await applyBundle(machine.host(), CHURNED, true);
    expect(await stateOf(machine)).toBe(OLD_STATE);
    await apply(machine.host());
    expect(await stateOf(machine)).toBe(NEW);
  });

  test("of members only is not applied again when inventory has taken some of them away", async () => {
    const other = bundle(allowing("a"), A, { ...LATER, app: "other" });
    const machine = await machineWith(other);
    const plan = planOf(other, CHURNED);
    expect((await apply(machine.host(), plan)).steps.length).toBeGreaterThan(0);
    const host = machine.host();
    const [, set = ""] =
      /^add (cali40s\S+) 10\.65\.0\.2$/m.exec((await host.run("ipset", ["save"])).stdout) ?? [];
    await host.run("ipset", ["restore"], { input: `del ${set} ${LATER.ip}\n` });
    await expect(apply(host, plan)).rejects.toThrow(/has been applied already.*drift --repair/s);
    expect((await host.run("ipset", ["save"])).stdout).not.toContain(LATER.ip);
  });

  test.each<readonly [string, SmallPod, string, RegExp]>([
    [
      "a set that it adds",
      { ...LATER, app: "b" },
      allowing("a", "b"),
      /set cali40s:\S+ would have other members today/,
    ],
    [
      "a pod that its new policy is about, too",
      LATER,
      `${allowing("a")}---\n${allowing("c").replace("name: server", "name: clients").replace("app == 'server'", "app == 'a'")}`,
      /chain cali-tw-cali\w+ of IPv4 filter came or changed since .* means something else for it/,
    ],
  ])("is refused where what has come since would miss it: %s", async (_, pod, policy, message) => {
    const machine = await machineWith(OLD, bundle(allowing("a"), A, pod));
    const plan = planOf(OLD, bundle(policy, A));
    await expect(apply(machine.host(), plan)).rejects.toThrow(message);
    expect(await differences(machine.host(), bundle(allowing("a"), A, pod))).toEqual([]);
    // Another program cannot tell, and says so.
    expect(await apply(machine.host(), { ...plan, compilerVersion: "another" })).toMatchObject({
      rebased: true,
      checked: false,
    });
  });

  test("that starts from another policy is refused", async () => {
    const machine = await machineWith(bundle(allowing("c"), A));
    await expect(apply(machine.host())).rejects.toThrow(
      /the plan changes the policy \w{12}, and this host enforces/,
    );
  });

  test("whatever fails: all of the old state or all of the new one, and the error says which", async () => {
    const start = await machineWith(OLD, CHURNED);
    const foreign = await foreignState(start);
    const rehearsal = start.copy().host();
    await apply(rehearsal);
    const seen = new Map<string, number>();
    for (const [call, name] of rehearsal.calls.entries())
      for (const fault of faultsAt(name, FAILURES)) {
        const what = `${fault} at call ${call}: ${name}`;
        const machine = start.copy();
        const host = machine.host({ call, fault });
        const error = await apply(host).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        expect(host.faulted, what).toBe(true);
        const outcome =
          error instanceof ApplyError ? error.outcome : error === undefined ? "new" : "a record failed";
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        // The next run ends what is left, as every run does first.
        await withRecords(machine.host(), async () => undefined);
        const state = await stateOf(machine);
        if (outcome === "new") expect(state, what).toBe(NEW);
        else if (outcome === "restored" || outcome === "untouched") expect(state, what).toBe(OLD_STATE);
        else expect([NEW, OLD_STATE], what).toContain(state);
        expect(await foreignState(machine), what).toEqual(foreign);
      }
    process.stdout.write(`plan, failures: ${[...seen].map(([kind, n]) => `${n} ${kind}`).join("; ")}\n`);
    expect(seen.get("restored") ?? 0).toBeGreaterThan(0);
    expect(seen.get("untouched") ?? 0).toBeGreaterThan(0);
  }, 120_000);

  test("whenever it is killed: the next start ends in the old state or in the new one, and has that on record", async () => {
    const start = await machineWith(OLD, CHURNED);
    const foreign = await foreignState(start);
    const rehearsal = start.copy().host();
    await apply(rehearsal);
    const seen = new Map<string, number>();
    for (const [call, name] of rehearsal.calls.entries())
      for (const fault of faultsAt(name, DEATHS)) {
        const what = `${fault} at call ${call}: ${name}`;
        const machine = start.copy();
        await expect(apply(machine.host({ call, fault })), what).rejects.toThrow();
        await withRecords(machine.host(), async () => undefined);
        const state = await stateOf(machine);
        expect([NEW, OLD_STATE], what).toContain(state);
        seen.set(state, (seen.get(state) ?? 0) + 1);
        expect(machine.files.has("/state/journal.json"), what).toBe(false);
        expect(await foreignState(machine), what).toEqual(foreign);
        // And the plan goes on from there, or is done.
        if (state === OLD_STATE) await apply(machine.host());
        else await expect(apply(machine.host()), what).rejects.toThrow(/applied already/);
        expect(await stateOf(machine), what).toBe(NEW);
      }
    process.stdout.write(`plan, deaths: ${[...seen].map(([kind, n]) => `${n} ${kind}`).join("; ")}\n`);
    expect(seen.get(NEW) ?? 0).toBeGreaterThan(0);
    expect(seen.get(OLD_STATE) ?? 0).toBeGreaterThan(0);
  }, 120_000);
});
