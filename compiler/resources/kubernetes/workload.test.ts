import { describe, expect, test } from "vitest";
import { lowered, readResource } from "../network/testing/read.ts";

const TEMPLATE = {
  metadata: { labels: { app: "web", "pcns.team": "forged" } },
  spec: {
    serviceAccountName: "reader",
    containers: [{ image: "web:1", ports: [{ name: "http", containerPort: 80 }] }],
  },
};

function workload(apiVersion: string, spec: unknown) {
  return { apiVersion, metadata: { name: "web", namespace: "prod", labels: { of: "controller" } }, spec };
}

describe("a workload is an endpoint without node and address", () => {
  test.each([
    ["Deployment", "apps/v1", { replicas: 2, template: TEMPLATE }],
    ["StatefulSet", "apps/v1", { template: TEMPLATE }],
    ["DaemonSet", "apps/v1", { template: TEMPLATE }],
    ["ReplicaSet", "apps/v1", { template: TEMPLATE }],
    ["Job", "batch/v1", { template: TEMPLATE }],
    ["CronJob", "batch/v1", { schedule: "@daily", jobTemplate: { spec: { template: TEMPLATE } } }],
  ])("%s", (kind, apiVersion, spec) => {
    const { origin: _, ...endpoint } = lowered(kind, workload(apiVersion, spec));
    expect(endpoint).toEqual({
      kind: "abstract-endpoint",
      key: `${kind}/prod/web`,
      source: "inventory",
      controllerKind: kind,
      namespace: "prod",
      name: "web",
      labels: {
        app: "web",
        "projectcalico.org/namespace": "prod",
        "projectcalico.org/orchestrator": "k8s",
        "projectcalico.org/serviceaccount": "reader",
      },
      profiles: ["kns.prod", "ksa.prod.reader"],
      ports: [{ name: "http", protocol: 6, port: 80 }],
      serviceAccount: "reader",
    });
  });
});

test.each([
  ["nothing", {}, "default"],
  ["the old field", { serviceAccount: "old" }, "old"],
  ["both fields", { serviceAccount: "old", serviceAccountName: "new" }, "new"],
])("the service account of %s", (_, spec, expected) => {
  expect(lowered("Deployment", workload("apps/v1", { template: { spec } }))).toMatchObject({
    serviceAccount: expected,
    profiles: ["kns.prod", `ksa.prod.${expected}`],
  });
});

test("pods in the host's network are no endpoints", () => {
  const spec = { template: { spec: { hostNetwork: true } } };
  const { objects, findings } = readResource("DaemonSet", workload("apps/v1", spec));
  expect({ objects, findings }).toEqual({ objects: [], findings: [] });
});
