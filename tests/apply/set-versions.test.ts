import { describe, expect, test } from "vitest";
import { type IptablesState, iptablesBackend } from "../../compiler/index.ts";
import { chooseSetNames } from "../../runtime/apply/set-versions.ts";

const NAME = "cali40s:txVRYobrZMt0dXOaE4tIdZe";
const STEM = "cali40s:txVRYobrZMt0dX";
const OTHER = "cali40n:cl9_Kgeu4H0OGLbhovVR3NB";

interface SetText {
  readonly name: string;
  readonly members: readonly string[];
  readonly maxElements?: number;
  /** How rules ask it; `no` = none does. */
  readonly asked?: "plainly" | "negated" | "no";
}

function stateOf(...sets: readonly SetText[]): IptablesState {
  const setLines = sets.flatMap(({ name, members, maxElements = 65536 }) => [
    `create ${name} hash:net family inet maxelem ${maxElements}`,
    ...members.map((member) => `add ${name} ${member}`),
  ]);
  const rules = sets
    .filter(({ asked }) => asked !== "no")
    .map(({ name, asked }) => {
      const not = asked === "negated" ? "! " : "";
      return `-A cali-a -m comment --comment "cali:${name.slice(8, 16)}" -m set ${not}--match-set ${name} src -j DROP`;
    });
  return iptablesBackend.parse([
    { path: "ipset.restore", text: `${setLines.join("\n")}\n` },
    { path: "iptables.restore", text: ["*filter", ":cali-a - -", ...rules, "COMMIT", ""].join("\n") },
  ]);
}

function names({ ipSets }: IptablesState): readonly string[] {
  return ipSets.sets.map(({ name }) => name);
}

const old: SetText = { name: NAME, members: ["10.0.0.1"] };
const wanted: SetText = { name: NAME, members: ["10.0.0.2"] };

describe("under which name a set is on the host", () => {
  test("the same content keeps its name, a version's too", () => {
    expect(names(chooseSetNames(stateOf(old), stateOf(old), "policy"))).toEqual([NAME]);
    const version = { ...old, name: `${STEM}~abcdefgh` };
    const chosen = chooseSetNames(stateOf(version), stateOf(old), "policy");
    expect(names(chosen)).toEqual([version.name]);
    expect(iptablesBackend.diff(stateOf(version), chosen)).toEqual([]);
  });

  test("one member by inventory changes in place", () => {
    const chosen = chooseSetNames(stateOf(old), stateOf(wanted), "inventory");
    expect(iptablesBackend.diff(stateOf(old), chosen).map(({ kind }) => kind)).toEqual(["members-changed"]);
  });

  test("a change of policy fills another set and switches the rules that ask it, which keep their ids", () => {
    const chosen = chooseSetNames(stateOf(old), stateOf(wanted), "policy");
    const [name = ""] = names(chosen);
    expect(name).toMatch(/^cali40s:txVRYobrZMt0dX~[\w-]{8}$/);
    expect(name).toHaveLength(31);
    expect(iptablesBackend.diff(stateOf(old), chosen).map(({ kind }) => kind)).toEqual([
      "set-removed",
      "set-added",
      "rule-altered",
    ]);
  });

  test("and the next one goes back to the plain name", () => {
    const version = { ...old, name: `${STEM}~abcdefgh` };
    expect(names(chooseSetNames(stateOf(version), stateOf(wanted), "policy"))).toEqual([NAME]);
  });

  test("by inventory, too, where a rule negates the set, now or then", () => {
    const negated = { ...wanted, asked: "negated" } as const;
    for (const [from, to] of [
      [old, negated],
      [{ ...old, asked: "negated" } as const, wanted],
    ] as const)
      expect(names(chooseSetNames(stateOf(from), stateOf(to), "inventory"))).not.toContain(NAME);
  });

  test("by inventory, too, where two sets change", () => {
    const one = { name: OTHER, members: ["10.0.1.1"] };
    const two = { name: OTHER, members: ["10.0.1.2"] };
    const chosen = names(chooseSetNames(stateOf(old, one), stateOf(wanted, two), "inventory"));
    expect(chosen).toHaveLength(2);
    for (const name of chosen) expect(name).toContain("~");
  });

  test("another size needs another set, whatever changed", () => {
    const chosen = chooseSetNames(stateOf(old), stateOf({ ...old, maxElements: 1000 }), "inventory");
    expect(names(chosen)).not.toContain(NAME);
  });

  test("what a killed run has left half filled is filled, and never asked before it is", () => {
    const [name = ""] = names(chooseSetNames(stateOf(old), stateOf(wanted), "policy"));
    const left: SetText = { name, members: ["10.0.0.7"], asked: "no" };
    const chosen = chooseSetNames(stateOf(old, left), stateOf(wanted), "policy");
    expect(names(chosen)).toEqual([name]);
    expect(iptablesBackend.diff(stateOf(old, left), chosen).map(({ kind }) => kind)).toContain(
      "members-changed",
    );
  });

  test("a version that has changed in place since is not taken for what its name says", () => {
    const [name = ""] = names(chooseSetNames(stateOf(old), stateOf(wanted), "policy"));
    const changed: SetText = { name, members: ["10.0.0.7"] };
    const chosen = names(
      chooseSetNames(stateOf({ ...old, asked: "plainly" }, changed), stateOf(wanted), "policy"),
    );
    expect(chosen).toHaveLength(1);
    expect(chosen).not.toContain(name);
    expect(chosen).not.toContain(NAME);
  });

  test("definitions whose versions could not be told apart are refused", () => {
    const twin = { name: `${STEM}different`, members: [] };
    expect(() => chooseSetNames(stateOf(old), stateOf(wanted, twin), "policy")).toThrow(/told apart/);
  });
});
