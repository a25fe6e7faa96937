import { describe, expect, test } from "vitest";
import { type CompileOptions, compile, DEFAULT_FEATURES } from "../../compiler/index.ts";

const API = "apiVersion: projectcalico.org/v3";
const node = (name: string, address: string, bgp = ""): string => `${API}
kind: Node
metadata: { name: ${name}, labels: { rack: a } }
spec:
  bgp:
    ipv4Address: ${address}/24
${bgp}`;
const two = `${node("n1", "10.0.0.1")}---\n${node("n2", "10.0.0.2")}`;
const of = (kind: string, name: string, spec: string): string => `${API}
kind: ${kind}
metadata: { name: ${name} }
spec:
${spec}`;
const router = `apiVersion: v1
kind: Pod
metadata: { name: router, namespace: default, labels: { bgp: "yes" } }
spec: { nodeName: n1 }
status: { phase: Running, podIP: 10.1.0.9, podIPs: [{ ip: 10.1.0.9 }] }`;

interface Found {
  readonly code: string;
  readonly line: number | undefined;
}

function findings(documents: readonly string[], options: Partial<CompileOptions> = {}): readonly Found[] {
  const text = documents.join("\n---\n");
  const { diagnostics } = compile([{ path: "bad.yaml", text }], {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
    ...options,
  });
  return diagnostics.map(({ code, location }) => ({ code, line: location?.line }));
}

/** The finding must be at the line that is marked `# here`. */
function expectAtMark(
  code: string,
  documents: readonly string[],
  options: Partial<CompileOptions> = {},
): void {
  const marked =
    documents
      .join("\n---\n")
      .split("\n")
      .findIndex((line) => line.endsWith("# here")) + 1;
  expect(marked).toBeGreaterThan(0);
  expect(findings(documents, options)).toContainEqual({ code, line: marked });
}

describe("an impossible topology is answered at the line that makes it so", () => {
  test.each<[string, string, readonly string[]]>([
    [
      "a reflector without clients",
      "bgp/reflector-without-clients",
      [two, node("rr", "10.0.0.9", "    routeReflectorClusterID: 244.0.0.1 # here")],
    ],
    ["a peer without AS", "bgp/peer-without-as", [two, of("BGPPeer", "p", "  peerIP: 10.9.9.9 # here")]],
    [
      "overlapping pools",
      "pool/overlap",
      [
        two,
        of("IPPool", "wide", "  cidr: 10.1.0.0/16"),
        of("IPPool", "within", "  cidr: 10.1.4.0/22 # here"),
      ],
    ],
    [
      "two encapsulations on one pool",
      "pool/both-encapsulations",
      [two, of("IPPool", "p", "  cidr: 10.1.0.0/16\n  ipipMode: Always\n  vxlanMode: Always # here")],
    ],
    [
      "a peer that no node has",
      "bgp/peer-matches-no-node",
      [two, of("BGPPeer", "p", "  nodeSelector: rack == 'z' # here\n  peerIP: 10.9.9.9\n  asNumber: 65001")],
    ],
    [
      "a peer selector that matches no node",
      "bgp/peer-selector-matches-no-node",
      [two, of("BGPPeer", "p", "  peerSelector: has(rr) # here")],
    ],
    [
      "a node of another AS in the mesh",
      "bgp/mesh-as-mismatch",
      [two, node("n3", "10.0.0.3", "    asNumber: 65099 # here")],
    ],
    [
      "a filter that denies everything",
      "bgp/filter-denies-all",
      [two, of("BGPFilter", "f", "  importV4:\n    - action: Reject # here")],
    ],
    [
      "a tunnel address outside every pool",
      "ipam/tunnel-address-outside-pools",
      [
        of("IPPool", "p", "  cidr: 10.1.0.0/16\n  ipipMode: Always"),
        node("n1", "10.0.0.1", "    ipv4IPIPTunnelAddr: 10.2.0.1 # here"),
      ],
    ],
    [
      "a peer's AS that is not its node's",
      "bgp/peer-as-mismatch",
      [two, of("BGPPeer", "p", "  node: n1\n  peerIP: 10.0.0.2\n  asNumber: 65001 # here")],
    ],
    [
      "a filter that does not exist",
      "bgp/unknown-filter",
      [two, of("BGPPeer", "p", "  peerIP: 10.9.9.9\n  asNumber: 65001\n  filters:\n    - missing # here")],
    ],
    [
      "a gateway of another family",
      "bgp/reachable-by-family",
      [two, of("BGPPeer", "p", "  peerIP: 10.9.9.9\n  asNumber: 65001\n  reachableBy: fd00::1 # here")],
    ],
    [
      "workloads that dial a node which drops it",
      "bgp/workload-peer-dropped",
      [two, router, of("BGPPeer", "p", "  asNumber: 65001\n  localWorkloadSelector: bgp == 'yes' # here")],
    ],
    [
      "workloads that have no address to dial",
      "bgp/workload-peer-without-address",
      [two, router, of("BGPPeer", "p", "  asNumber: 65001\n  localWorkloadSelector: bgp == 'yes' # here")],
    ],
    [
      "an MTU below IPv6's minimum",
      "routing/mtu-below-ipv6",
      [two, of("FelixConfiguration", "default", "  vxlanMTUV6: 1200 # here")],
    ],
  ])("%s", (_, code, documents) => {
    expectAtMark(code, documents);
  });

  test("an MTU that does not fit the hosts', where that is known", () => {
    const documents = [two, of("FelixConfiguration", "default", "  vxlanMTU: 1480 # here\n  ipipMTU: 1480")];
    const codes = (hostMtu: number | undefined): readonly string[] =>
      findings(documents, hostMtu === undefined ? {} : { routing: { hostMtu } }).map(({ code }) => code);
    expectAtMark("routing/mtu-exceeds-underlay", documents, { routing: { hostMtu: 1500 } });
    expect(codes(1500).filter((code) => code === "routing/mtu-exceeds-underlay")).toHaveLength(1);
    expect(codes(1530)).not.toContain("routing/mtu-exceeds-underlay");
    expect(codes(undefined)).not.toContain("routing/mtu-exceeds-underlay");
  });
});

const OWNERS = ["Disabled", "EnabledIPIPOnly", "EnabledNoEncapOnly", "Enabled"] as const;
type Owner = (typeof OWNERS)[number];

describe("each pool's routes have one owner: all pairs of programClusterRoutes (routing-bgp.md §2)", () => {
  const pairs = OWNERS.flatMap((felix) => OWNERS.map((bgp): [Owner, Owner] => [felix, bgp]));
  const owns = (owner: Owner, what: "IPIP" | "NoEncap"): boolean =>
    owner === "Enabled" || owner === `Enabled${what}Only`;

  test.each(pairs)("Felix %s, BGP %s", (felix, bgp) => {
    const documents = (pool: string): readonly string[] => [
      two,
      of("IPPool", "p", pool),
      of("FelixConfiguration", "default", `  programClusterRoutes: ${felix}`),
      of("BGPConfiguration", "default", `  programClusterRoutes: ${bgp} # here`),
    ];
    const plain = documents("  cidr: 10.1.0.0/16");
    const tunnelled = documents("  cidr: 10.1.0.0/16\n  ipipMode: Always");
    const codes = (all: readonly string[]): readonly string[] =>
      [...new Set(findings(all).map(({ code }) => code))]
        .filter((code) => /cluster-routes|ipip-by-bgp/.test(code))
        .sort();
    const felixOwns = owns(felix, "NoEncap");
    const bgpOwns = owns(bgp, "NoEncap");
    const expected = felixOwns === bgpOwns ? [`bgp/cluster-routes-${felixOwns ? "twice" : "by-nobody"}`] : [];
    expect(codes(plain)).toEqual(expected);
    for (const code of expected) expectAtMark(code, plain);
    // BIRD 2 cannot put routes into a tunnel: whoever asks it for that is told, and Felix has to.
    expect(codes(tunnelled)).toEqual([
      ...(owns(felix, "IPIP") ? [] : ["bgp/cluster-routes-by-nobody"]),
      ...(owns(bgp, "IPIP") ? ["bgp/ipip-by-bgp"] : []),
    ]);
    for (const code of codes(tunnelled)) expectAtMark(code, tunnelled);
  });

  test("without a BGPConfiguration the place is Felix's setting", () => {
    expectAtMark("bgp/cluster-routes-by-nobody", [
      two,
      of("IPPool", "p", "  cidr: 10.1.0.0/16\n  ipipMode: Always"),
      of("FelixConfiguration", "default", "  programClusterRoutes: Disabled # here"),
    ]);
  });
});

describe("options of a compile", () => {
  const confOf = (options: Partial<CompileOptions>): string => {
    const { nodes } = compile([{ path: "n.yaml", text: two }], {
      features: DEFAULT_FEATURES,
      compilerVersion: "test",
      ...options,
    });
    return nodes[0]?.artifacts?.find(({ path }) => path === "bird.conf")?.text ?? "";
  };

  test("router ids are addresses, or hashes of the nodes' names", () => {
    expect(confOf({})).toContain("router id 10.0.0.1;");
    expect(confOf({ bgp: { routerIds: "hash" } })).not.toContain("router id 10.0.0.1;");
    expect(confOf({ bgp: { routerIds: "hash" } })).toMatch(/router id \d+\.\d+\.\d+\.\d+;/);
  });

  test("the hosts' MTU decides that of the tunnels", () => {
    const text = [two, of("IPPool", "p", "  cidr: 10.1.0.0/16\n  vxlanMode: Always")]
      .join("\n---\n")
      .replace("bgp:", "ipv4VXLANTunnelAddr: 10.1.0.1\n  bgp:");
    const batch = (hostMtu: number): string =>
      compile([{ path: "n.yaml", text }], {
        features: DEFAULT_FEATURES,
        compilerVersion: "test",
        routing: { hostMtu },
      }).nodes[0]?.artifacts?.find(({ path }) => path === "ip.batch")?.text ?? "";
    expect(batch(9000)).toContain("mtu 8950");
    expect(batch(1500)).toContain("mtu 1450");
  });
});
