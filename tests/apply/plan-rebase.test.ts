import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { birdBackend } from "../../compiler/index.ts";
import { differencesBetween } from "../../runtime/apply/drift.ts";
import { chooseSetNames } from "../../runtime/apply/set-versions.ts";
import { readBundle } from "../../runtime/apply/state.ts";
import type { Three } from "../../runtime/plan/merge.ts";
import { type Rebased, rebase } from "../../runtime/plan/rebase.ts";
import { compileTarget, fixtureFiles } from "./plans.ts";
import { isThere, mixed, PARTS, type SmallHost, smallHosts, stateOf } from "./small-states.ts";

const NODE = "n1";

function rebased({ before, after, live }: Three<SmallHost>): Rebased {
  return rebase({ before: stateOf(before), after: stateOf(after), live: stateOf(live) }, NODE);
}

type Parts = ReadonlyMap<string, string>;

/** Every part of a host by its name, as text that says all of it. */
function partsOf(host: SmallHost): Parts {
  return new Map([
    ...Object.entries(host.chains).map(([name, rules]) => [`chain ${name}`, rules.join(" ")] as const),
    ...Object.keys(host.sets).map((name) => [`set ${name}`, ""] as const),
    ...Object.entries(host.routes).map(([name, dev]) => [`route ${name}`, dev] as const),
    ...host.announced.map((prefix) => [`announced ${prefix}`, ""] as const),
    ...host.peers.map((name) => [`peer ${name}`, ""] as const),
  ]);
}

function changed(a: Parts, b: Parts): readonly string[] {
  return [...new Set([...a.keys(), ...b.keys()])].filter((name) => a.get(name) !== b.get(name));
}

/** Two hosts that have parts in common, and a third that has parts of the first. */
const triples: fc.Arbitrary<Three<SmallHost>> = fc
  .tuple(
    smallHosts,
    smallHosts,
    smallHosts,
    fc.subarray([...PARTS]),
    fc.subarray([...PARTS], { minLength: 8 }),
  )
  .map(([before, other, another, kept, stayed]) => ({
    before,
    after: mixed(before, other, kept),
    live: mixed(before, another, stayed),
  }));

/** What the third is to become, by the definition, one part after the other; `undefined` = that is refused. */
function expected({ before, after, live }: Three<SmallHost>): SmallHost | undefined {
  const [was, wanted, is] = [partsOf(before), partsOf(after), partsOf(live)];
  const planned = changed(was, wanted);
  if (planned.some((name) => was.get(name) !== is.get(name))) return undefined;
  const hasLost = (name: string): boolean =>
    name in before.sets && !(name in live.sets) && `${before.sets[name]}` !== `${after.sets[name]}`;
  if (Object.keys(after.sets).some(hasLost)) return undefined;
  const pick = <T>(kind: string, read: (host: SmallHost) => Readonly<Record<string, T>>) => {
    const names = [...new Set([...Object.keys(read(live)), ...Object.keys(read(after))])];
    return Object.fromEntries(
      names.flatMap((name): [string, T][] => {
        const value = read(planned.includes(`${kind} ${name}`) ? after : live)[name];
        return value === undefined ? [] : [[name, value]];
      }),
    );
  };
  const list = (kind: string, read: (host: SmallHost) => readonly string[]) =>
    Object.keys(pick(kind, (host) => Object.fromEntries(read(host).map((name) => [name, true]))));
  const sets = pick("set", (host) => host.sets);
  for (const name of Object.keys(sets)) {
    const [a, b, c] = [before.sets[name], after.sets[name], live.sets[name]];
    if (a === undefined || b === undefined || c === undefined) continue;
    const kept = c.filter((member) => !a.includes(member) || b.includes(member));
    sets[name] = [...new Set([...kept, ...b.filter((member) => !a.includes(member))])].sort();
  }
  const merged: SmallHost = {
    chains: pick("chain", (host) => host.chains),
    sets,
    routes: pick("route", (host) => host.routes),
    announced: list("announced", (host) => host.announced),
    peers: list("peer", (host) => host.peers),
  };
  const isWhole = Object.values(merged.chains).every((rules) => rules.every((rule) => isThere(merged, rule)));
  return isWhole ? merged : undefined;
}

/** Where two states differ; the order of BIRD's protocols is no difference. */
function apart(a: ReturnType<typeof stateOf>, b: ReturnType<typeof stateOf>): readonly unknown[] {
  const config = (text: string | undefined) =>
    birdBackend.parse(text === undefined ? [] : [{ path: "bird.conf", text }]);
  return [
    ...differencesBetween({ ...a, bird: undefined }, { ...b, bird: undefined }),
    ...birdBackend.diff(config(a.bird), config(b.bird)),
  ];
}

const isSame = (a: ReturnType<typeof stateOf>, b: ReturnType<typeof stateOf>): boolean =>
  differencesBetween(a, b).length === 0;

describe("re-basing a plan", () => {
  test("onto what it was made against gives what it wants", () => {
    fc.assert(
      fc.property(triples, ({ before, after }) => {
        const found = rebased({ before, after, live: before });
        if (isSame(stateOf(before), stateOf(after))) expect(found).toEqual({ kind: "nothing to do" });
        else expect(found).toEqual({ kind: "ready", whole: true, state: stateOf(after) });
      }),
    );
  });

  test("onto what it wants is refused, and so is the way back of a plan that has not been applied", () => {
    fc.assert(
      fc.property(triples, ({ before, after }) => {
        const found = rebased({ before, after, live: after });
        expect(found.kind).toBe(
          isSame(stateOf(before), stateOf(after)) ? "nothing to do" : "applied already",
        );
      }),
    );
  });

  test("is what it is defined to be, part by part", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(triples, (triple) => {
        const found = rebased(triple);
        seen.set(found.kind, (seen.get(found.kind) ?? 0) + 1);
        const wanted = expected(triple);
        if (found.kind === "nothing to do") expect(changedIn(triple)).toBe(false);
        else if (found.kind === "applied already") expect(isApplied(triple)).toBe(true);
        else if (found.kind === "violated") expect(wanted).toBeUndefined();
        else {
          expect(wanted).toBeDefined();
          if (wanted !== undefined) expect(apart(found.state, stateOf(wanted))).toEqual([]);
        }
      }),
      { numRuns: 1500 },
    );
    process.stdout.write(`re-based: ${[...seen].map(([kind, count]) => `${count} ${kind}`).join(", ")}\n`);
    expect(seen.get("ready") ?? 0).toBeGreaterThan(100);
    expect(seen.get("violated") ?? 0).toBeGreaterThan(100);
  });

  test("takes what nothing of it concerns along, before or after", () => {
    let ready = 0;
    fc.assert(
      fc.property(triples, ({ before, after, live }) => {
        const [was, wanted, is] = [partsOf(before), partsOf(after), partsOf(live)];
        const planned = changed(was, wanted);
        fc.pre(!changed(was, is).some((name) => planned.includes(name)));
        // The same churn, made to what the plan wants instead, is another plan.
        const one = rebased({ before, after, live });
        const other = rebased({ before, after: live, live: after });
        if (one.kind !== "ready" || other.kind !== "ready") return;
        ready++;
        expect(apart(one.state, other.state)).toEqual([]);
      }),
      { numRuns: 700 },
    );
    expect(ready).toBeGreaterThan(50);
  });

  test("whatever the sets are called on the host", () => {
    let versioned = 0;
    fc.assert(
      fc.property(triples, ({ before, after, live }) => {
        const plain = rebased({ before, after, live });
        const [was, is, wanted] = [stateOf(before), stateOf(live), stateOf(after)];
        // As one policy change after another leaves it: sets that were filled anew have another name.
        const iptables = chooseSetNames(stateOf(before).iptables, is.iptables, "policy");
        if (differencesBetween({ ...is, iptables }, is).length > 0) throw new Error("not the same host");
        if (iptables.ipSets.sets.some(({ name }) => name.includes("~"))) versioned++;
        const found = rebase({ before: was, after: wanted, live: { ...is, iptables } }, NODE);
        expect(found.kind).toBe(plain.kind);
        if (found.kind === "ready" && plain.kind === "ready")
          expect(differencesBetween(found.state, plain.state)).toEqual([]);
      }),
    );
    expect(versioned).toBeGreaterThan(5);
  });
});

describe("re-basing bird.conf", () => {
  const bundles = [1, 2].map((step) => compileTarget(fixtureFiles(`bgp-mesh/${step}`), "leaf-3").artifacts);
  const [before, after] = bundles.map((artifacts) => readBundle(artifacts));
  const config = (text = "") => birdBackend.parse([{ path: "bird.conf", text }]);

  function live(edit: (text: string) => string) {
    const text = before?.bird ?? "";
    if (edit(text) === text) throw new Error("nothing is edited");
    return { ...before!, bird: edit(text) };
  }

  test("keeps a block that has come, and brings the peer", () => {
    const now = live((text) =>
      text.replace(/(protocol static blocks4 \{\n {2}ipv4;\n)/, "$1  route 10.90.9.0/26 blackhole;\n"),
    );
    const found = rebase({ before: before!, after: after!, live: now }, "leaf-3");
    expect(found).toMatchObject({ kind: "ready", whole: false });
    if (found.kind !== "ready") return;
    expect(birdBackend.diff(config(found.state.bird), config(after?.bird))).toMatchObject([
      { kind: "static-route", protocol: "blocks4", op: "remove" },
    ]);
    expect(birdBackend.diff(config(now.bird), config(found.state.bird))).toEqual(
      birdBackend.diff(config(before?.bird), config(after?.bird)),
    );
  });

  test("refuses where somebody has made the peer in another way", () => {
    const now = live(() =>
      after!.bird!.replace("neighbor 172.31.0.1 as 65002", "neighbor 172.31.0.1 as 65003"),
    );
    expect(now.bird).toContain("as 65003");
    const found = rebase({ before: before!, after: after!, live: now }, "leaf-3");
    expect(found).toMatchObject({ kind: "violated" });
    if (found.kind === "violated")
      expect(found.violations).toContainEqual({
        object: "bird.conf protocol Node_172_31_0_1",
        reason: "is there, and was not when the plan was made",
      });
  });
});

function changedIn({ before, after }: Three<SmallHost>): boolean {
  return !isSame(stateOf(before), stateOf(after));
}

function isApplied({ before, after, live }: Three<SmallHost>): boolean {
  const [was, wanted, is] = [partsOf(before), partsOf(after), partsOf(live)];
  const members = Object.keys(after.sets).every((name) => {
    const [a, b, c] = [before.sets[name], after.sets[name], live.sets[name]];
    if (a === undefined || b === undefined) return true;
    if (c === undefined) return `${a}` === `${b}`;
    return (
      b.every((member) => a.includes(member) || c.includes(member)) &&
      a.every((member) => b.includes(member) || !c.includes(member))
    );
  });
  return members && changed(was, wanted).every((name) => wanted.get(name) === is.get(name));
}
