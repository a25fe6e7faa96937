import { describe, expect, test } from "vitest";
import { formatPortRange } from "../../net/ports.ts";
import { readResource } from "../network/testing/read.ts";

const SUBJECT = { namespaces: { matchLabels: { team: "red" } } };

function read(kind: string, spec: Readonly<Record<string, unknown>>) {
  return readResource(kind, {
    apiVersion: "policy.networking.k8s.io/v1alpha1",
    metadata: { name: "default" },
    spec: { subject: SUBJECT, ...(kind === "AdminNetworkPolicy" ? { priority: 7 } : {}), ...spec },
  });
}

function policyOf(kind: string, spec: Readonly<Record<string, unknown>>) {
  const { objects, findings } = read(kind, spec);
  const [policy] = objects;
  if (policy?.kind !== "policy") throw new Error(`no policy: ${findings.join("; ")}`);
  return { ...policy, findings };
}

test.each([
  ["AdminNetworkPolicy", "adminnetworkpolicy", "kanp.adminnetworkpolicy.default", 7],
  [
    "BaselineAdminNetworkPolicy",
    "baselineadminnetworkpolicy",
    "kbanp.baselineadminnetworkpolicy.default",
    Number.POSITIVE_INFINITY,
  ],
])("%s is a global policy of tier %s", (kind, tier, name, order) => {
  expect(policyOf(kind, {})).toMatchObject({
    policyKind: "GlobalNetworkPolicy",
    key: `gnp/${name}`,
    name,
    namespace: "",
    tier,
    order,
    selector: { canonical: '(projectcalico.org/orchestrator == "k8s" && pcns.team == "red")' },
    findings: [],
  });
});

test.each([
  ["Allow", "allow"],
  ["Deny", "deny"],
  ["Pass", "pass"],
])("the action %s is %s", (action, expected) => {
  const spec = { ingress: [{ name: "r", action, from: [SUBJECT] }] };
  expect(policyOf("AdminNetworkPolicy", spec).ingress).toMatchObject([
    { action: expected, annotations: [["name", "r"]] },
  ]);
});

test("a baseline has nothing to pass to", () => {
  const spec = { ingress: [{ action: "Pass", from: [SUBJECT] }] };
  expect(read("BaselineAdminNetworkPolicy", spec).findings).toEqual(["resource/enum spec.ingress.0.action"]);
});

test("there is one baseline, and its name is fixed", () => {
  const body = { apiVersion: "policy.networking.k8s.io/v1alpha1", spec: { subject: SUBJECT } };
  const { findings } = readResource("BaselineAdminNetworkPolicy", { ...body, metadata: { name: "mine" } });
  expect(findings).toEqual(["network/singleton-name metadata.name"]);
});

/** As the schemas of kubernetes-sigs/network-policy-api have it, in apis/v1alpha1 and apis/v1alpha2. */
describe("of alternatives there is one, for the others would be passed over", () => {
  const peer = (...to: readonly object[]) => ({ egress: [{ action: "Deny", to }] });
  const ports = (...list: readonly object[]) => ({
    ingress: [{ action: "Deny", from: [SUBJECT], ports: list }],
  });
  const PODS = { podSelector: {}, namespaceSelector: {} };

  test.each([
    ["two subjects", { subject: { ...SUBJECT, pods: PODS } }, "size spec.subject"],
    ["two peers in one", peer({ ...SUBJECT, networks: ["10.0.0.0/8"] }), "size spec.egress.0.to.0"],
    ["pods of no namespaces", peer({ pods: { podSelector: {} } }), "missing-field spec.egress.0.to.0.pods"],
    [
      "two ports in one",
      ports({ portNumber: { port: 80 }, namedPort: "http" }),
      "size spec.ingress.0.ports.0",
    ],
  ])("%s", (_, spec, finding) => {
    expect(read("AdminNetworkPolicy", spec).findings).toEqual([`resource/${finding}`]);
  });
});

describe("ports", () => {
  test.each([
    ["absent", undefined, ["any"]],
    [
      "numbers, ranges and names",
      [
        { portNumber: { protocol: "UDP", port: 53 } },
        { portNumber: { port: 80 } },
        { portRange: { protocol: "TCP", start: 81, end: 90 } },
        { namedPort: "http" },
      ],
      ["any http", "6 80:90", "17 53"],
    ],
    ["one that says nothing matches all", [{ portNumber: { port: 80 } }, {}], ["any"]],
  ])("%s", (_, ports, expected) => {
    const { ingress } = policyOf("AdminNetworkPolicy", {
      ingress: [{ action: "Allow", from: [SUBJECT], ports }],
    });
    const lines = ingress.map(({ protocol, destination: { ports: match } }) =>
      `${protocol ?? "any"} ${[...match.names, ...match.ranges.map(formatPortRange)].join(",")}`.trim(),
    );
    expect(lines).toEqual(expected);
  });

  test("a range that does not end after its start is refused", () => {
    const ports = [{ portRange: { start: 9, end: 9 } }];
    const spec = { egress: [{ action: "Allow", to: [SUBJECT], ports }] };
    expect(read("AdminNetworkPolicy", spec)).toMatchObject({
      findings: ["kubernetes/invalid-value spec.egress.0.ports.0.portRange"],
      objects: [],
    });
  });
});

describe("a rule to nodes fails closed", () => {
  test.each([
    ["Allow", [], "kubernetes/dropped-rule"],
    ["Deny", ["deny"], "kubernetes/failed-closed"],
    ["Pass", ["deny"], "kubernetes/failed-closed"],
  ])("%s", (action, actions, code) => {
    const policy = policyOf("AdminNetworkPolicy", { egress: [{ action, to: [{ nodes: {} }] }] });
    expect(policy.egress.map((rule) => rule.action)).toEqual(actions);
    expect(policy.findings).toEqual([`${code} spec.egress.0.to`]);
  });
});

test("without a subject it is not enforced, and that is told", () => {
  expect(read("AdminNetworkPolicy", { subject: {} })).toMatchObject({
    findings: ["kubernetes/policy-without-subject spec.subject"],
    objects: [],
  });
});
