import { describe, expect, test } from "vitest";
import type { ModelObject } from "../ir/cluster-model.ts";
import { parseSelector } from "../syntax/selector/parse.ts";
import { hostOnlyPolicy } from "./host-only-policy.ts";
import { missingNamespace } from "./missing-namespace.ts";
import { missingProfile } from "./missing-profile.ts";
import { missingTier } from "./missing-tier.ts";
import { serviceWithoutEndpoints } from "./service-without-endpoints.ts";
import { objects, policy, resource, rule, run } from "./testing/run.ts";
import { unknownLabel } from "./unknown-label.ts";

const origin = { file: "test.yaml", document: 0, path: [] };

function hostEndpoint(name: string, ...profiles: readonly string[]): ModelObject {
  return {
    kind: "host-endpoint",
    key: name,
    origin,
    source: "policy",
    name,
    node: "n1",
    interfaceName: "eth0",
    expectedIps: [],
    labels: {},
    profiles,
    ports: [],
    dscp: undefined,
  };
}

describe("missingTier", () => {
  test("finds a policy of a tier that does not exist", () => {
    expect(run(missingTier, [policy("allow-api", { tier: "security" })])).toEqual([
      "check/missing-tier spec.tier: NetworkPolicy shop/allow-api is in tier security, which does not exist: it is enforced after all other tiers, and denies what it does not allow.",
    ]);
  });

  test("knows the built-in tiers", () => {
    expect(run(missingTier, [policy("a", {}), policy("b", { tier: "kube-admin" })])).toEqual([]);
  });
});

describe("hostOnlyPolicy", () => {
  const pod = objects(
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
      spec: { nodeName: "n1" },
      status: { podIP: "10.0.0.1" },
    }),
  );
  const found = (spec: object, ...others: readonly ModelObject[]) =>
    run(hostOnlyPolicy, [
      ...resource("GlobalNetworkPolicy", "guard", { applyOnForward: true, ...spec }),
      ...pod,
      ...others,
    ]);

  test.each(["doNotTrack", "preDNAT"])("finds one with %s that selects workloads only", (flag) => {
    const spec = { [flag]: true, selector: "pcns.team == 'red' || app == 'web'" };
    expect(found(spec)).toEqual([
      `check/host-only-policy spec.${flag}: GlobalNetworkPolicy guard is not enforced: ${flag} policies work on host endpoints, and it selects none, but workloads such as shop/web.`,
    ]);
  });

  test("leaves alone those of host endpoints, of nothing, and those that workloads know", () => {
    expect(found({ doNotTrack: true, selector: "all()" }, hostEndpoint("h"))).toEqual([]);
    expect(found({ doNotTrack: true, selector: "app == 'db'" })).toEqual([]);
    expect(found({ selector: "app == 'web'" })).toEqual([]);
  });
});

describe("missingProfile", () => {
  test("tells each profile once, at the first endpoint that names it", () => {
    const found = run(missingProfile, [hostEndpoint("b", "gone"), hostEndpoint("a", "gone", "lost")]);
    expect(found).toEqual([
      "check/missing-profile: HostEndpoint a and 1 more name the profile gone, which does not exist; what no policy decides is denied there.",
      "check/missing-profile: HostEndpoint a names the profile lost, which does not exist; what no policy decides is denied there.",
    ]);
  });

  test("knows the profile that allows everything", () => {
    expect(run(missingProfile, [hostEndpoint("a", "projectcalico-default-allow")])).toEqual([]);
  });
});

describe("missingNamespace", () => {
  const shop = objects(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }));
  const astray = { namespace: "shopp" };

  test("tells each namespace once, at its first policy", () => {
    const policies = [policy("b", astray), policy("a", { ...astray, key: "np/shopp/a" }), policy("c", {})];
    expect(run(missingNamespace, [...policies, ...shop])).toEqual([
      "check/missing-namespace metadata.namespace: NetworkPolicy shopp/a and 1 more are in namespace shopp, which does not exist.",
    ]);
  });

  test("says nothing where no namespace is known, and of policies that have none", () => {
    expect(run(missingNamespace, [policy("b", astray)])).toEqual([]);
    expect(run(missingNamespace, [policy("g", { namespace: "" }), ...shop])).toEqual([]);
  });
});

describe("unknownLabel", () => {
  const web = resource(
    "GlobalNetworkSet",
    "s",
    { nets: [] },
    { labels: { app: "web", environment: "prod", "example.com/arch": "a" } },
  );
  const select = (text: string) => {
    const parsed = parseSelector(text);
    if (!parsed.ok) throw new Error(parsed.reason);
    return parsed.selector;
  };

  test("finds a label that is nearly one that something has, where it is needed", () => {
    const rules = [
      rule({ source: { ...rule({}).source, selector: select("enviroment == 'prod'") } }, "spec"),
    ];
    const policies = [policy("b", { selector: select("ap == 'web'"), ingress: rules }), policy("a", {})];
    expect(run(unknownLabel, [...policies, ...web])).toEqual([
      "check/unknown-label spec.selector: NetworkPolicy shop/b selects by the label ap, which no endpoint and no network set has.",
      "check/unknown-label spec.source.selector: NetworkPolicy shop/b selects by the label enviroment, which no endpoint and no network set has.",
    ]);
  });

  test.each([
    ["is there", "app == 'nobody'"],
    ["is like no other", "quarantine == 'yes'"],
    ["has little more than its prefix in common", "has(example.com/os)"],
    ["must not be there", "!has(ap) && ap != 'x' && ap not in {'y'}"],
  ])("says nothing of a label that %s", (_, text) => {
    expect(run(unknownLabel, [policy("a", { selector: select(text) }), ...web])).toEqual([]);
  });

  test("knows the labels of namespaces", () => {
    const metadata = { name: "shop", labels: { team: "a" } };
    const namespace = objects(JSON.stringify({ apiVersion: "v1", kind: "Namespace", metadata }));
    const policies = [policy("a", { selector: select("pcns.team == 'a' && !(pcns.team != 'a')") })];
    expect(run(unknownLabel, [...policies, ...namespace])).toEqual([]);
    expect(run(unknownLabel, [policy("a", { selector: select("pcns.teem == 'a'") }), ...namespace])).toEqual([
      "check/unknown-label spec.selector: NetworkPolicy shop/a selects by the label teem, which no namespace has.",
    ]);
  });
});

describe("serviceWithoutEndpoints", () => {
  const service = { namespace: "shop", name: "api" };
  const to = rule({ destination: { ...rule({}).destination, service } }, "spec", "egress", 0);
  const slice: ModelObject = {
    kind: "service-slice",
    key: "shop/api-x",
    origin,
    source: "inventory",
    namespace: "shop",
    name: "api-x",
    service: "api",
    addressType: "IPv4",
    endpoints: [],
    ports: [],
  };

  test("finds a rule whose service has no slice", () => {
    expect(run(serviceWithoutEndpoints, [policy("p", { egress: [to] })])).toEqual([
      "check/service-without-endpoints spec.egress.0.destination.services: A rule of NetworkPolicy shop/p names service shop/api, which has no EndpointSlice: the rule matches nothing.",
    ]);
  });

  test("is content with any slice of the service", () => {
    expect(run(serviceWithoutEndpoints, [policy("p", { egress: [to] }), slice])).toEqual([]);
  });
});
