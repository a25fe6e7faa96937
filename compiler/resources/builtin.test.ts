import { expect, test } from "vitest";
import { builtinObjects } from "./builtin.ts";

test("the tiers and the profile that allows everything", () => {
  const tiers = builtinObjects().flatMap((o) =>
    o.kind === "tier" ? [[o.name, o.order, o.defaultAction]] : [],
  );
  expect(tiers).toEqual([
    ["kube-admin", 1000, "pass"],
    ["default", 1000000, "deny"],
    ["kube-baseline", 10000000, "pass"],
    ["adminnetworkpolicy", 1000, "pass"],
    ["baselineadminnetworkpolicy", 10000000, "pass"],
  ]);
  const profile = builtinObjects().find((o) => o.kind === "profile");
  expect(profile).toMatchObject({
    key: "projectcalico-default-allow",
    ingress: [{ action: "allow", protocol: undefined }],
    egress: [{ action: "allow" }],
  });
});
