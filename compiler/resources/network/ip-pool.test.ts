import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { lowered, readResource } from "./testing/read.ts";

const metadata = { name: "pool" };
const findings = (spec: object) => readResource("IPPool", { metadata, spec }).findings;

describe("IPPool", () => {
  test("fills in Calico's defaults", () => {
    const pool = lowered("IPPool", { metadata, spec: { cidr: "10.0.0.0/16" } });
    expect(pool).toMatchObject({
      kind: "ip-pool",
      key: "pool",
      source: "policy",
      ipipMode: "Never",
      vxlanMode: "Never",
      natOutgoing: false,
      disabled: false,
      disableBgpExport: false,
      blockSize: 26,
      nodeSelector: { canonical: "all()" },
      namespaceSelector: undefined,
      allowedUses: ["Workload", "Tunnel"],
      assignmentMode: "Automatic",
    });
    expect(lowered("IPPool", { metadata, spec: { cidr: "fd00::/64" } })).toMatchObject({ blockSize: 122 });
  });

  test("keeps every field", () => {
    const pool = lowered("IPPool", {
      apiVersion: "crd.projectcalico.org/v1",
      metadata,
      spec: {
        cidr: "10.1.0.0/16",
        ipipMode: "Never",
        vxlanMode: "CrossSubnet",
        natOutgoing: true,
        disabled: true,
        disableBGPExport: true,
        blockSize: 28,
        nodeSelector: "rack == 'a'",
        namespaceSelector: "team == 'x'",
        allowedUses: ["Workload"],
        assignmentMode: "Manual",
      },
    });
    expect(pool.kind === "ip-pool" && formatCidr(pool.cidr)).toBe("10.1.0.0/16");
    expect(pool).toMatchObject({
      vxlanMode: "CrossSubnet",
      natOutgoing: true,
      disabled: true,
      disableBgpExport: true,
      blockSize: 28,
      nodeSelector: { canonical: 'rack == "a"' },
      namespaceSelector: { canonical: 'team == "x"' },
      allowedUses: ["Workload"],
      assignmentMode: "Manual",
    });
  });

  test.each<[string, object, string]>([
    ["unparsable cidr", { cidr: "10.0.0.0/33" }, "network/invalid-cidr spec.cidr"],
    ["bare address", { cidr: "10.0.0.1" }, "network/invalid-cidr spec.cidr"],
    ["host bits", { cidr: "10.0.0.1/16" }, "network/unmasked-cidr spec.cidr"],
    [
      "both encapsulations",
      { cidr: "10.0.0.0/16", ipipMode: "Always", vxlanMode: "CrossSubnet" },
      "pool/both-encapsulations spec.vxlanMode",
    ],
    ["IPIP on IPv6", { cidr: "fd00::/64", ipipMode: "Always" }, "pool/ipip-on-ipv6 spec.ipipMode"],
    ["block too large", { cidr: "10.0.0.0/16", blockSize: 19 }, "pool/block-size spec.blockSize"],
    ["block of the other family", { cidr: "fd00::/64", blockSize: 26 }, "pool/block-size spec.blockSize"],
    ["smaller than its block", { cidr: "10.0.0.0/27" }, "pool/smaller-than-block spec.cidr"],
    ["IPv4 link local", { cidr: "169.254.8.0/24" }, "pool/link-local spec.cidr"],
    ["around IPv4 link local", { cidr: "169.0.0.0/8" }, "pool/link-local spec.cidr"],
    ["IPv6 link local", { cidr: "fe80::/64" }, "pool/link-local spec.cidr"],
    [
      "load balancer with another use",
      { cidr: "10.0.0.0/16", allowedUses: ["LoadBalancer", "Workload"] },
      "pool/load-balancer-use spec.allowedUses",
    ],
    [
      "load balancer in a tunnel",
      { cidr: "10.0.0.0/16", allowedUses: ["LoadBalancer"], vxlanMode: "Always" },
      "pool/load-balancer-encapsulation spec.vxlanMode",
    ],
    [
      "load balancer that is not exported",
      { cidr: "10.0.0.0/16", allowedUses: ["LoadBalancer"], disableBGPExport: true },
      "pool/load-balancer-export spec.disableBGPExport",
    ],
    [
      "load balancer with another spelling of all()",
      { cidr: "10.0.0.0/16", allowedUses: ["LoadBalancer"], nodeSelector: "all( )" },
      "pool/load-balancer-selector spec.nodeSelector",
    ],
    [
      "tunnel with namespaces",
      { cidr: "10.0.0.0/16", allowedUses: ["Tunnel"], namespaceSelector: "all()" },
      "pool/tunnel-namespace-selector spec.namespaceSelector",
    ],
    [
      "global() for nodes",
      { cidr: "10.0.0.0/16", nodeSelector: "global()" },
      "pool/global-selector spec.nodeSelector",
    ],
    [
      "global() for namespaces",
      { cidr: "10.0.0.0/16", namespaceSelector: "global()" },
      "pool/global-selector spec.namespaceSelector",
    ],
    ["broken selector", { cidr: "10.0.0.0/16", nodeSelector: "a =" }, "selector/invalid spec.nodeSelector"],
    [
      "repeated use",
      { cidr: "10.0.0.0/16", allowedUses: ["Workload", "Workload"] },
      "network/duplicate-value spec.allowedUses.1",
    ],
    ["unknown use", { cidr: "10.0.0.0/16", allowedUses: ["Pod"] }, "resource/enum spec.allowedUses.0"],
    ["unknown field", { cidr: "10.0.0.0/16", natOutgoin: true }, "resource/unknown-field spec.natOutgoin"],
  ])("refuses: %s", (_, spec, finding) => expect(findings(spec)).toEqual([finding]));

  test("allows a small pool that is disabled, and a block size of 0 for the default", () => {
    expect(findings({ cidr: "10.0.0.0/30", disabled: true })).toEqual([]);
    expect(findings({ cidr: "10.0.0.0/26", blockSize: 0 })).toEqual([]);
  });

  test("says in the API's own words what is wrong", () => {
    const { messages } = readResource("IPPool", {
      metadata,
      spec: { cidr: "10.0.0.0/16", ipipMode: "Always", vxlanMode: "Always" },
    });
    expect(messages[0]).toContain("ipipMode and vxlanMode cannot both be enabled");
  });
});
