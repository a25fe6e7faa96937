import { expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { recover } from "../../runtime/apply/recover.ts";
import { readBundle } from "../../runtime/apply/state.ts";
import { DEFAULT_BIRD } from "../../runtime/apply/target.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { addDevices, machineAt } from "./fake-machine.ts";
import { attempt, callsOf, JOURNAL, stateOf } from "./faults.ts";
import { compileTarget, fixtureFiles, type PlanCase } from "./plans.ts";

const SECRETS = "/etc/calico/bird/bird.secrets.conf";

function planOf(fixture: string, node: string): PlanCase {
  const [from, to] = [1, 2].map((step) => compileTarget(fixtureFiles(`${fixture}/${step}`), node));
  return { name: fixture, from: from!, to: to! };
}

const plan = planOf("bgp-mesh", "leaf-3");

test("passwords that BIRD cannot read: taken back to the end, and BIRD goes on as it was", async () => {
  const machine = await machineAt(plan);
  machine.files.set(SECRETS, "syntax error");
  await expect(apply(machine.host(), plan.to, { acceptWindow: true })).rejects.toMatchObject({
    outcome: "restored",
    message: expect.stringMatching(/taken back: birdc configure timeout 60: \S+bird\.secrets\.conf:1/),
  });
  expect(machine.files.has(JOURNAL)).toBe(false);
  expect(await stateOf(machine, plan)).toBe("old");
  // Once they are mended, all goes on.
  machine.files.delete(SECRETS);
  await apply(machine.host(), plan.to, { acceptWindow: true });
  expect(await stateOf(machine, plan)).toBe("new");
});

test("a change that leaves BIRD alone is taken back although its passwords cannot be read", async () => {
  const other = planOf("quickstart", "node-1");
  const [was, wanted] = [other.from, other.to].map(({ artifacts }) => readBundle(artifacts).bird);
  expect(was).toBe(wanted);
  const machine = await machineAt(other);
  machine.files.set(SECRETS, "syntax error");
  const mark = (await callsOf(machine, other)).findIndex((call) => call.startsWith("write /state/switched"));
  const { error } = await attempt(machine, other, mark, "fail");
  expect(error).toMatchObject({ outcome: "restored" });
  const killed = await attempt(machine, other, mark, "kill-before");
  expect(await recover(killed.machine.host())).toBe("went back");
});

test("on a node's first bundle nothing of BIRD's stays", async () => {
  const machine = new FakeMachine();
  addDevices(machine, plan);
  machine.kernel.bird.running = false;
  machine.files.set(SECRETS, "syntax error");
  await expect(apply(machine.host(), plan.to)).rejects.toMatchObject({ outcome: "restored" });
  expect(machine.files.has(DEFAULT_BIRD.config)).toBe(false);
  expect(machine.files.has(JOURNAL)).toBe(false);
});
