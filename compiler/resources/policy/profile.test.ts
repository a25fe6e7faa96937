import { describe, expect, test } from "vitest";
import { lowerContext, lowered, readResource } from "../network/testing/read.ts";
import { profile } from "./profile.ts";

const ALLOW = { action: "Allow" };

function findings(spec: Readonly<Record<string, unknown>>, name = "p"): readonly string[] {
  return readResource("Profile", { metadata: { name }, spec }).findings;
}

test("rules and labels", () => {
  const spec = {
    ingress: [{ ...ALLOW, source: { selector: "app == 'a'" } }],
    labelsToApply: { "pcns.team": "x" },
  };
  expect(lowered("Profile", { metadata: { name: "kns.shop" }, spec })).toMatchObject({
    kind: "profile",
    key: "kns.shop",
    name: "kns.shop",
    labelsToApply: { "pcns.team": "x" },
    ingress: [{ action: "allow", source: { selector: { canonical: `app == "a"` } } }],
    egress: [],
  });
});

describe("checks", () => {
  test("the built-in profile is nobody's to write", () => {
    expect(findings({}, "projectcalico-default-allow")).toEqual(["policy/profile-built-in metadata.name"]);
  });

  test("labels", () => {
    expect(findings({ labelsToApply: { "a/b/c": "x", ok: "not ok" } })).toEqual([
      "resource/invalid-label spec.labelsToApply.a/b/c",
      "resource/invalid-label spec.labelsToApply.ok",
    ]);
  });

  test("rules, in both directions", () => {
    const bad = { ...ALLOW, protocol: "tcp" };
    expect(findings({ ingress: [bad], egress: [ALLOW, bad] })).toEqual([
      "policy/protocol-invalid spec.ingress.0.protocol",
      "policy/protocol-invalid spec.egress.1.protocol",
    ]);
  });

  test("Pass goes nowhere", () => {
    expect(findings({ egress: [{ action: "Pass" }] })).toEqual([
      "policy/pass-in-profile spec.egress.0.action",
    ]);
  });

  test("a service needs its namespace", () => {
    const source = { services: { name: "db" } };
    expect(findings({ ingress: [{ ...ALLOW, source }] })).toEqual([
      "policy/service-namespace-missing spec.ingress.0.source.services",
    ]);
  });
});

test("with a broken rule, a profile denies, lest the next profile of an endpoint decide", () => {
  const metadata = { name: "p", namespace: "", labels: {}, annotations: {}, uid: "", creationTimestamp: "" };
  const [object] = profile.lower(
    {
      apiVersion: "projectcalico.org/v3",
      kind: "Profile",
      metadata: { ...metadata, deletionTimestamp: "" },
      body: { spec: { ingress: [ALLOW], egress: [{ ...ALLOW, protocol: "tcp" }] } },
      origin: { file: "x", document: 0, path: [] },
    },
    lowerContext(),
  );
  expect(object).toMatchObject({
    kind: "profile",
    ingress: [{ action: "deny" }],
    egress: [{ action: "deny" }],
  });
});
