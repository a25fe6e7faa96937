import { describe, expect, test } from "vitest";
import { formatIp } from "../../net/ip.ts";
import { lowered, readResource } from "./testing/read.ts";

const metadata = { name: "tor" };
const read = (spec: object) => readResource("BGPPeer", { metadata, spec });

describe("BGPPeer", () => {
  test("fills in defaults", () => {
    expect(lowered("BGPPeer", { metadata, spec: { peerIP: "10.0.0.1", asNumber: 64512 } })).toMatchObject({
      kind: "bgp-peer",
      key: "tor",
      node: undefined,
      nodeSelector: undefined,
      peerPort: undefined,
      asNumber: 64512,
      localAsNumber: undefined,
      nextHopMode: "Auto",
      keepOriginalNextHop: false,
      password: undefined,
      sourceAddress: "UseNodeIP",
      numAllowedLocalAsNumbers: 0,
      ttlSecurity: 0,
      filters: [],
      reversePeering: "Auto",
    });
  });

  test("keeps every field of a router", () => {
    const peer = lowered("BGPPeer", {
      metadata,
      spec: {
        nodeSelector: "rack == 'a'",
        peerIP: "[fd00::1]:1790",
        asNumber: "1.1",
        localASNumber: 65000,
        nextHopMode: "Self",
        password: { secretKeyRef: { name: "s", key: "k" } },
        sourceAddress: "None",
        maxRestartTime: "2m",
        keepaliveTime: "20s",
        numAllowedLocalASNumbers: 2,
        ttlSecurity: 1,
        reachableBy: "fd00::ffff",
        filters: ["b", "a"],
        reversePeering: "Manual",
      },
    });
    if (peer.kind !== "bgp-peer") throw new Error(peer.kind);
    expect(peer).toMatchObject({
      nodeSelector: { canonical: 'rack == "a"' },
      peerPort: 1790,
      asNumber: 65537,
      localAsNumber: 65000,
      nextHopMode: "Self",
      password: { namespace: "", name: "s", key: "k" },
      sourceAddress: "None",
      maxRestartTime: 120,
      keepaliveTime: 20,
      numAllowedLocalAsNumbers: 2,
      ttlSecurity: 1,
      filters: ["b", "a"],
      reversePeering: "Manual",
    });
    expect([peer.peerIp, peer.reachableBy].map((ip) => ip && formatIp(ip))).toEqual([
      "fd00::1",
      "fd00::ffff",
    ]);
  });

  test("reads the other ways to name a peer", () => {
    expect(
      lowered("BGPPeer", { metadata, spec: { node: "n1", peerSelector: "rr == 'true'", nodeSelector: "" } }),
    ).toMatchObject({ node: "n1", nodeSelector: undefined, peerSelector: { canonical: 'rr == "true"' } });
    expect(
      lowered("BGPPeer", { metadata, spec: { localWorkloadSelector: "vm == 'bgp'", asNumber: 65001 } }),
    ).toMatchObject({ localWorkloadSelector: { canonical: 'vm == "bgp"' } });
  });

  test("lets the deprecated flag speak only where nextHopMode does not", () => {
    const spec = { peerIP: "10.0.0.1", asNumber: 1, keepOriginalNextHop: true };
    expect(lowered("BGPPeer", { metadata, spec })).toMatchObject({
      nextHopMode: "Auto",
      keepOriginalNextHop: true,
    });
  });

  const router = { peerIP: "10.0.0.1", asNumber: 65001 };
  test.each<[string, object, string, string]>([
    [
      "two ways to choose nodes",
      { ...router, node: "n1", nodeSelector: "all()" },
      "bgp/peer-conflict spec.nodeSelector",
      "node and nodeSelector cannot both be set",
    ],
    [
      "two ways to choose peers",
      { peerIP: "10.0.0.1", peerSelector: "all()" },
      "bgp/peer-conflict spec.peerSelector",
      "peerIP and peerSelector cannot both be set",
    ],
    [
      "AS number of nodes",
      { peerSelector: "all()", asNumber: 1 },
      "bgp/peer-conflict spec.asNumber",
      "asNumber must be empty when peerSelector is set",
    ],
    [
      "workloads with an address",
      { ...router, localWorkloadSelector: "all()" },
      "bgp/peer-conflict spec.peerIP",
      "peerIP must be empty when localWorkloadSelector is set",
    ],
    [
      "workloads without an AS number",
      { localWorkloadSelector: "all()", asNumber: 0 },
      "bgp/peer-conflict spec.localWorkloadSelector",
      "asNumber is required when localWorkloadSelector is set",
    ],
    [
      "gateway to nowhere",
      { peerSelector: "all()", reachableBy: "10.0.0.2" },
      "bgp/peer-conflict spec.reachableBy",
      "reachableBy must be empty when peerIP is empty",
    ],
    [
      "next hop twice",
      { ...router, keepOriginalNextHop: true, nextHopMode: "Keep" },
      "bgp/peer-conflict spec.keepOriginalNextHop",
      "keepOriginalNextHop and nextHopMode cannot both be set",
    ],
    ["nobody", {}, "bgp/peer-without-target spec", "makes no session"],
    [
      "AS number",
      { ...router, localASNumber: "65536.1" },
      "bgp/invalid-as-number spec.localASNumber",
      "is not an AS number",
    ],
    ["port 0", { ...router, peerIP: "10.0.0.1:0" }, "bgp/invalid-peer-address spec.peerIP", "is not IP:port"],
    [
      "gateway",
      { ...router, reachableBy: "router" },
      "network/invalid-address spec.reachableBy",
      "is not an IP address",
    ],
    [
      "gateway of the other family",
      { ...router, reachableBy: "fd00::1" },
      "bgp/reachable-by-family spec.reachableBy",
      "address family",
    ],
    [
      "duration",
      { ...router, keepaliveTime: "20" },
      "network/invalid-duration spec.keepaliveTime",
      "numbers need a unit",
    ],
    ["selector", { ...router, nodeSelector: "a=b" }, "selector/invalid spec.nodeSelector", "does not parse"],
  ])("finds: %s", (_, spec, finding, message) => {
    const result = read(spec);
    expect(result.findings).toEqual([finding]);
    expect(result.messages[0]).toContain(message);
  });

  test("workloads cannot be chosen together with nodes", () => {
    expect(read({ localWorkloadSelector: "all()", peerSelector: "all()", asNumber: 1 }).findings).toEqual([
      "bgp/peer-conflict spec.asNumber",
      "bgp/peer-conflict spec.peerSelector",
    ]);
  });

  test.each<[string, object, string]>([
    ["ttlSecurity", { ...router, ttlSecurity: 256 }, "resource/bounds spec.ttlSecurity"],
    ["nextHopMode", { ...router, nextHopMode: "Other" }, "resource/enum spec.nextHopMode"],
    [
      "a password in clear text",
      { ...router, password: { value: "hunter2" } },
      "resource/unknown-field spec.password.value",
    ],
  ])("refuses by its schema: %s", (_, spec, finding) => expect(read(spec).findings).toEqual([finding]));
});
