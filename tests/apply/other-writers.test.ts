import { expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { recover } from "../../runtime/apply/recover.ts";
import type { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import type { Host } from "../../runtime/host/host.ts";
import { distance, kernelChains, machineAt } from "./fake-machine.ts";
import { bare, compileTarget, fixtureFiles } from "./plans.ts";

const quickstart = {
  name: "quickstart",
  from: compileTarget(fixtureFiles("quickstart/1"), "node-1"),
  to: compileTarget(fixtureFiles("quickstart/2"), "node-1"),
};

const HOOK = '-D FORWARD -m comment --comment "cali:Sd4dkLy8-UzAtW82" -j cali-FORWARD';

/** Somebody who changes the filter table just before we commit to it, as often as said. */
function raced(machine: FakeMachine, lines: readonly string[], times: number): Host {
  const host = machine.host();
  const other = machine.host();
  let left = times;
  return {
    iptablesVariant: "nft",
    stateDirectory: host.stateDirectory,
    run: async (tool, args, options) => {
      const commits = tool === "iptables-nft-restore" && !args.includes("--test");
      if (commits && left-- > 0)
        await other.run(tool, ["--noflush"], { input: `*filter\n${lines.join("\n")}\nCOMMIT\n` });
      return host.run(tool, args, options);
    },
    readFile: (path) => host.readFile(path),
    writeFile: (path, text) => host.writeFile(path, text),
    removeFile: (path) => host.removeFile(path),
    lock: (path) => host.lock(path),
    bootId: () => host.bootId(),
  };
}

test.each([
  ["removes our rule from the kernel's chain", [HOOK]],
  ["empties a chain of ours", ["-F cali-pi-np/demo/allow-api"]],
  ["puts a rule before ours", ["-I cali-pi-np/demo/allow-api 1 -j ACCEPT"]],
  ["puts one that ends the walk before our rule", ["-I FORWARD 1 -j DROP"]],
])("once another writer %s: a fresh look, and all is as wanted", async (_, lines) => {
  const machine = await machineAt(quickstart);
  await apply(raced(machine, lines, 1), quickstart.to);
  expect(await distance(machine, quickstart.to)).toEqual([]);
});

test.each([
  ["a rule at the bottom of a kernel's chain", "filter", /^-A FORWARD .*-j ACCEPT$/],
  ["the rule at its top", "filter", /^-A FORWARD .*-j cali-FORWARD$/],
  ["a rule in the middle of a chain of ours", "filter", /^-A cali-FORWARD .*-o cali\+/],
  ["the only one of a kernel's chain", "nat", /^-A POSTROUTING .*cali/],
])("what somebody has removed comes back in its place: %s", async (_, table, pattern) => {
  const machine = await machineAt(quickstart);
  const before = await kernelChains(machine);
  const other = machine.host();
  const { stdout } = await other.run("iptables-nft-save", []);
  const line = stdout.split("\n").find((candidate) => pattern.test(candidate)) ?? "none";
  const input = `*${table}\n${line.replace("-A", "-D")}\nCOMMIT\n`;
  expect(await other.run("iptables-nft-restore", ["--noflush"], { input })).toMatchObject({ code: 0 });
  expect(await distance(machine, quickstart.from)).not.toEqual([]);
  const { steps } = await apply(machine.host(), quickstart.from);
  expect(steps).toEqual([`commit IPv4 ${table}`]);
  expect(await distance(machine, quickstart.from)).toEqual([]);
  expect(await kernelChains(machine)).toEqual(before);
});

test("a set of ours that somebody else's rule asks: the error names it, and the next run ends the work", async () => {
  const nothing = bare("node-1", quickstart.from.ownership);
  const machine = await machineAt(quickstart);
  const other = machine.host();
  const foreign = (command: string) => ({
    input: `*filter\n${command} DOCKER-USER -m set --match-set cali40masq-ipam-pools src -j RETURN\nCOMMIT\n`,
  });
  await other.run("iptables-nft-restore", ["--noflush"], foreign("-A"));
  await expect(apply(machine.host(), nothing)).rejects.toMatchObject({
    outcome: "unfinished",
    message: expect.stringContaining("in use by a kernel component (destroy cali40masq-ipam-pools)"),
  });
  expect((await kernelChains(machine)).filter((line) => line.includes("cali:"))).toEqual([]);
  await expect(recover(machine.host())).rejects.toMatchObject({ outcome: "unfinished" });
  await other.run("iptables-nft-restore", ["--noflush"], foreign("-D"));
  expect(await recover(machine.host())).toBe("went on");
  expect(await distance(machine, nothing)).toEqual([]);
});

test("a writer who never gives up: an end, and an error that says so", async () => {
  const machine = await machineAt(quickstart);
  await expect(
    apply(raced(machine, ["-I cali-pi-np/demo/allow-api 1 -j ACCEPT"], 1e9), quickstart.to),
  ).rejects.toMatchObject({
    outcome: "unfinished",
    message: expect.stringContaining("somebody else writes, too"),
  });
  // Once he does, the next run ends what this one could not.
  await apply(machine.host(), quickstart.to);
  expect(await distance(machine, quickstart.to)).toEqual([]);
});
