import { beforeEach, describe, expect, test } from "vitest";
import { VERSION } from "../../cli/version.ts";
import { DEFAULT_FEATURES } from "../../compiler/index.ts";
import { applyBundle, withRecords } from "../../runtime/apply/apply-bundle.ts";
import { type AppliedRecord, readRecord } from "../../runtime/apply/record.ts";
import { uninstall } from "../../runtime/apply/uninstall.ts";
import { changedResources } from "../../runtime/history/changes.ts";
import { chooseEntry } from "../../runtime/history/choose.ts";
import { compiledBy } from "../../runtime/history/compiled-by.ts";
import { policyInForce, readHistory, readInventory } from "../../runtime/history/history.ts";
import { recompile } from "../../runtime/history/recompile.ts";
import { FakeMachine, type Fault } from "../../runtime/host/fake/fake-host.ts";
import { workloadDevices } from "./hosts.ts";
import { allowing, recordOf, SERVER, smallCluster } from "./small-cluster.ts";

const WEB = { name: "web", ip: "10.65.0.2" };
const PODS = [SERVER, WEB, { name: "batch", ip: "10.65.0.3" }];
const ONE = recordOf(smallCluster(allowing("web"), PODS));
const TWO = recordOf(smallCluster(allowing("web", "batch"), PODS));
/** The policy of `TWO`; the address of `web` has gone to another pod. */
const MOVED = recordOf(
  smallCluster(allowing("web", "batch"), [
    ...PODS.filter(({ name }) => name !== "web"),
    { name: "web", ip: "10.65.0.7" },
    { name: "stranger", ip: WEB.ip },
  ]),
);

let machine: FakeMachine;
const apply = (record: AppliedRecord) => applyBundle(machine.host(), record, true);
const history = () => readHistory(machine.host());

beforeEach(() => {
  machine = new FakeMachine();
  for (const name of ["lo", "eth0", ...workloadDevices([...TWO.artifacts, ...MOVED.artifacts])])
    machine.kernel.routing.addDevice(name);
});

describe("the history", () => {
  test("has each policy that comes into force, with what compiles it again", async () => {
    await apply(ONE);
    await apply(ONE);
    await apply(TWO);
    await apply(ONE);
    const entries = await history();
    expect(entries.map(({ number, policy }) => [number, policy])).toEqual([
      [1, ONE.resources.policy],
      [2, TWO.resources.policy],
      [3, ONE.resources.policy],
    ]);
    expect(entries[0]).toMatchObject({ node: "n1", ...compiledBy(ONE.artifacts) });
    expect(Date.parse(entries[0]?.time ?? "")).toBeGreaterThan(Date.now() - 60_000);
  });

  test("takes no notice of inventory that changes, but of what it is", async () => {
    await apply(TWO);
    await apply(MOVED);
    expect(await history()).toHaveLength(1);
    expect(await readInventory(machine.host())).toBe(MOVED.resources.inventory);
    // An unchanged policy is compiled as the last bundle was.
    expect((await history())[0]).toMatchObject(compiledBy(MOVED.artifacts) ?? {});
  });

  test("keeps the last ten", async () => {
    for (let count = 0; count < 6; count++) {
      await apply(ONE);
      await apply(TWO);
    }
    expect((await history()).map(({ number }) => number)).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const files = [...machine.files.keys()].filter((path) => path.startsWith("/state/history/"));
    expect(files).toHaveLength(11);
  });

  test("says of a bundle without resources that its policy is not known, until it comes with them", async () => {
    const { resources, ...bare } = TWO;
    await apply(ONE);
    await apply(bare);
    expect((await history()).map(({ policy }) => policy)).toEqual([ONE.resources.policy, undefined]);
    expect(await readInventory(machine.host())).toBe(ONE.resources.inventory);
    await apply(TWO);
    expect((await history()).map(({ policy }) => policy)).toEqual([ONE.resources.policy, resources.policy]);
    await apply(bare);
    expect((await history()).map(({ policy }) => policy)).toEqual([ONE.resources.policy, resources.policy]);
  });

  test("takes no resources that the bundle was not compiled from", async () => {
    await expect(apply({ ...ONE, resources: TWO.resources })).rejects.toMatchObject({ outcome: "untouched" });
    await expect(apply({ ...TWO, resources: MOVED.resources })).rejects.toMatchObject({
      outcome: "untouched",
    });
    expect(await history()).toEqual([]);
  });

  test.each(["{", '{"format":2,"number":1}', '{"format":1,"number":"1"}', '{"format":1,"number":0}'])(
    "is not read, or gone on with, where the number of its newest policy is %s",
    async (text) => {
      const path = "/state/history/newest.json";
      await apply(ONE);
      machine.files.set(path, text);
      await expect(history()).rejects.toThrow(`The number of the newest policy ${path} cannot be read`);
      await expect(apply(TWO)).rejects.toThrow("cannot be put on record");
      expect(machine.files.get(path)).toBe(text);
    },
  );

  test("stays when everything of ours goes, and then nothing of it is in force", async () => {
    await apply(ONE);
    const last = () => readRecord(machine.host(), "last");
    expect(policyInForce(await history(), await last())?.number).toBe(1);
    await uninstall(machine.host(), ONE.bird);
    expect(policyInForce(await history(), await last())).toBeUndefined();
    await apply(ONE);
    expect(policyInForce(await history(), await last())?.number).toBe(1);
  });

  test.each<Fault>(["kill-before", "kill-after", "fail"])(
    "agrees with what is in force, whatever call it ends at (%s)",
    async (fault) => {
      await apply(ONE);
      let outcomes = "";
      for (let call = 0; ; call++) {
        const world = machine.copy();
        const host = world.host({ call, fault });
        const error: unknown = await applyBundle(host, TWO, true).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        if (!host.faulted) break;
        if (fault !== "fail") expect(error).toBeDefined();
        await withRecords(world.host(), async () => undefined);
        const entries = await readHistory(world.host());
        const last = await readRecord(world.host(), "last");
        const digest = last && compiledBy(last.artifacts)?.policyDigest;
        expect(entries.at(-1)?.policyDigest, `call ${call}: ${host.calls[call]}`).toBe(digest);
        expect(entries.map(({ number }) => number)).toEqual(entries.map((_, index) => index + 1));
        outcomes += entries.length;
      }
      // Old at first, new in the end.
      expect(outcomes).toMatch(/^1+.*2+$/);
    },
    60_000,
  );
});

describe("a policy of the past", () => {
  const byOf = (record: AppliedRecord) => ({ node: "n1", ...compiledBy(record.artifacts)! });

  test("is the same bundle where the inventory is the same", async () => {
    await apply(ONE);
    const [entry] = await history();
    const today = {
      inventory: ONE.resources.inventory,
      host: byOf(ONE),
      bird: ONE.bird,
      compilerVersion: VERSION,
    };
    const result = recompile({ ...entry!, policy: entry!.policy! }, today);
    expect(result).toEqual({ ok: true, record: ONE });
  });

  test("is compiled with what was said of the hosts", async () => {
    const told = { interfacePrefix: "pod", routing: { hostMtu: 1400 }, bgp: { routerIds: "hash" } } as const;
    const prefix = `apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { interfacePrefix: pod }
`;
    const policy = [allowing("web"), prefix].join("---\n");
    const special = recordOf(smallCluster(policy, PODS), DEFAULT_FEATURES, told);
    expect(compiledBy(special.artifacts)?.options).toEqual(told);
    for (const name of artifactsOf(special).match(/\bpod[0-9a-f]{11}\b/g) ?? [])
      machine.kernel.routing.addDevice(name);
    await apply(special);
    const [entry] = await history();
    const { inventory } = special.resources;
    const today = { inventory, host: byOf(special), bird: ONE.bird, compilerVersion: VERSION };
    const result = recompile({ ...entry!, policy: entry!.policy! }, today);
    expect(result).toEqual({ ok: true, record: special });
    expect(artifactsOf(special)).not.toBe(artifactsOf(ONE));
  });

  test("gives nothing to a pod that has an address of the past", async () => {
    await apply(ONE);
    await apply(MOVED);
    const [entry] = await history();
    const inventory = (await readInventory(machine.host()))!;
    const today = { inventory, host: byOf(MOVED), bird: ONE.bird, compilerVersion: VERSION };
    const result = recompile({ ...entry!, policy: entry!.policy! }, today);
    if (!result.ok) throw new Error("it does not compile");
    expect(membersOf(ONE)).toContain(WEB.ip);
    expect(membersOf(result.record)).toContain("10.65.0.7");
    expect(membersOf(result.record)).not.toContain(WEB.ip);
    await apply(result.record);
    const { stdout } = await machine.host().run("ipset", ["save"]);
    const [, set] = /^add (cali40s\S+) 10\.65\.0\.7$/m.exec(stdout) ?? [];
    expect(stdout).not.toContain(`add ${set} ${WEB.ip}`);
    expect(stdout).not.toContain(`add ${set} 10.65.0.3`);
  });

  test("that cannot be compiled today says why", async () => {
    await apply(ONE);
    const [entry] = await history();
    const nobody = recordOf(smallCluster("", [])).resources.inventory.replaceAll('"n1"', '"n2"');
    const today = { inventory: nobody, host: byOf(ONE), bird: ONE.bird, compilerVersion: VERSION };
    const result = recompile({ ...entry!, policy: entry!.policy! }, today);
    expect(result).toMatchObject({ ok: false, diagnostics: [{ code: "compile/unknown-node" }] });
  });
});

function artifactsOf({ artifacts }: AppliedRecord): string {
  return artifacts.map(({ text }) => text).join("");
}

/** Of the sets that hold the pods of a selector. */
function membersOf({ artifacts }: AppliedRecord): readonly string[] {
  const text = artifacts.find(({ path }) => path === "ipset.restore")?.text ?? "";
  return [...text.matchAll(/^add cali40s:\S+ (\S+)$/gm)].map(([, member]) => member!);
}

test("what changed from one policy to the next, by resource", () => {
  const of = (...texts: readonly string[]) =>
    recordOf(smallCluster(texts.join("---\n"), PODS)).resources.policy;
  const tier = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: t }\nspec: { order: 1 }\n";
  const other = allowing("web").replace("name: server, ", "name: other, ");
  const kubernetes = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: server, namespace: default }
spec: { podSelector: {} }
`;
  expect(changedResources(of(allowing("web"), tier), of(allowing("batch"), other, kubernetes))).toEqual([
    { resource: "NetworkPolicy (networking.k8s.io/v1) default/server", change: "added" },
    { resource: "NetworkPolicy default/other", change: "added" },
    { resource: "NetworkPolicy default/server", change: "changed" },
    { resource: "Tier t", change: "removed" },
  ]);
});

describe("which policy a rollback goes to", () => {
  const entry = (number: number, policy: string | undefined = "p") => {
    const by = compiledBy(ONE.artifacts)!;
    return { number, time: "", node: "n1", ...by, ...(policy === "" ? {} : { policy }) };
  };
  const [three, four, five] = [entry(3), entry(4), entry(5)];

  test.each([
    ["the one before what is in force", [three, four, five], five, undefined, 4],
    ["the newest where nothing is in force", [three, four, five], undefined, undefined, 5],
    ["the one that was asked for", [three, four, five], five, 3, 3],
    ["that in force, too, when asked for", [three, four, five], five, 5, 5],
  ])("%s", (_, entries, inForce, number, chosen) => {
    expect(chooseEntry(entries, inForce, number).number).toBe(chosen);
  });

  test.each([
    ["this host has no history yet", [], undefined, undefined],
    ["there is no policy before the one in force (5)", [five], five, undefined],
    ["the history has no policy 9; it has 3, 4, 5", [three, four, five], five, 9],
    ["policy 4 is known by its digest only", [three, entry(4, ""), five], five, undefined],
  ])("none: %s", (reason, entries, inForce, number) => {
    expect(() => chooseEntry(entries, inForce, number)).toThrow(reason);
  });
});
