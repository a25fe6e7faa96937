import { describe, expect, test } from "vitest";
import { readResource } from "./network/testing/read.ts";

/**
 * The fields that name another resource: the tag `validate:"name"` in `api/pkg/apis/projectcalico/v3` and
 * `libcalico-go/lib/apis/internalapi` of projectcalico/calico. Of a name that nothing can have, what it should bind is
 * left unbound, and nobody notices.
 */
const FIELDS: readonly (readonly [kind: string, path: string, spec: (name: string) => object])[] = [
  ["NetworkPolicy", "tier", (name) => ({ tier: name })],
  ["StagedGlobalNetworkPolicy", "tier", (name) => ({ tier: name })],
  [
    "NetworkPolicy",
    "egress.0.destination.services.name",
    (name) => ({ egress: [{ action: "Deny", destination: { services: { name } } }] }),
  ],
  [
    "GlobalNetworkPolicy",
    "ingress.0.source.services.namespace",
    (namespace) => ({ ingress: [{ action: "Deny", source: { services: { name: "a", namespace } } }] }),
  ],
  ["HostEndpoint", "node", (node) => ({ node, interfaceName: "eth0" })],
  ["HostEndpoint", "profiles.0", (name) => ({ node: "a", interfaceName: "eth0", profiles: [name] })],
  ["WorkloadEndpoint", "profiles.0", (name) => ({ ...WORKLOAD, profiles: [name] })],
  ["WorkloadEndpoint", "serviceAccountName", (name) => ({ ...WORKLOAD, serviceAccountName: name })],
  ["BGPPeer", "node", (node) => ({ node, peerIP: "192.0.2.1", asNumber: 64512 })],
  [
    "BGPConfiguration",
    "communities.0.name",
    (name) => ({
      communities: [{ name, value: "1:1" }],
      prefixAdvertisements: [{ cidr: "10.0.0.0/8", communities: ["1:1"] }],
    }),
  ],
  ["CalicoNodeStatus", "node", (node) => ({ node, classes: ["BGP"], updatePeriodSeconds: 10 })],
  [
    "KubeControllersConfiguration",
    "controllers.node.hostEndpoint.templates.0.generateName",
    (generateName) => ({
      controllers: {
        node: { hostEndpoint: { templates: [{ generateName, interfaceCIDRs: ["10.0.0.0/8"] }] } },
      },
    }),
  ],
];

const WORKLOAD = { node: "a", orchestrator: "k8s", pod: "b", endpoint: "eth0", interfaceName: "cali1" };

function findings(kind: string, spec: object): readonly string[] {
  const name = kind === "WorkloadEndpoint" ? "a-k8s-b-eth0" : "default";
  return readResource(kind, { metadata: { name }, spec }).findings;
}

describe.each(FIELDS)("%s %s", (kind, path, spec) => {
  test("takes a name", () => {
    expect(findings(kind, spec("a-1.b"))).toEqual([]);
  });

  test.each(["Node1", "a_b", "-a", "a-", "a..b", "a b", "a/b"])("refuses %s", (name) => {
    expect(findings(kind, spec(name))).toEqual([`resource/form spec.${path}`]);
  });
});
