import fc from "fast-check";
import { CALICO, FLOATING, HOST, NODE, PODS, type Resource, workload } from "./inventory.ts";
import { NETS } from "./rules.ts";

/** What policies meet beside the inventory: sets of networks, endpoints that a case may change, and settings. */

const anyNets = fc
  .record({
    4: fc.uniqueArray(fc.constantFrom(...NETS[4]), { maxLength: 3 }),
    6: fc.uniqueArray(fc.constantFrom(...NETS[6]), { maxLength: 3 }),
  })
  .map((nets) => [...nets[4], ...nets[6]]);

export const networkSets = fc.tuple(anyNets, anyNets).map(([partners, friends]): readonly Resource[] => [
  {
    apiVersion: CALICO,
    kind: "GlobalNetworkSet",
    metadata: { name: "partners", labels: { kind: "partner" } },
    spec: { nets: partners },
  },
  {
    apiVersion: CALICO,
    kind: "NetworkSet",
    metadata: { name: "friends", namespace: "shop", labels: { kind: "friend", app: "a" } },
    spec: { nets: friends },
  },
]);

export const hostEndpoint = fc
  .record({
    place: fc.constantFrom(
      { interfaceName: "eth0" },
      { interfaceName: "*", expectedIPs: [...HOST] },
      { expectedIPs: [...HOST] },
    ),
    profiles: fc.constantFrom([], ["hosts"], ["projectcalico-default-allow"], ["hosts", "nobodys"]),
  })
  .map(
    ({ place, profiles }): Resource => ({
      apiVersion: CALICO,
      kind: "HostEndpoint",
      metadata: { name: "node-1-host", labels: { role: "host" } },
      spec: { node: NODE, ...place, profiles, ports: [{ name: "admin", protocol: "TCP", port: 22 }] },
    }),
  );

const failsafePorts = fc.constantFrom(
  undefined,
  [],
  [{ protocol: "TCP", port: 22 }],
  [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 443, net: "203.0.113.0/24" },
    { protocol: "TCP", port: 80, net: "2001:db8:71::/64" },
  ],
);

export const felixConfiguration = fc
  .record({
    defaultEndpointToHostAction: fc.constantFrom("Drop", "Accept", "Return"),
    iptablesFilterDenyAction: fc.constantFrom("Drop", "Reject"),
    iptablesFilterAllowAction: fc.constantFrom("Accept", "Return"),
    iptablesMangleAllowAction: fc.constantFrom("Accept", "Return"),
    floatingIPs: fc.constantFrom("Enabled", "Disabled"),
    serviceLoopPrevention: fc.constantFrom("Drop", "Reject", "Disabled"),
    disableConntrackInvalidCheck: fc.constantFrom(false, false, true),
    allowVXLANPacketsFromWorkloads: fc.boolean(),
    allowIPIPPacketsFromWorkloads: fc.boolean(),
    failsafeInboundHostPorts: failsafePorts,
    failsafeOutboundHostPorts: failsafePorts,
  })
  .map(
    (spec): Resource => ({
      apiVersion: CALICO,
      kind: "FelixConfiguration",
      metadata: { name: "default" },
      // A workload may ask for foreign sources, which is an error where nobody may have them.
      spec: { ...spec, workloadSourceSpoofing: "Any" },
    }),
  );

/** Tells of `c` what a Pod cannot: profiles of its own, foreign sources that it may use, a floating address. */
export const workloadC = fc
  .record({
    profiles: fc.constantFrom(["hosts"], ["kns.ops", "hosts"], ["kns.ops", "ksa.ops.guest"], []),
    allowSpoofedSourcePrefixes: fc.constantFrom<readonly string[]>(
      [],
      [],
      ["203.0.113.0/29", "2001:db8:71::/64"],
    ),
    isFloating: fc.boolean(),
  })
  .map(({ isFloating, ...options }) => {
    const own = PODS.find(({ name }) => name === "c")!.addresses;
    const ipNATs = own.map((internalIP, index) => ({ internalIP, externalIP: FLOATING[index]! }));
    return workload({ ...options, ipNATs: isFloating ? ipNATs : [] });
  });

/** Addresses of services that nothing here translates must not loop through the uplink. */
export const bgpConfiguration: Resource = {
  apiVersion: CALICO,
  kind: "BGPConfiguration",
  metadata: { name: "default" },
  spec: { serviceClusterIPs: [{ cidr: "203.0.113.128/26" }, { cidr: "2001:db8:5e::/112" }] },
};
