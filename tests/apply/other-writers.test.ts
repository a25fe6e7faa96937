import { expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import type { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import type { Host } from "../../runtime/host/host.ts";
import { distance, machineAt } from "./fake-machine.ts";
import { compileTarget, fixtureFiles } from "./plans.ts";

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
    lock: () => host.lock(),
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
