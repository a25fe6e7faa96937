import { describe, expect, test } from "vitest";
import { readResource } from "./testing/read.ts";

describe("ClusterInformation", () => {
  const spec = {
    clusterGUID: "0123456789abcdef0123456789abcdef",
    clusterType: "k8s,kdd",
    calicoVersion: "v3.33.0",
    datastoreReady: true,
    variant: "Calico",
  };

  test("is accepted and reaches no dataplane", () => {
    expect(readResource("ClusterInformation", { spec })).toMatchObject({ findings: [], objects: [] });
  });

  test("is a singleton", () => {
    const { findings, messages } = readResource("ClusterInformation", { metadata: { name: "mine" }, spec });
    expect(findings).toEqual(["network/singleton-name metadata.name"]);
    expect(messages[0]).toContain("Cannot create a Cluster Information resource");
  });
});

describe("CalicoNodeStatus", () => {
  const status = (spec: object) =>
    readResource("CalicoNodeStatus", { metadata: { name: "s" }, spec }).findings;

  test("is accepted", () => {
    expect(status({ node: "n1", classes: ["Agent", "BGP", "Routes"], updatePeriodSeconds: 0 })).toEqual([]);
  });

  test("needs a node, classes and a period of at most a day", () => {
    expect(status({ classes: ["BGP"], updatePeriodSeconds: 10 })).toEqual(["resource/missing-field spec"]);
    expect(status({ node: "n1", classes: ["BGP", "BGP"], updatePeriodSeconds: 10 })).toEqual([
      "network/duplicate-value spec.classes.1",
    ]);
    expect(status({ node: "n1", classes: ["BGP"], updatePeriodSeconds: 86401 })).toEqual([
      "resource/bounds spec.updatePeriodSeconds",
    ]);
  });
});

describe("KubeControllersConfiguration", () => {
  const template = {
    generateName: "web",
    interfaceCIDRs: ["10.0.0.0/8", "10.1.2.3"],
    interfacePattern: "^eth[0-9]+$",
    labels: { role: "web" },
    annotations: { note: "x" },
    nodeSelector: "rack == 'a'",
  };
  const withTemplates = (...templates: object[]) => ({ node: { hostEndpoint: { templates } } });
  const findings = (controllers: object, more: object = {}) =>
    readResource("KubeControllersConfiguration", { spec: { controllers, ...more } }).findings;

  test("accepts every field", () => {
    const controllers = {
      node: {
        reconcilerPeriod: "5m",
        syncLabels: "Enabled",
        leakGracePeriod: "0",
        hostEndpoint: {
          autoCreate: "Enabled",
          createDefaultHostEndpoint: "Disabled",
          templates: [template],
        },
      },
      policy: { reconcilerPeriod: "5m" },
      workloadEndpoint: { reconcilerPeriod: "5m" },
      serviceAccount: { reconcilerPeriod: "5m" },
      namespace: { reconcilerPeriod: "5m" },
      loadBalancer: { assignIPs: "RequestedServicesOnly" },
      migration: { policyNameMigrator: "Enabled" },
    };
    const rest = {
      logSeverityScreen: "Info",
      healthChecks: "Enabled",
      etcdV3CompactionPeriod: "10m",
      prometheusMetricsPort: 0,
      debugProfilePort: 6060,
    };
    expect(findings(controllers, rest)).toEqual([]);
  });

  const templates = "spec.controllers.node.hostEndpoint.templates";
  test.each<[string, object, string]>([
    [
      "template without a name",
      withTemplates({ ...template, generateName: "" }),
      `controllers/template-name ${templates}.0.generateName`,
    ],
    [
      "long name",
      withTemplates({ ...template, generateName: "x".repeat(254) }),
      `controllers/template-name ${templates}.0.generateName`,
    ],
    [
      "repeated name",
      withTemplates(template, template),
      `controllers/template-name ${templates}.1.generateName`,
    ],
    ["no interfaces", withTemplates({ generateName: "x" }), `controllers/template-interfaces ${templates}.0`],
    [
      "network",
      withTemplates({ ...template, interfaceCIDRs: ["x"] }),
      `network/invalid-cidr ${templates}.0.interfaceCIDRs.0`,
    ],
    [
      "pattern",
      withTemplates({ ...template, interfacePattern: "(" }),
      `controllers/invalid-pattern ${templates}.0.interfacePattern`,
    ],
    [
      "selector",
      withTemplates({ ...template, nodeSelector: "a ==" }),
      `selector/invalid ${templates}.0.nodeSelector`,
    ],
    [
      "period without a unit",
      { policy: { reconcilerPeriod: "300" } },
      "network/invalid-duration spec.controllers.policy.reconcilerPeriod",
    ],
    [
      "grace period",
      { node: { leakGracePeriod: "soon" } },
      "network/invalid-duration spec.controllers.node.leakGracePeriod",
    ],
  ])("refuses: %s", (_, controllers, finding) => expect(findings(controllers)).toEqual([finding]));

  test("is a singleton", () => {
    const other = { metadata: { name: "x" }, spec: { controllers: {} } };
    expect(readResource("KubeControllersConfiguration", other).findings).toEqual([
      "network/singleton-name metadata.name",
    ]);
  });
});
