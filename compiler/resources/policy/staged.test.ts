import { describe, expect, test } from "vitest";
import { lowered, readResource } from "../network/testing/read.ts";

const RULE = { action: "Allow" };
const KINDS = ["StagedNetworkPolicy", "StagedGlobalNetworkPolicy", "StagedKubernetesNetworkPolicy"];

function read(kind: string, spec: Readonly<Record<string, unknown>>) {
  return readResource(kind, { metadata: { name: "p" }, spec });
}

describe.each(KINDS)("%s", (kind) => {
  test.each([undefined, "Set", "Learn", "Ignore"])("stagedAction %s is a policy", (stagedAction) => {
    const spec = stagedAction === undefined ? {} : { stagedAction };
    expect(read(kind, spec).objects).toMatchObject([{ kind: "policy", staged: true, policyKind: kind }]);
  });

  test("a deletion is nothing", () => {
    expect(read(kind, { stagedAction: "Delete" })).toMatchObject({ findings: [], objects: [] });
  });

  test("an unknown action", () => {
    expect(read(kind, { stagedAction: "Drop" }).findings).toEqual(["resource/enum spec.stagedAction"]);
  });
});

describe("a deletion has no content", () => {
  test("but a tier, and zero values", () => {
    const spec = { stagedAction: "Delete", tier: "t", selector: "", ingress: [], types: null };
    expect(read("StagedNetworkPolicy", spec).findings).toEqual([]);
  });

  test.each([{ selector: "a" }, { order: 0 }, { ingress: [RULE] }, { types: ["Ingress"] }])("%j", (field) => {
    const { findings, messages } = read("StagedNetworkPolicy", { stagedAction: "Delete", ...field });
    expect(findings).toEqual(["policy/staged-delete-fields spec"]);
    expect(messages[0]).toContain("except Tier, should all be zero-value if stagedAction is Delete");
    expect(messages[0]).toContain(Object.keys(field)[0]);
  });

  test("in Kubernetes' form, too", () => {
    const spec = { stagedAction: "Delete", podSelector: { matchLabels: {} } };
    expect(read("StagedKubernetesNetworkPolicy", spec).findings).toEqual([]);
    const { messages } = read("StagedKubernetesNetworkPolicy", { ...spec, policyTypes: ["Ingress"] });
    expect(messages[0]).toContain("Spec fields should all be zero-value if stagedAction is Delete");
  });
});

test("a staged policy is checked like the enforced one", () => {
  expect(read("StagedNetworkPolicy", { ingress: [{ ...RULE, protocol: "tcp" }] }).findings).toEqual([
    "policy/protocol-invalid spec.ingress.0.protocol",
  ]);
  expect(read("StagedKubernetesNetworkPolicy", { ingress: [{ from: [{}] }] }).findings).toHaveLength(1);
});

describe("StagedKubernetesNetworkPolicy", () => {
  test("goes through Kubernetes' conversion", () => {
    const spec = { podSelector: { matchLabels: { app: "web" } }, ingress: [{ ports: [{ port: 80 }] }] };
    const policy = lowered("StagedKubernetesNetworkPolicy", {
      metadata: { name: "p", namespace: "prod" },
      spec,
    });
    expect(policy).toMatchObject({
      tier: "default",
      order: 1000,
      directions: ["ingress"],
      selector: {
        canonical: `((projectcalico.org/orchestrator == "k8s" && app == "web") && projectcalico.org/namespace == "prod")`,
      },
      ingress: [
        { action: "allow", protocol: 6, destination: { ports: { ranges: [{ first: 80, last: 80 }] } } },
      ],
    });
  });

  test.each([
    [{}, ["ingress"]],
    [{ ingress: [{}] }, ["ingress"]],
    [{ egress: [{}] }, ["ingress", "egress"]],
    [{ egress: [] }, ["ingress", "egress"]],
    [{ egress: [{}], policyTypes: ["Egress"] }, ["egress"]],
  ])("types of %j", (spec, directions) => {
    expect(read("StagedKubernetesNetworkPolicy", spec).objects).toMatchObject([{ directions }]);
  });
});
