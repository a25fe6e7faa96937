import { describe, expect, test } from "vitest";
import type { PolicyRule } from "../../ir/cluster-model.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatPortRange } from "../../net/ports.ts";
import { readResource } from "../network/testing/read.ts";

const NAMESPACES = { namespaces: { matchLabels: { team: "red" } } };
const PODS = { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: "web" } } } };

function read(spec: Readonly<Record<string, unknown>>) {
  return readResource("ClusterNetworkPolicy", {
    apiVersion: "policy.networking.k8s.io/v1alpha2",
    metadata: { name: "guard" },
    spec: { tier: "Admin", priority: 10, subject: NAMESPACES, ...spec },
  });
}

function policyOf(spec: Readonly<Record<string, unknown>>) {
  const { objects, findings } = read(spec);
  const [policy] = objects;
  if (policy?.kind !== "policy") throw new Error(`no policy: ${findings.join("; ")}`);
  return { ...policy, findings };
}

/** A rule's protocol and ports in one line. */
function portsOf({ protocol, destination: { ports } }: PolicyRule): string {
  return `${protocol ?? "any"} ${[...ports.names, ...ports.ranges.map(formatPortRange)].join(",")}`.trim();
}

describe("the policy", () => {
  test.each([
    ["Admin", "kube-admin"],
    ["Baseline", "kube-baseline"],
  ])("%s is of tier %s, and its priority the order", (tier, expected) => {
    expect(policyOf({ tier, priority: 0 })).toMatchObject({
      policyKind: "KubernetesClusterNetworkPolicy",
      key: "kcnp/guard",
      name: "guard",
      namespace: "",
      tier: expected,
      order: 0,
      staged: false,
      applyOnForward: false,
    });
  });

  test.each([
    ["namespaces", NAMESPACES, '(projectcalico.org/orchestrator == "k8s" && pcns.team == "red")'],
    [
      "all namespaces",
      { namespaces: {} },
      '(projectcalico.org/orchestrator == "k8s" && has(projectcalico.org/namespace))',
    ],
    [
      "pods",
      PODS,
      '((projectcalico.org/orchestrator == "k8s" && app == "web") && has(projectcalico.org/namespace))',
    ],
  ])("the subject: %s", (_, subject, expected) => {
    expect(policyOf({ subject }).selector.canonical).toBe(expected);
  });

  test.each([[undefined], [{}]])("with the subject %j it is not enforced, and that is told", (subject) => {
    const { objects, findings } = read({ subject });
    expect(objects).toEqual([]);
    expect(findings).toEqual(["kubernetes/policy-without-subject spec.subject"]);
  });

  test.each([
    ["only rules of one direction", { egress: [{ action: "Deny", to: [NAMESPACES] }] }, ["egress"]],
    ["no rules", {}, ["ingress", "egress"]],
  ])("directions: %s", (_, rules, directions) => {
    expect(policyOf(rules).directions).toEqual(directions);
  });

  test.each([
    [{ tier: "Other" }, "resource/enum spec.tier"],
    [{ priority: 1001 }, "resource/bounds spec.priority"],
    [{ ingress: [{ action: "Allow", from: [NAMESPACES] }] }, "resource/enum spec.ingress.0.action"],
    [{ ingress: [{ action: "Deny", from: [] }] }, "resource/size spec.ingress.0.from"],
  ])("%j is refused", (spec, finding) => {
    expect(read(spec)).toMatchObject({ findings: [finding], objects: [] });
  });
});

describe("rules", () => {
  const rule = (extra: Readonly<Record<string, unknown>>) => ({
    ingress: [{ action: "Accept", from: [NAMESPACES], ...extra }],
  });

  test.each([
    ["Accept", "allow"],
    ["Deny", "deny"],
    ["Pass", "pass"],
  ])("%s is %s", (action, expected) => {
    expect(policyOf(rule({ action })).ingress).toMatchObject([{ action: expected }]);
  });

  test("the name becomes an annotation", () => {
    expect(policyOf(rule({ name: "from-red" })).ingress[0]?.annotations).toEqual([["name", "from-red"]]);
    expect(policyOf(rule({})).ingress[0]?.annotations).toEqual([]);
  });

  test("peers of namespaces are whatever is in them, peers of pods are pods", () => {
    const [any, pods] = policyOf({ ingress: [{ action: "Accept", from: [NAMESPACES, PODS] }] }).ingress;
    expect(any?.source.selector?.canonical).toBe('pcns.team == "red"');
    expect(pods?.source.selector?.canonical).toBe(
      '(has(projectcalico.org/namespace) && (projectcalico.org/orchestrator == "k8s" && app == "web"))',
    );
  });

  test("networks are masked", () => {
    const egress = [{ action: "Accept", to: [{ networks: ["10.1.2.3/16", "fd00::1/64"] }] }];
    const [only] = policyOf({ egress }).egress;
    expect(only?.destination.nets.map(formatCidr)).toEqual(["10.1.0.0/16", "fd00::/64"]);
    expect(only?.destination.selector).toBeUndefined();
  });

  test.each([
    ["absent", undefined, ["any"]],
    ["empty", [], ["any"]],
    ["one port", [{ tcp: { destinationPort: { number: 80 } } }], ["6 80"]],
    ["a range", [{ udp: { destinationPort: { range: { start: 1, end: 9 } } } }], ["17 1:9"]],
    ["every port of a protocol", [{ sctp: {} }], ["132"]],
    ["every port absorbs the others", [{ tcp: { destinationPort: { number: 80 } } }, { tcp: {} }], ["6"]],
    [
      "by protocol, names without protocol first",
      [
        { udp: { destinationPort: { number: 53 } } },
        { tcp: { destinationPort: { number: 81 } } },
        { destinationNamedPort: "http" },
        { tcp: { destinationPort: { number: 80 } } },
        { sctp: { destinationPort: { number: 7 } } },
      ],
      ["any http", "132 7", "6 80:81", "17 53"],
    ],
    ["one that names nothing matches all", [{ tcp: { destinationPort: { number: 80 } } }, {}], ["any"]],
  ])("protocols: %s", (_, protocols, expected) => {
    expect(policyOf(rule({ protocols })).ingress.map(portsOf)).toEqual(expected);
  });

  test.each([
    ["protocols", [{ tcp: {}, udp: {} }], ""],
    [
      "ports",
      [{ tcp: { destinationPort: { number: 80, range: { start: 1, end: 9 } } } }],
      ".tcp.destinationPort",
    ],
  ])("two %s in one entry are refused, for one would be passed over", (_, protocols, where) => {
    expect(read(rule({ protocols })).findings).toEqual([`resource/size spec.ingress.0.protocols.0${where}`]);
  });

  test("one per protocol and peer, the protocol first", () => {
    const from = [NAMESPACES, PODS];
    const protocols = [{ udp: {} }, { tcp: {} }];
    const { ingress } = policyOf({ ingress: [{ action: "Deny", from, protocols }] });
    expect(
      ingress.map(({ protocol, source }) => [protocol, source.selector?.canonical.includes("app")]),
    ).toEqual([
      [6, false],
      [6, true],
      [17, false],
      [17, true],
    ]);
  });
});

describe("a rule that Calico cannot express fails closed", () => {
  const unsupported = [
    ["nodes", { nodes: {} }],
    ["domain names", { domainNames: ["*.example.com"] }],
    ["nothing", {}],
    ["an empty list of networks", { networks: [] }],
  ] as const;

  test.each(unsupported)("Accept to %s is dropped", (_, peer) => {
    const egress = [
      { action: "Accept", to: [NAMESPACES, peer] },
      { action: "Pass", to: [NAMESPACES] },
    ];
    const policy = policyOf({ egress });
    expect(policy.egress.map(({ action }) => action)).toEqual(["pass"]);
    expect(policy.findings).toEqual(["kubernetes/dropped-rule spec.egress.0.to"]);
  });

  test.each(
    unsupported.flatMap(([name, peer]) => [["Deny", name, peer] as const, ["Pass", name, peer] as const]),
  )("%s to %s denies everything, at its place", (action, _, peer) => {
    const egress = [
      { action: "Accept", to: [NAMESPACES] },
      { action, name: "no-way", to: [NAMESPACES, peer], protocols: [{ tcp: {} }] },
    ];
    const policy = policyOf({ egress });
    expect(policy.egress[1]).toMatchObject({
      action: "deny",
      protocol: undefined,
      destination: { nets: [], selector: undefined, ports: { ranges: [], names: [] } },
      annotations: [["name", "no-way"]],
    });
    expect(policy.egress).toHaveLength(2);
    expect(policy.findings).toEqual(["kubernetes/failed-closed spec.egress.1.to"]);
  });

  test("so does one from a peer that says nothing", () => {
    const policy = policyOf({ ingress: [{ action: "Deny", from: [{}] }] });
    expect(policy.ingress).toMatchObject([{ action: "deny", source: { selector: undefined } }]);
    expect(policy.findings).toEqual(["kubernetes/failed-closed spec.ingress.0.from"]);
  });

  test("a direction whose only rule is dropped is not listed", () => {
    const egress = [{ action: "Accept", to: [{ nodes: {} }] }];
    const ingress = [{ action: "Accept", from: [NAMESPACES] }];
    expect(policyOf({ ingress, egress }).directions).toEqual(["ingress"]);
  });
});

describe("what no API server would take is refused where it stands", () => {
  const to = (peer: unknown, protocols: unknown = []) => ({
    egress: [{ action: "Deny", to: [peer], protocols }],
  });
  test.each([
    [to({ networks: ["10.0.0.0/33"] }), "kubernetes/invalid-value spec.egress.0.to.0.networks.0"],
    [to({ networks: ["10.0.0.1"] }), "kubernetes/invalid-value spec.egress.0.to.0.networks.0"],
    [
      to(NAMESPACES, [{ tcp: { destinationPort: { range: { start: 9, end: 9 } } } }]),
      "kubernetes/invalid-value spec.egress.0.protocols.0.tcp.destinationPort.range",
    ],
    [
      to(NAMESPACES, [{ destinationNamedPort: "not a name" }]),
      "kubernetes/invalid-value spec.egress.0.protocols.0.destinationNamedPort",
    ],
    [
      { subject: { namespaces: { matchLabels: { "a b": "c" } } } },
      "resource/invalid-label spec.subject.namespaces.matchLabels.a b",
    ],
    [
      {
        subject: {
          pods: { namespaceSelector: {}, podSelector: { matchExpressions: [{ key: "a", operator: "In" }] } },
        },
      },
      "kubernetes/invalid-value spec.subject.pods.podSelector.matchExpressions.0.operator",
    ],
  ])("%j", (spec, finding) => {
    expect(read(spec)).toMatchObject({ findings: [finding], objects: [] });
  });
});
