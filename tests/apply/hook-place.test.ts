import { expect, test } from "vitest";
import { DEFAULT_OWNERSHIP, MemberList, type SourceFile } from "../../compiler/index.ts";
import { apply } from "../../runtime/apply/apply.ts";
import { observe } from "../../runtime/apply/observe.ts";
import { printBundle, readBundle } from "../../runtime/apply/state.ts";
import { DEFAULT_BIRD } from "../../runtime/apply/target.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { rebase } from "../../runtime/plan/rebase.ts";
import { addDevices, distance, kernelChains } from "./fake-machine.ts";
import { compileTarget, fixtureFiles } from "./plans.ts";

const withMode = (step: string, mode: "Insert" | "Append") => {
  const text = `apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { chainInsertMode: ${mode} }
`;
  const file: SourceFile = { path: "felix.yaml", text };
  return compileTarget([...fixtureFiles(`quickstart/${step}`), file], "node-1");
};

const insert = withMode("1", "Insert");
const append = withMode("1", "Append");
const OUR_JUMP = /-j cali-FORWARD$/;

/** Adds rules of others to the chain FORWARD, by lines of `iptables-restore`. */
async function addForeignRules(machine: FakeMachine, ...lines: readonly string[]): Promise<void> {
  const input = `*filter\n${lines.join("\n")}\nCOMMIT\n`;
  expect(await machine.host().run("iptables-nft-restore", ["--noflush"], { input })).toMatchObject({
    code: 0,
  });
}

/** The chain FORWARD of IPv4: how many rules of others stand above our jump, and below all of ours. */
async function others(machine: FakeMachine): Promise<{ readonly above: number; readonly below: number }> {
  const { stdout } = await machine.host().run("iptables-nft-save", []);
  const forward = stdout.split("\n").filter((line) => line.startsWith("-A FORWARD "));
  const jump = forward.findIndex((line) => OUR_JUMP.test(line));
  const isForeign = (line: string): boolean => !line.includes("cali:");
  return {
    above: forward.slice(0, jump).filter(isForeign).length,
    below: forward.slice(jump).filter(isForeign).length,
  };
}

async function bareMachine(...foreign: readonly string[]): Promise<FakeMachine> {
  const machine = new FakeMachine();
  addDevices(machine, { name: "", from: insert, to: append });
  if (foreign.length > 0) await addForeignRules(machine, ...foreign);
  return machine;
}

const FOREIGN = ["-A FORWARD -i foo -j ACCEPT", "-A FORWARD -j LOG"];

test("another chainInsertMode moves our rules to the other end of the rules of others, and back", async () => {
  const machine = await bareMachine(...FOREIGN);
  await apply(machine.host(), insert, { acceptWindow: true });
  const before = await kernelChains(machine);
  expect(await others(machine)).toEqual({ above: 0, below: 2 });
  expect((await apply(machine.host(), append)).steps).toEqual(["commit IPv4 filter"]);
  expect(await others(machine)).toEqual({ above: 2, below: 0 });
  expect(await distance(machine, append)).toEqual([]);
  expect((await apply(machine.host(), insert)).steps).toEqual(["commit IPv4 filter"]);
  expect(await others(machine)).toEqual({ above: 0, below: 2 });
  expect((await kernelChains(machine)).filter((line) => OUR_JUMP.test(line))).toEqual(
    before.filter((line) => OUR_JUMP.test(line)),
  );
});

test("where nobody else has a rule, both ends are one", async () => {
  const machine = await bareMachine();
  await apply(machine.host(), insert, { acceptWindow: true });
  expect((await apply(machine.host(), append)).steps).toEqual([]);
});

test("rules that others put around ours later are no reason to move ours", async () => {
  for (const target of [insert, append]) {
    const machine = await bareMachine(...FOREIGN);
    await apply(machine.host(), target, { acceptWindow: true });
    await addForeignRules(machine, "-I FORWARD -j LOG", "-A FORWARD -j LOG");
    expect(await distance(machine, target)).toEqual([]);
  }
});

test("a plan made for files keeps the intended place where the host does not show it", async () => {
  const machine = await bareMachine();
  await apply(machine.host(), append, { acceptWindow: true });
  const live = await observe(machine.host(), DEFAULT_OWNERSHIP, DEFAULT_BIRD);
  const { artifacts } = withMode("2", "Append");
  const found = rebase(
    {
      before: readBundle(append.artifacts),
      after: readBundle(artifacts),
      live: {
        ...live,
        // A set that only the host has keeps the result from being the plan's own bundle.
        iptables: {
          ...live.iptables,
          ipSets: {
            sets: [
              ...live.iptables.ipSets.sets,
              {
                name: "cali40later",
                version: 4,
                type: "hash:ip",
                maxElements: 16,
                heading: [],
                members: new MemberList({ version: 4, kind: "net" }),
              },
            ],
          },
        },
      },
    },
    "node-1",
  );
  if (found.kind !== "ready") throw new Error(found.kind);
  expect(found.whole).toBe(false);
  const text = (files: readonly { readonly path: string; readonly text: string }[]) =>
    files.find(({ path }) => path === "iptables.restore")?.text ?? "";
  const hooks = (files: Parameters<typeof text>[0]) =>
    text(files)
      .split("\n")
      .filter((line) => /^-[IA] [A-Z]+ /.test(line));
  expect(hooks(printBundle(found.state, "node-1"))).toEqual(hooks(append.artifacts));
});

test("a plan of nothing but the place is there to be recorded where the host does not show it", async () => {
  const machine = await bareMachine();
  await apply(machine.host(), insert, { acceptWindow: true });
  const live = await observe(machine.host(), DEFAULT_OWNERSHIP, DEFAULT_BIRD);
  const [before, after] = [readBundle(insert.artifacts), readBundle(append.artifacts)];
  expect(rebase({ before, after, live }, "node-1")).toEqual({ kind: "ready", state: after, whole: true });
});
