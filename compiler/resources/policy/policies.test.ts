import { describe, expect, test } from "vitest";
import type { Policy } from "../../ir/cluster-model.ts";
import { lowerContext, lowered, readResource } from "../network/testing/read.ts";
import { globalNetworkPolicy } from "./global-network-policy.ts";

type Spec = Readonly<Record<string, unknown>>;

function policy(kind: string, spec: Spec, name = "p"): Policy {
  const namespaced = !kind.includes("Global");
  const object = lowered(kind, { metadata: { name, ...(namespaced ? { namespace: "prod" } : {}) }, spec });
  if (object.kind !== "policy") throw new Error(`${kind} became ${object.kind}`);
  return object;
}

function findings(kind: string, spec: Spec, name = "p"): readonly string[] {
  const namespaced = !kind.includes("Global");
  return readResource(kind, { metadata: { name, ...(namespaced ? { namespace: "prod" } : {}) }, spec })
    .findings;
}

const ALLOW = { action: "Allow" };

describe("defaults", () => {
  test.each<[Spec, readonly string[]]>([
    [{}, ["ingress"]],
    [{ ingress: [], egress: [] }, ["ingress"]],
    [{ ingress: [ALLOW] }, ["ingress"]],
    [{ egress: [ALLOW] }, ["egress"]],
    [{ ingress: [], egress: [ALLOW] }, ["egress"]],
    [{ ingress: [ALLOW], egress: [ALLOW] }, ["ingress", "egress"]],
    [{ types: ["Egress", "Ingress"] }, ["ingress", "egress"]],
    [{ ingress: null, egress: [ALLOW] }, ["egress"]],
  ])("types of %j", (spec, directions) => {
    expect(policy("NetworkPolicy", spec).directions).toEqual(directions);
  });

  test("tier, order and flags", () => {
    expect(policy("GlobalNetworkPolicy", {})).toMatchObject({
      tier: "default",
      order: Number.POSITIVE_INFINITY,
      staged: false,
      doNotTrack: false,
      preDnat: false,
      applyOnForward: false,
      neededEverywhere: false,
    });
    expect(policy("NetworkPolicy", { tier: "", order: 0 })).toMatchObject({ tier: "default", order: 0 });
  });

  test("an unset flag and an explicit one", () => {
    const spec = {
      doNotTrack: true,
      applyOnForward: true,
      tier: "net-sec",
      order: -1.5,
      performanceHints: ["AssumeNeededOnEveryNode"],
    };
    expect(policy("GlobalNetworkPolicy", spec)).toMatchObject({
      tier: "net-sec",
      order: -1.5,
      doNotTrack: true,
      preDnat: false,
      applyOnForward: true,
      neededEverywhere: true,
    });
  });
});

test.each([
  ["NetworkPolicy", "np/prod/p", "prod", false],
  ["GlobalNetworkPolicy", "gnp/p", "", false],
  ["StagedNetworkPolicy", "snp/prod/p", "prod", true],
  ["StagedGlobalNetworkPolicy", "sgnp/p", "", true],
  ["StagedKubernetesNetworkPolicy", "sknp/prod/p", "prod", true],
])("%s is %s", (kind, key, namespace, staged) => {
  expect(policy(kind, {})).toMatchObject({
    key,
    policyKind: kind,
    name: "p",
    namespace,
    staged,
    source: "policy",
  });
});

describe("the subject, by the worked examples of the sheet (§3.7)", () => {
  test.each<[string, Spec, string]>([
    ["NetworkPolicy", {}, `projectcalico.org/namespace == "prod"`],
    ["NetworkPolicy", { selector: "a == 'b'" }, `(a == "b" && projectcalico.org/namespace == "prod")`],
    [
      "NetworkPolicy",
      { serviceAccountSelector: "r == 'x'" },
      `(projectcalico.org/namespace == "prod" && pcsa.r == "x")`,
    ],
    ["GlobalNetworkPolicy", {}, "all()"],
    [
      "GlobalNetworkPolicy",
      { selector: "all()", namespaceSelector: "e == 'p'" },
      `(has(projectcalico.org/namespace) && pcns.e == "p")`,
    ],
    ["GlobalNetworkPolicy", { namespaceSelector: "all()" }, "has(projectcalico.org/namespace)"],
    ["GlobalNetworkPolicy", { serviceAccountSelector: "all()" }, "has(projectcalico.org/serviceaccount)"],
  ])("%s %j", (kind, spec, canonical) => {
    expect(policy(kind, spec).selector.canonical).toBe(canonical);
  });
});

describe("a whole policy", () => {
  const { ingress, egress } = policy("NetworkPolicy", {
    selector: "app == 'api'",
    ingress: [
      {
        action: "Allow",
        protocol: "TCP",
        source: { selector: "app == 'web'" },
        destination: { ports: [80, "admin"] },
      },
      { action: "Deny", source: { nets: ["192.0.2.0/24"] } },
    ],
    egress: [{ action: "Allow", destination: { services: { name: "db" } } }],
  });

  test("keeps its rules in order, each with its place", () => {
    expect(ingress.map(({ action }) => action)).toEqual(["allow", "deny"]);
    expect(ingress.map(({ origin }) => origin.path)).toEqual([
      ["spec", "ingress", 0],
      ["spec", "ingress", 1],
    ]);
    expect(ingress[0]?.source.selector?.canonical).toBe(
      `(projectcalico.org/namespace == "prod" && app == "web")`,
    );
    expect(ingress[0]?.destination.selector).toBeUndefined();
    expect(egress[0]?.destination.service).toEqual({ namespace: "prod", name: "db" });
  });

  test("names the resource it comes from", () => {
    expect(ingress[0]?.origin.resource).toEqual({ kind: "NetworkPolicy", namespace: "prod", name: "p" });
  });
});

describe("checks of the policy", () => {
  test.each<[string, Spec, readonly string[]]>([
    [
      "both",
      { preDNAT: true, doNotTrack: true, applyOnForward: true },
      ["policy/flags-exclusive spec.doNotTrack"],
    ],
    [
      "preDNAT with egress rules",
      { preDNAT: true, applyOnForward: true, types: ["Ingress"], egress: [ALLOW] },
      ["policy/pre-dnat-egress-rules spec.egress", "policy/rules-ignored spec.egress"],
    ],
    [
      "preDNAT with Egress type",
      { preDNAT: true, applyOnForward: true, types: ["Ingress", "Egress"] },
      ["policy/pre-dnat-egress-type spec.types"],
    ],
    ["preDNAT not forwarded", { preDNAT: true }, ["policy/apply-on-forward-required spec.preDNAT"]],
    [
      "doNotTrack not forwarded",
      { doNotTrack: true, applyOnForward: false },
      ["policy/apply-on-forward-required spec.doNotTrack"],
    ],
    ["preDNAT", { preDNAT: true, applyOnForward: true, ingress: [ALLOW] }, []],
    ["untracked", { doNotTrack: true, applyOnForward: true, ingress: [ALLOW], egress: [ALLOW] }, []],
    [
      "global() as namespaces",
      { namespaceSelector: "global()" },
      ["policy/global-misplaced spec.namespaceSelector"],
    ],
  ])("flags: %s", (_, spec, expected) => {
    expect(findings("GlobalNetworkPolicy", spec)).toEqual(expected);
    expect(findings("StagedGlobalNetworkPolicy", spec)).toEqual(expected);
  });

  test.each(["doNotTrack", "preDNAT", "applyOnForward", "namespaceSelector"])(
    "%s is nothing for a namespaced policy",
    (field) => {
      expect(findings("NetworkPolicy", { [field]: true })).toEqual([`resource/unknown-field spec.${field}`]);
    },
  );

  test.each([
    ["selector", "a ==", "selector/invalid spec.selector"],
    ["serviceAccountSelector", "(a", "selector/invalid spec.serviceAccountSelector"],
    ["selector", "global()", "policy/global-misplaced spec.selector"],
    ["serviceAccountSelector", "global()", "policy/global-misplaced spec.serviceAccountSelector"],
    ["selector", `a == '${"x".repeat(1024)}'`, "resource/size spec.selector"],
    ["types", [], "resource/size spec.types"],
    ["types", ["Ingress", "Ingress"], "resource/repeated-item spec.types.1"],
    ["types", ["ingress"], "resource/enum spec.types.0"],
    ["order", "10", "resource/type spec.order"],
    ["performanceHints", ["Fast"], "resource/enum spec.performanceHints.0"],
    ["ingress", new Array(1025).fill(ALLOW), "resource/size spec.ingress"],
    ["ingress", [{}], "resource/missing-field spec.ingress.0"],
    ["ingress", [{ action: "allow" }], "resource/enum spec.ingress.0.action"],
    ["ingress", [{ ...ALLOW, ipVersion: 5 }], "resource/enum spec.ingress.0.ipVersion"],
    ["ingress", [{ ...ALLOW, icmp: { type: 255 } }], "resource/bounds spec.ingress.0.icmp.type"],
    [
      "ingress",
      [{ ...ALLOW, source: { selectr: "a" } }],
      "resource/unknown-field spec.ingress.0.source.selectr",
    ],
    [
      "ingress",
      [{ ...ALLOW, source: { nets: ["10.0.0.0/8", "10.0.0.0/8"] } }],
      "resource/repeated-item spec.ingress.0.source.nets.1",
    ],
    [
      "ingress",
      [{ ...ALLOW, source: { nets: Array.from({ length: 257 }, (_, i) => `10.0.${i % 256}.${i >> 8}/32`) } }],
      "resource/size spec.ingress.0.source.nets",
    ],
    [
      "ingress",
      [{ ...ALLOW, protocol: "TCP", source: { ports: Array.from({ length: 51 }, (_, i) => i + 1) } }],
      "resource/size spec.ingress.0.source.ports",
    ],
  ])("%s: %j", (field, value, finding) => {
    expect(findings("NetworkPolicy", { [field]: value })).toEqual([finding]);
  });

  test("limits are inclusive", () => {
    const nets = Array.from({ length: 256 }, (_, i) => `10.0.${i}.0/24`);
    const ports = Array.from({ length: 50 }, (_, i) => i + 1);
    const rule = { ...ALLOW, protocol: "TCP", source: { nets }, destination: { ports } };
    expect(findings("NetworkPolicy", { ingress: [rule], selector: `a == '${"x".repeat(1017)}'` })).toEqual(
      [],
    );
    expect(findings("NetworkPolicy", { ingress: new Array(1024).fill(ALLOW) })).toEqual([]);
  });

  test("rules of a direction that is not governed", () => {
    expect(findings("NetworkPolicy", { types: ["Ingress"], egress: [ALLOW] })).toEqual([
      "policy/rules-ignored spec.egress",
    ]);
  });

  test("a policy that only logs denies all the same", () => {
    const log = { action: "Log" };
    expect(findings("NetworkPolicy", { ingress: [log, log] })).toEqual(["policy/log-only spec.ingress"]);
    expect(findings("NetworkPolicy", { ingress: [log, { action: "Pass" }] })).toEqual([]);
  });

  test("each rule is checked, in both directions", () => {
    const bad = { ...ALLOW, protocol: "tcp" };
    expect(findings("NetworkPolicy", { ingress: [ALLOW, bad], egress: [bad] })).toEqual([
      "policy/protocol-invalid spec.ingress.1.protocol",
      "policy/protocol-invalid spec.egress.0.protocol",
    ]);
  });

  test("a global policy's service needs a namespace", () => {
    const egress = [{ ...ALLOW, destination: { services: { name: "db" } } }];
    expect(findings("GlobalNetworkPolicy", { egress })).toEqual([
      "policy/service-namespace-missing spec.egress.0.destination.services",
    ]);
  });
});

describe("names", () => {
  test.each([
    ["NetworkPolicy", "allow-api"],
    ["NetworkPolicy", "net-sec.allow-api"],
    ["NetworkPolicy", "knp.default.my.dotted.name"],
    ["StagedNetworkPolicy", "ossg.default.x"],
    ["GlobalNetworkPolicy", "0"],
    ["StagedGlobalNetworkPolicy", "tier.name"],
  ])("%s %s", (kind, name) => {
    expect(findings(kind, {}, name)).toEqual([]);
  });

  test.each([
    ["NetworkPolicy", "a.b.c"],
    ["NetworkPolicy", "knp.other.x.y"],
    ["GlobalNetworkPolicy", "knp.default.x"],
    ["StagedGlobalNetworkPolicy", "a.b.c"],
  ])("%s may not be %s", (kind, name) => {
    expect(findings(kind, {}, name)).toEqual(["policy/name-invalid metadata.name"]);
  });
});

describe("an invalid policy that reaches lowering, as it may in a daemon", () => {
  const metadata = { name: "p", namespace: "", labels: {}, annotations: {}, uid: "", creationTimestamp: "" };
  const lower = (spec: Spec) =>
    globalNetworkPolicy.lower(
      {
        apiVersion: "projectcalico.org/v3",
        kind: "GlobalNetworkPolicy",
        metadata: { ...metadata, deletionTimestamp: "" },
        body: { spec: { types: ["Ingress"], ...spec } },
        origin: { file: "x", document: 0, path: [] },
      },
      lowerContext(),
    );

  test("with a broken rule selects, but has no rules: the tier decides", () => {
    const ingress = [ALLOW, { ...ALLOW, protocol: "tcp" }];
    expect(lower({ selector: "has(a)", ingress, egress: [ALLOW] })).toMatchObject([
      { selector: { canonical: "has(a)" }, ingress: [], egress: [] },
    ]);
  });

  test.each<[string, Spec]>([
    ["subject", { selector: "a ==" }],
    ["flags", { doNotTrack: true, preDNAT: true, applyOnForward: true }],
    ["forwarding", { preDNAT: true }],
  ])("with a broken %s is not enforced", (_, spec) => {
    expect(lower(spec)).toEqual([]);
  });
});
