import { describe, expect, test } from "vitest";
import type { Report, ReportOptions } from "../diagnostics/bag.ts";
import type { CodeSpec, Origin } from "../diagnostics/diagnostic.ts";
import { REGISTRY } from "../diagnostics/registry.ts";
import { parseDocuments } from "../syntax/yaml.ts";
import { decodeDocuments } from "./decode.ts";

interface Told {
  readonly code: string;
  readonly hint: string | undefined;
  readonly origin: Origin | undefined;
  readonly options: ReportOptions;
}

/** Decodes files given by their texts; `told` keeps what a finding says beside its code and path. */
function decode(...texts: readonly string[]) {
  const told: Told[] = [];
  const report: Report = (code, params, origin, options = {}) => {
    const spec = REGISTRY[code] as CodeSpec<unknown>;
    told.push({ code, hint: spec.hint?.(params), origin, options });
  };
  const files = texts.map((text, i) => ({ path: `${i}.yaml`, text }));
  const resources = decodeDocuments(parseDocuments(files, report), report);
  const findings = told.map(({ code, origin }) => `${code} ${origin?.path.join(".") ?? ""}`.trim());
  return { resources, told, findings };
}

const POOL = `apiVersion: projectcalico.org/v3
kind: IPPool
metadata: { name: pool }
spec: { cidr: 10.0.0.0/16 }
`;

describe("what a document is", () => {
  test.each([
    ["a list", "- a", "resource/not-an-object"],
    ["a text", "hello", "resource/not-an-object"],
    ["no kind", "apiVersion: v1", "resource/missing-type"],
    ["no apiVersion", "kind: Pod", "resource/missing-type"],
    ["an empty kind", "{apiVersion: v1, kind: ''}", "resource/missing-type"],
    ["a kind that is no text", "{apiVersion: v1, kind: 7}", "resource/type kind"],
    ["an apiVersion that is no text", "{apiVersion: 1, kind: Pod}", "resource/type apiVersion"],
  ])("%s", (_, text, finding) => {
    const { findings, resources } = decode(text);
    expect(findings).toEqual([finding]);
    expect(resources).toEqual([]);
  });

  test("what is missing is what the hint is about", () => {
    expect(decode("{kind: IPPool}").told[0]?.hint).toContain("projectcalico.org/v3");
    expect(decode("{apiVersion: v1}").told[0]?.hint).toContain("kind: IPPool");
  });

  test.each([
    ["projectcalico.org/v3", "GlobalNetworkPolice", "GlobalNetworkPolicy"],
    ["projectcalico.org/v3", "ippool", "IPPool"],
    ["networking.k8s.io/v1", "NetworkPolicies", "NetworkPolicy"],
    ["v1", "Noode", "Node"],
  ])("%s %s is probably %s", (apiVersion, kind, meant) => {
    const { told, findings } = decode(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`);
    expect(findings).toEqual(["resource/unknown-kind kind"]);
    expect(told[0]?.hint).toContain(meant);
  });

  test("a kind that Calico's group does not have is an error even when nothing is close", () => {
    expect(decode("{apiVersion: projectcalico.org/v3, kind: Sandwich}").findings).toEqual([
      "resource/unknown-kind kind",
    ]);
  });

  test.each(["policy", "ipPool", "list"])("%s, a kind of Calico's first API or a slip, is none", (kind) => {
    expect(decode(`{apiVersion: v1, kind: ${kind}}`).findings).toEqual(["resource/unknown-kind kind"]);
  });

  test("a list whose items are no list hides nothing", () => {
    expect(decode(`{apiVersion: v1, kind: List, items: {a: 1}}`).findings).toEqual(["resource/type items"]);
    expect(decode(`{apiVersion: v1, kind: List, item: []}`).findings).toEqual(["resource/missing-field"]);
  });

  test.each([
    ["projectcalico.org/v2", "IPPool", "projectcalico.org/v3 or crd.projectcalico.org/v1"],
    ["v2", "Pod", "v1"],
    ["networking.k8s.io/v1beta1", "NetworkPolicy", "networking.k8s.io/v1"],
    ["extensions/v1beta1", "Deployment", "apps/v1"],
  ])("%s is no version of %s", (apiVersion, kind, use) => {
    const { told, findings } = decode(`{apiVersion: ${apiVersion}, kind: ${kind}, metadata: {name: a}}`);
    expect(findings).toEqual(["resource/unknown-version apiVersion"]);
    expect(told[0]?.hint).toBe(`Use ${use}.`);
  });

  test("kinds that are not used are accepted, and told once per kind, as information", () => {
    const map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: BAD NAME}, data: {a: b}}";
    const service = "{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}}";
    const { told, resources } = decode([map, map, service].join("\n---\n"));
    expect(resources).toEqual([]);
    expect(told.map(({ code }) => code)).toEqual(["resource/not-used", "resource/not-used"]);
    expect(REGISTRY["resource/not-used"].severity).toBe("info");
  });
});

describe("fields", () => {
  test("an unknown one of a Calico kind is an error, with what was probably meant", () => {
    const { told, findings, resources } = decode(POOL.replace("cidr:", "disabledd: true, cidr:"));
    expect(findings).toEqual(["resource/unknown-field spec.disabledd"]);
    expect(told[0]?.hint).toContain("disabled");
    expect(told[0]?.options.target).toBe("key");
    expect(resources).toEqual([]);
  });

  test("one of a Kubernetes policy, too: it allows more without the condition that was meant", () => {
    const { told, findings, resources } = decode(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web }
spec: { podSelector: {}, ingress: [{ from: [{ podSelector: { matchlabels: { app: web } } }] }] }`);
    expect(findings).toEqual(["resource/unknown-field spec.ingress.0.from.0.podSelector.matchlabels"]);
    expect(told[0]?.hint).toContain("matchLabels");
    expect(resources).toEqual([]);
  });

  test("one of another Kubernetes kind is a warning, and the object stays", () => {
    const { told, findings, resources } = decode(`apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web }
addressType: IPv4
endpoints: []
port: []`);
    expect(findings).toEqual(["kubernetes/unknown-field port"]);
    expect(told[0]?.hint).toContain("ports");
    expect(resources).toHaveLength(1);
  });

  test("null is absent, at any depth", () => {
    const { findings, resources } = decode(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, namespace: null, labels: null, annotations: { a: null } }
spec:
  podSelector: { matchLabels: null }
  ingress:
  egress: [{ to: null }]
status:`);
    expect(findings).toEqual([]);
    expect(resources[0]?.body).toEqual({
      spec: { podSelector: {}, egress: [{}], policyTypes: ["Ingress", "Egress"] },
    });
    expect(resources[0]?.metadata).toMatchObject({ namespace: "default", labels: {}, annotations: {} });
  });

  test("but not in a mapping of labels, where it would leave out a condition, and select more", () => {
    const { told, findings } = decode(`apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: web, labels: { app: } }
spec:
  podSelector: { matchLabels: { app: null } }
  ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: ~ } } }], ports: null }]`);
    expect(findings).toEqual([
      "resource/type metadata.labels.app",
      "resource/type spec.podSelector.matchLabels.app",
      "resource/type spec.ingress.0.from.0.namespaceSelector.matchLabels.team",
    ]);
    expect(told.map(({ hint }) => hint)).toEqual(Array(3).fill('An empty text is written "".'));
  });

  test("a label that YAML reads as a boolean has to be quoted", () => {
    const { told, findings } = decode(
      POOL.replace("metadata: {", "metadata: { labels: { online: on, y: 'on' },"),
    );
    expect(findings).toEqual(["resource/type metadata.labels.online"]);
    expect(told[0]?.hint).toBe("Put it in quotes.");
  });

  test("a status that nobody reads is not looked at", () => {
    const { findings, resources } = decode(`${POOL}status: { anything: [1] }`);
    expect(findings).toEqual([]);
    expect(resources[0]?.body).not.toHaveProperty("status");
  });

  test("one resource's errors leave the others", () => {
    const { resources } = decode(`${POOL.replace("cidr: 10.0.0.0/16", "cidr: 7")}---\n${POOL}`);
    expect(resources.map(({ metadata, origin }) => [metadata.name, origin.document])).toEqual([["pool", 1]]);
  });
});

describe("two of one name", () => {
  test("over files: the second is told, with the place of the first, which stays", () => {
    const { told, resources } = decode(POOL, POOL);
    expect(told).toMatchObject([
      {
        code: "resource/duplicate",
        origin: { file: "1.yaml", path: ["metadata", "name"] },
        options: { related: [{ origin: { file: "0.yaml", path: ["metadata", "name"] } }] },
      },
    ]);
    expect(resources.map(({ origin }) => origin.file)).toEqual(["0.yaml"]);
  });

  test("an absent namespace is the namespace default", () => {
    const account = (metadata: string) => `{apiVersion: v1, kind: ServiceAccount, metadata: ${metadata}}`;
    const { findings } = decode(account("{name: a}"), account("{name: a, namespace: default}"));
    expect(findings).toEqual(["resource/duplicate metadata.name"]);
  });

  test("namespaces, kinds and groups tell resources apart", () => {
    const policy = (apiVersion: string, namespace: string) =>
      `{apiVersion: ${apiVersion}, kind: NetworkPolicy, metadata: {name: a, namespace: ${namespace}}, spec: {podSelector: {}}}`;
    const calico =
      "{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: a, namespace: x}}";
    const { findings, resources } = decode(
      policy("networking.k8s.io/v1", "x"),
      policy("networking.k8s.io/v1", "z"),
      calico.replace("}}", "}, spec: {}}"),
    );
    expect(findings).toEqual([]);
    expect(resources).toHaveLength(3);
  });
});
