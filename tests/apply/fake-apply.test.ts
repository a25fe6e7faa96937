import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { addDevices, distance, foreignState, machineAt } from "./fake-machine.ts";
import { compileTarget, fixtureFiles, planCases } from "./plans.ts";

describe.each(planCases())("$name", (plan) => {
  test("is applied, and then there is nothing left to do", async () => {
    const machine = await machineAt(plan);
    const foreign = await foreignState(machine);
    expect(foreign.length).toBeGreaterThan(10);
    expect(await distance(machine, plan.from)).toEqual([]);
    expect(await distance(machine, plan.to)).not.toEqual([]);
    const { steps } = await apply(machine.host(), plan.to, { acceptWindow: true });
    expect(steps).not.toEqual([]);
    expect(await distance(machine, plan.to)).toEqual([]);
    expect((await apply(machine.host(), plan.to)).steps).toEqual([]);
    await apply(machine.host(), plan.from, { acceptWindow: true });
    expect(await distance(machine, plan.from)).toEqual([]);
    expect(await foreignState(machine)).toEqual(foreign);
  });
});

test("each step is called what it changes, also where one tool's lines stand between another's", async () => {
  const machine = new FakeMachine();
  const tunnels = compileTarget(fixtureFiles("dual-stack-vxlan"), "alpha");
  addDevices(machine, { name: "tunnels", from: tunnels, to: tunnels });
  const { steps } = await apply(machine.host(), tunnels);
  expect(steps.filter((step) => !step.startsWith("commit"))).toEqual([
    "fill sets",
    "make links and addresses",
    "replace the ARP guard",
    "change routes",
    "change forwarding entries",
    "change routes",
    "change sysctls",
    "load bird.conf",
  ]);
});

test("a setting that the kernel has only once a module is loaded is set by the change that brings the module", async () => {
  const machine = new FakeMachine();
  const node = compileTarget(fixtureFiles("quickstart/1"), "node-1");
  addDevices(machine, { name: "first", from: node, to: node });
  // Read before conntrack is there, and so not known to be lacking.
  expect(machine.kernel.routing.show([])).not.toContain("nf_conntrack_acct");
  await apply(machine.host(), node);
  expect(machine.kernel.routing.show([])).toMatch(/nf_conntrack_acct = 1/);
});
