import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { formatPortRange } from "../../net/ports.ts";
import { readYaml } from "../network/testing/read.ts";

/** The lowered policy of a spec in namespace prod, named web. */
function policyOf(spec: string) {
  const { objects } = readYaml(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: prod }
spec:
${spec.replaceAll(/^/gm, "  ")}`);
  const [policy] = objects;
  if (policy?.kind !== "policy") throw new Error("no policy");
  return policy;
}

describe("the worked example of the conversion", () => {
  const policy = policyOf(`podSelector: { matchLabels: { app: web, tier: fe } }
policyTypes: [Ingress]
ingress:
- from:
  - podSelector: { matchExpressions: [{ key: role, operator: In, values: [b, a] }] }
  - namespaceSelector: {}
  - ipBlock: { cidr: 10.1.2.3/16, except: [10.1.9.0/24] }
  ports: [{ port: 80 }, { port: 81 }, { port: metrics }, { protocol: UDP, port: 53 }]`);

  test("six rules, by protocol and then by peer", () => {
    expect(policy.ingress.map(({ protocol }) => protocol)).toEqual([6, 6, 6, 17, 17, 17]);
    expect(policy.ingress.every(({ action }) => action === "allow")).toBe(true);
  });

  test("ports merge into ranges, names stay names", () => {
    const { ports } = policy.ingress[0]!.destination;
    expect([...ports.names, ...ports.ranges.map(formatPortRange)]).toEqual(["metrics", "80:81"]);
  });

  test("pod peers are folded with the namespace, network blocks are masked", () => {
    const [pods, anyNamespace, block] = policy.ingress.map(({ source }) => source);
    expect(pods!.selector?.canonical).toBe(
      '(projectcalico.org/namespace == "prod" && (projectcalico.org/orchestrator == "k8s" && role in {"a", "b"}))',
    );
    expect(anyNamespace!.selector?.canonical).toBe(
      '(has(projectcalico.org/namespace) && projectcalico.org/orchestrator == "k8s")',
    );
    expect(block!.nets.map(formatCidr)).toEqual(["10.1.0.0/16"]);
    expect(block!.notNets.map(formatCidr)).toEqual(["10.1.9.0/24"]);
    expect(block!.selector).toBeUndefined();
  });
});

test("rules of a direction that the policy does not govern are pointed out", () => {
  const findings = (fields: string) =>
    readYaml(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web }
spec: { podSelector: {}, ${fields} }`).findings;
  expect(findings("policyTypes: [Egress], ingress: [{}], egress: [{}]")).toEqual([
    "policy/rules-ignored spec.ingress",
  ]);
  expect(findings("egress: [{}]")).toEqual([]);
});

describe("directions", () => {
  test.each([
    ["no types, no rules", "podSelector: {}", ["ingress"]],
    ["no types, egress rules", "podSelector: {}\negress: [{}]", ["ingress", "egress"]],
    [
      "an empty list of types, egress rules",
      "podSelector: {}\npolicyTypes: []\negress: [{}]",
      ["ingress", "egress"],
    ],
    ["only egress", "podSelector: {}\npolicyTypes: [Egress]\negress: [{}]", ["egress"]],
  ])("%s", (_, spec, directions) => {
    expect(policyOf(spec).directions).toEqual(directions);
  });
});
