import { describe, expect, test } from "vitest";
import { chainName, groupChain, policyChain, profileChain, setName } from "./names.ts";

/** dataplane-iptables.md §12.2, §12.3. */
describe("names are Calico's", () => {
  test.each([
    ["knp/ns/allow-dns", "cali-pi-knp/ns/allow-dns"],
    ["gnp/default.allow-all", "cali-pi-_CCdt78kWMcedCsqGIo6"],
    ["np/default/knp.default.allow", "cali-pi-_R49AFE2G1AEdpY5Ghht"],
  ])("policy %s", (id, name) => expect(policyChain("ingress", id)).toBe(name));

  test.each([
    ["kns.default", "cali-pri-kns.default"],
    ["ksa.default.default", "cali-pri-ksa.default.default"],
    ["projectcalico-default-allow", "cali-pri-_TI1Jm4dJqQzYb0Rx3u"],
  ])("profile %s", (id, name) => expect(profileChain("ingress", id)).toBe(name));

  test("the all-interfaces endpoint", () => {
    expect(chainName("to-host", "any-interface-at-all")).toBe("cali-th-any-interface-at-all");
    expect(chainName("to-host-forward", "any-interface-at-all")).toBe("cali-thfw-_Nqh4HyA73udmyanQI");
    expect(chainName("from-host-forward", "any-interface-at-all")).toBe("cali-fhfw-_Nqh4HyA73udmyanQI");
  });

  test("a group", () => {
    const policies = ["gnp/p1", "np/ns1/p2"].map((id) => ({ id, selector: "has(a)", staged: false }));
    expect(groupChain("ingress", policies)).toBe("cali-gi-uzlbGTGAKQj2h3ZQQ51Z");
  });

  test("sets are cut to the kernel's length", () => {
    expect(setName(4, "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug")).toBe("cali40s:5y5I3VdRZfDU01O--xXAPx2");
    expect(setName(6, "this-host")).toBe("cali60this-host");
  });
});

test.each(["a b", 'a"b', "a\nb", "é", "a'b", "-j ACCEPT\\"])(
  "a name that could leave its word (%j) is hashed",
  (name) => expect(policyChain("ingress", `np/shop/${name}`)).toMatch(/^cali-pi-_[\w-]{19}$/),
);
