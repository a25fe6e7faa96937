import { describe, expect, test } from "vitest";
import { answer } from "./answer.ts";

const calico = (kind: string, name: string, spec: string, namespace = "") =>
  `{apiVersion: projectcalico.org/v3, kind: ${kind}, metadata: {name: ${name}${namespace && `, namespace: ${namespace}`}}, spec: ${spec}}`;

const NODE = calico("Node", "n1", "{bgp: {ipv4Address: 10.0.0.1/24, ipv6Address: 'fd00::1/64'}}");

/** Places where the address of a host stands, as `<address>` and `<length>`. */
const PLACES: readonly (readonly [what: string, text: string])[] = [
  [
    "a pod",
    "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: n1}, status: {podIP: '<address>'}}",
  ],
  [
    "a pod, of several",
    "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {nodeName: n1}, status: {podIPs: [{ip: '<address>'}]}}",
  ],
  [
    "an endpoint of a service",
    "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s}, addressType: IPv4, endpoints: [{addresses: ['<address>']}]}",
  ],
  [
    "a workload",
    calico(
      "WorkloadEndpoint",
      "n1-o-w-e",
      "{node: n1, orchestrator: o, workload: w, endpoint: e, interfaceName: cali1, ipNetworks: ['<address>/<length>']}",
      "default",
    ),
  ],
  [
    "a host endpoint",
    calico("HostEndpoint", "h", "{node: n1, interfaceName: e, expectedIPs: ['<address>']}"),
  ],
  ["an interface of a node", calico("Node", "m", "{interfaces: [{name: e, addresses: ['<address>']}]}")],
  ["a BGP peer", calico("BGPPeer", "b", "{peerIP: '<address>', asNumber: 65001}")],
];

/**
 * The kernel takes the unspecified address into no set of addresses and ports, and BIRD reads no file with such a
 * neighbor: one pod that has it would keep every node from being changed.
 */
describe.each([
  { address: "0.0.0.0", length: "32" },
  { address: "::", length: "128" },
  { address: "::ffff:0.0.0.0", length: "128" },
])("$address, which no host has, is refused in its place", ({ address, length }) => {
  test.each(PLACES)("as the address of %s", (_, text) => {
    const document = text.replace("<address>", address).replace("<length>", length);
    const { compilation, complaints } = answer([{ path: "x.yaml", text: `${NODE}\n---\n${document}` }]);
    expect(complaints).toEqual([]);
    const errors = compilation.diagnostics.filter(({ severity }) => severity === "error");
    expect(errors).toHaveLength(1);
    const { line, column } = errors[0]?.location ?? {};
    expect([line, column]).toEqual([3, document.indexOf(`'${address}`) + 1]);
  });

  test("as the address of a node", () => {
    const field = address.includes(".") ? "ipv4Address" : "ipv6Address";
    const text = calico("Node", "m", `{bgp: {${field}: '${address}/${length}'}}`);
    const { compilation } = answer([{ path: "x.yaml", text }]);
    expect(compilation.diagnostics.map(({ code }) => code)).toContain("network/invalid-address");
  });
});
