import { expect, test } from "vitest";
import { lowered } from "../network/testing/read.ts";

test("a namespace lets its pods inherit its labels, and allows everything", () => {
  const labels = { team: "red", "kubernetes.io/metadata.name": "prod" };
  const profile = lowered("Namespace", {
    apiVersion: "v1",
    metadata: { name: "prod", labels },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
  expect(profile).toMatchObject({
    kind: "profile",
    key: "kns.prod",
    name: "kns.prod",
    source: "inventory",
    ingress: [{ action: "allow", protocol: undefined }],
    egress: [{ action: "allow", protocol: undefined }],
  });
  expect(profile.kind === "profile" && profile.labelsToApply).toEqual({
    "pcns.team": "red",
    "pcns.kubernetes.io/metadata.name": "prod",
    "pcns.projectcalico.org/name": "prod",
  });
});

test.each([{}, { "kubernetes.io/metadata.name": "other" }])(
  "a namespace has the label with its name, as from a server, where its labels are %j",
  (labels) => {
    const profile = lowered("Namespace", { apiVersion: "v1", metadata: { name: "prod", labels } });
    expect(profile.kind === "profile" && profile.labelsToApply).toEqual({
      "pcns.kubernetes.io/metadata.name": "prod",
      "pcns.projectcalico.org/name": "prod",
    });
  },
);

test("a service account lets its pods inherit its labels, and has no rules", () => {
  const profile = lowered("ServiceAccount", {
    apiVersion: "v1",
    metadata: { name: "web.v2", namespace: "prod", labels: { role: "reader" } },
    secrets: [{ name: "token" }],
    automountServiceAccountToken: false,
  });
  expect(profile).toMatchObject({
    kind: "profile",
    key: "ksa.prod.web.v2",
    name: "ksa.prod.web.v2",
    ingress: [],
    egress: [],
  });
  expect(profile.kind === "profile" && profile.labelsToApply).toEqual({
    "pcsa.role": "reader",
    "pcsa.projectcalico.org/name": "web.v2",
  });
});

test("a service account without namespace is of the namespace default", () => {
  expect(lowered("ServiceAccount", { apiVersion: "v1", metadata: { name: "web" } }).key).toBe(
    "ksa.default.web",
  );
});

test("nobody's label takes the place of the name", () => {
  const metadata = { name: "prod", labels: { "projectcalico.org/name": "other" } };
  expect(lowered("Namespace", { apiVersion: "v1", metadata })).toMatchObject({
    labelsToApply: { "pcns.projectcalico.org/name": "prod" },
  });
});
