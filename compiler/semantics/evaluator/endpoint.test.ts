import { describe, expect, test } from "vitest";
import type { ModelObject, PolicyRule } from "../../ir/cluster-model.ts";
import * as make from "../../ir/testing/objects.ts";
import { forwardPolicy, normalPolicy, PolicySource } from "./endpoint.ts";
import { ModelSets, membership } from "./members.ts";
import { judge as judgeProgram } from "./program.ts";
import { modelOf, packet } from "./testing/cluster.ts";
import type { Ruling } from "./verdict.ts";

const ALLOW = make.rule({ action: "allow" });
const DENY = make.rule({ action: "deny" });
const PASS = make.rule({ action: "pass" });
const LOG = make.rule({ action: "log" });
const UDP_ONLY = make.rule({ action: "allow", protocol: 17 });

const endpoint = { labels: { app: "web" }, profiles: ["p1", "p2"] };
const profiles = [make.profile("p1", { ingress: [UDP_ONLY] }), make.profile("p2", { ingress: [ALLOW] })];

function judge(...objects: readonly ModelObject[]): Ruling {
  const model = modelOf(...objects);
  const program = normalPolicy(new PolicySource(model), endpoint, "ingress", 4);
  return judgeProgram(program, packet("1.1.1.1", "2.2.2.2"), membership(new ModelSets(model)));
}

const allowedBy = (policy: string) => ({
  action: "allow",
  reason: { kind: "rule", list: { kind: "policy", policy: `gnp/${policy}` } },
});

function ingress(name: string, rules: readonly PolicyRule[], given: Parameters<typeof make.policy>[1] = {}) {
  return make.policy(name, { directions: ["ingress"], ingress: rules, ...given });
}

describe("the order of tiers and policies", () => {
  test("the lower order comes first, without an order last", () => {
    const last = ingress("a", [DENY], { order: Number.POSITIVE_INFINITY });
    expect(judge(last, ingress("z", [ALLOW], { order: 7 }))).toMatchObject(allowedBy("z"));
  });

  test("equal orders go by name", () => {
    expect(judge(ingress("b", [DENY]), ingress("a", [ALLOW]))).toMatchObject(allowedBy("a"));
  });

  test("equal names go by namespace", () => {
    const [first, second] = ["a", "b"].map((namespace) => ingress("same", [ALLOW], { namespace }));
    expect(judge(second!, first!)).toMatchObject({ reason: { list: { policy: "np/a/same" } } });
  });

  test("tiers go by order, then by name; those that nobody described come last", () => {
    const tiers = [make.tier("x", { order: 2 }), make.tier("y", { order: 1 }), make.tier("w", { order: 2 })];
    const inTier = (tier: string, rule = PASS) => ingress(`in-${tier}`, [rule], { tier, order: 1 });
    const { trail } = judge(...tiers, inTier("absent", ALLOW), inTier("x"), inTier("y"), inTier("w"));
    expect(trail.map(({ list }) => list.kind === "policy" && list.tier)).toEqual(["y", "w", "x"]);
  });
});

describe("within and after a tier", () => {
  test("what no policy decides, the tier denies", () => {
    expect(judge(make.tier("default"), ingress("a", [UDP_ONLY]), ...profiles)).toMatchObject({
      action: "deny",
      reason: { kind: "end-of-tier", tier: "default" },
    });
  });

  test("unless it passes by default", () => {
    const tier = make.tier("default", { defaultAction: "pass" });
    expect(judge(tier, ingress("a", [UDP_ONLY]), ...profiles).action).toBe("allow");
  });

  test("policies of the other direction, for others, or staged leave the tier out", () => {
    const others = [
      make.policy("egress", { directions: ["egress"] }),
      ingress("others", [DENY], { selector: make.selector("app == 'db'") }),
      ingress("staged", [DENY], { staged: true }),
    ];
    expect(judge(make.tier("default"), ...others, ...profiles).action).toBe("allow");
  });

  test("pass skips the rest of the tier, log goes on", () => {
    const ruled = judge(
      make.tier("default"),
      ingress("a", [LOG, PASS, DENY]),
      ingress("b", [DENY]),
      ...profiles,
    );
    expect(ruled.action).toBe("allow");
    expect(ruled.trail.map(({ rule }) => rule.action)).toEqual(["log", "pass"]);
  });
});

describe("profiles", () => {
  test("are asked in their order, when no tier decides", () => {
    expect(judge(...profiles)).toMatchObject({ action: "allow", reason: { list: { profile: "p2" } } });
  });

  test("pass leaves one profile for the next", () => {
    const [, second] = profiles;
    expect(judge(make.profile("p1", { ingress: [PASS, DENY] }), second!).action).toBe("allow");
  });

  test("where none decides, nothing gets through", () => {
    expect(judge(profiles[0]!, make.profile("p2"))).toMatchObject({
      action: "deny",
      reason: { kind: "no-profile-matched" },
    });
  });

  test("one that does not exist denies", () => {
    expect(judge(profiles[1]!)).toMatchObject({ action: "deny", reason: { kind: "missing-profile" } });
  });
});

test("untracked, pre-DNAT and forwarded traffic's policies keep apart", () => {
  const kinds = [{ doNotTrack: true }, { preDnat: true }].map((given, i) =>
    ingress(`early-${i}`, [DENY], { applyOnForward: true, ...given }),
  );
  expect(judge(...kinds, ...profiles).action).toBe("allow");
  const model = modelOf(...kinds, ingress("normal", [DENY]), ...profiles);
  expect(
    judgeProgram(
      forwardPolicy(new PolicySource(model), endpoint, "ingress", 4),
      packet("1.1.1.1", "2.2.2.2"),
      membership(new ModelSets(model)),
    ).reason.kind,
  ).toBe("no-forward-policy");
});
