import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { recover } from "../../runtime/apply/recover.ts";
import type { ApplyTarget } from "../../runtime/apply/target.ts";
import type { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { distance, foreignState, kernelChains, machineAt } from "./fake-machine.ts";
import { bare, compileTarget, edit, fixtureFiles, type PlanCase } from "./plans.ts";
import { markTarget } from "./two-tables.ts";

const quickstart: PlanCase = {
  name: "quickstart",
  from: compileTarget(fixtureFiles("quickstart/1"), "node-1"),
  to: compileTarget(fixtureFiles("quickstart/2"), "node-1"),
};

function withFile(target: ApplyTarget, path: string, text: string): ApplyTarget {
  return {
    ...target,
    artifacts: [...target.artifacts.filter((artifact) => artifact.path !== path), { path, text }],
  };
}

/** The error of a run, after which the machine must be as it was. */
async function refusal(
  machine: FakeMachine,
  target: ApplyTarget,
  was: ApplyTarget = quickstart.from,
): Promise<string> {
  const foreign = await foreignState(machine);
  const host = machine.host();
  const error: unknown = await apply(host, target).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ name: "ApplyError", outcome: "untouched" });
  // A list of questions is a batch, too; it asks for JSON.
  const writes = /restore|^(?!.* -j ).*batch|write|remove|configure/;
  expect(host.calls.filter((call) => writes.test(call))).toEqual([]);
  expect(await distance(machine, was)).toEqual([]);
  expect(await foreignState(machine)).toEqual(foreign);
  return (error as Error).message;
}

describe("refused before the first change", () => {
  test.each([
    ["a limits file that is none", "tc.batch", "qdisc add dev cali1 root\n", /tc\.batch:1/],
    ["a rules file that is none", "iptables.restore", "*filter\nnonsense\nCOMMIT\n", /iptables\.restore:2/],
    ["a routes file that is none", "ip.batch", "link paint red\n", /ip\.batch:1/],
  ])("%s", async (_, path, text, message) => {
    const machine = await machineAt(quickstart);
    expect(await refusal(machine, withFile(quickstart.to, path, text))).toMatch(message);
  });

  test("routes over devices that are not there, the first three by name", async () => {
    const machine = await machineAt(quickstart);
    const routeTo = (n: number) =>
      `# Workload demo/pod-${n}\nroute replace 10.65.0.${n}/32 dev cali000${n} scope link metric 1024\n\n`;
    const text = `# calicoctl ip.batch 1, node node-1\n\n${[1, 2, 3, 4, 5].map(routeTo).join("")}`;
    expect(await refusal(machine, withFile(quickstart.to, "ip.batch", text))).toMatch(
      /no device cali0001 \(Workload demo\/pod-1\), cali0002 \(.*\), cali0003 \(.*\) and 2 more, /,
    );
  });

  test("a bird.conf that somebody else wrote", async () => {
    const machine = await machineAt(quickstart);
    machine.files.set("/etc/calico/bird/bird.conf", "router id 1.2.3.4;\n");
    const error: unknown = await apply(machine.host(), quickstart.to).catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      outcome: "untouched",
      message: expect.stringContaining("not a file of ours"),
    });
    expect(machine.files.get("/etc/calico/bird/bird.conf")).toBe("router id 1.2.3.4;\n");
  });

  test.each([
    ["corrupt", "{ half a"],
    ["of another version", JSON.stringify({ format: 99 })],
    ["no journal at all", "[]"],
    ["without a part", JSON.stringify({ format: 2, node: "n" })],
  ])("a journal that is %s stays where it is", async (_, text) => {
    const machine = await machineAt(quickstart);
    machine.files.set("/state/journal.json", text);
    const before = await kernelChains(machine);
    const unreadable = {
      outcome: "unknown",
      message: expect.stringMatching(/^The journal \/state\/journal\.json cannot be read .*remove it/),
    };
    await expect(apply(machine.host(), quickstart.to)).rejects.toMatchObject(unreadable);
    await expect(recover(machine.host())).rejects.toMatchObject(unreadable);
    expect(machine.files.get("/state/journal.json")).toBe(text);
    expect(await kernelChains(machine)).toEqual(before);
  });

  test("a host that another process is changing", async () => {
    const machine = await machineAt(quickstart);
    const lock = await machine.host().lock("/state/lock");
    expect(await refusal(machine, quickstart.to)).toContain("Another process is changing this host");
    await lock?.release();
    await apply(machine.host(), quickstart.to);
    expect(await distance(machine, quickstart.to)).toEqual([]);
  });

  test("a change of policy over two tables that no order makes safe, unless the window is accepted", async () => {
    const from = markTarget("0x10000");
    const to = markTarget("0x20000");
    const machine = await machineAt({ name: "two tables", from, to });
    expect(await refusal(machine, to, from)).toMatch(/more than one commit \(IPv4 tables raw, filter\)/);
    const { windows } = await apply(machine.host(), to, { acceptWindow: true });
    expect(windows).toEqual(["IPv4 tables raw, filter"]);
    expect(await distance(machine, to)).toEqual([]);
  });

  test("neither the first bundle nor the last removal has a window", async () => {
    const nothing = bare("node-1", quickstart.from.ownership);
    const machine = await machineAt({ ...quickstart, from: nothing });
    expect((await apply(machine.host(), quickstart.to)).windows).toEqual([]);
    expect((await apply(machine.host(), nothing)).windows).toEqual([]);
    expect(await distance(machine, nothing)).toEqual([]);
  });

  test("inventory over two tables needs no acceptance", async () => {
    const away = compileTarget(
      edit(
        fixtureFiles("quickstart/1"),
        /kind: Pod\nmetadata:\n {2}name: backend-0/g,
        "kind: Pod\nmetadata:\n  name: gone-0",
      ),
      "node-1",
    );
    const machine = await machineAt({ ...quickstart, to: away });
    await apply(machine.host(), away);
    expect(await distance(machine, away)).toEqual([]);
  });
});
