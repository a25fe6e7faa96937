import fc from "fast-check";
import { CALICO, NODE, type Resource } from "../kernel/generated-policies/inventory.ts";

/**
 * What random clusters have besides their policies: tunnels, settings of the one node, more host endpoints and more
 * workloads, some of which are in each other's way.
 */
export const widerCase: fc.Arbitrary<readonly Resource[]> = fc
  .record({
    pools: fc.uniqueArray(fc.constantFrom(0, 1, 2, 3), { maxLength: 3 }),
    settings: settings(),
    endpoints: fc.uniqueArray(hostEndpoint(), { maxLength: 3, selector: ({ metadata }) => metadata.name }),
    workloads: fc.uniqueArray(workload(), { maxLength: 3, selector: ({ metadata }) => metadata.name }),
  })
  .map(({ pools, settings, endpoints, workloads }) => [
    ...pools.map((i) => POOLS[i]!),
    resource("FelixConfiguration", `node.${NODE}`, settings),
    ...endpoints,
    ...workloads,
  ]);

function resource(kind: string, name: string, spec: object, namespace?: string): Resource {
  const metadata = {
    name,
    labels: { app: "a", role: "host" },
    ...(namespace === undefined ? {} : { namespace }),
  };
  return { apiVersion: CALICO, kind, metadata, spec };
}

const POOLS: readonly Resource[] = [
  resource("IPPool", "vxlan-v4", { cidr: "10.70.0.0/16", vxlanMode: "Always" }),
  resource("IPPool", "vxlan-v6", { cidr: "fd70::/64", vxlanMode: "CrossSubnet" }),
  resource("IPPool", "ipip", { cidr: "10.71.0.0/16", ipipMode: "Always", natOutgoing: true }),
  resource("IPPool", "balancers", { cidr: "10.72.0.0/16", allowedUses: ["LoadBalancer"] }),
];

/** Mostly as they are where nobody says anything. */
function settings(): fc.Arbitrary<object> {
  const rarely = <T>(...values: readonly T[]) =>
    fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
  return fc.record({
    interfacePrefix: rarely("cali,tap", "tap,cali"),
    ipv6Support: rarely(false),
    vxlanEnabled: rarely(true, false),
    vxlanPort: rarely(8472),
    ipipEnabled: rarely(true, false),
    wireguardEnabled: rarely(true),
    externalNodesList: rarely(["203.0.113.0/28"]),
    serviceLoopPrevention: rarely("Disabled", "Reject"),
    floatingIPs: rarely("Enabled"),
  });
}

/** Some are for the same interface. */
function hostEndpoint(): fc.Arbitrary<Resource> {
  return fc
    .record({
      name: fc.constantFrom("a-first", "b-second", "z-last"),
      place: fc.constantFrom<object>(
        { interfaceName: "eth0" },
        { interfaceName: "eth1" },
        { interfaceName: "*" },
        { interfaceName: "cali9" },
        { expectedIPs: ["172.16.1.11"] },
      ),
      profiles: fc.constantFrom([], ["projectcalico-default-allow"]),
    })
    .map(({ name, place, profiles }) => resource("HostEndpoint", name, { node: NODE, ...place, profiles }));
}

/** Some share an interface, an address, or a floating address. */
function workload(): fc.Arbitrary<Resource> {
  const address = fc.constantFrom("10.65.0.2/32", "10.65.0.20/32", "10.65.0.21/32", "fd65::20/128");
  return fc
    .record({
      pod: fc.constantFrom("d", "e", "f"),
      interfaceName: fc.constantFrom("cali0ops0c", "cali8", "cali9", "tap8", "tap9"),
      ipNetworks: fc.uniqueArray(address, { maxLength: 3 }),
      profiles: fc.constantFrom([], ["projectcalico-default-allow"], ["nobodys"]),
      isFloating: fc.boolean(),
    })
    .map(({ pod, isFloating, ...spec }) => {
      const own = spec.ipNetworks.map((network) => network.split("/")[0]!).filter((ip) => !ip.includes(":"));
      const ipNATs = isFloating ? own.map((internalIP) => ({ internalIP, externalIP: "198.51.100.10" })) : [];
      return resource(
        "WorkloadEndpoint",
        `${NODE.replace("-", "--")}-k8s-${pod}-eth0`,
        { orchestrator: "k8s", node: NODE, pod, endpoint: "eth0", ...spec, ipNATs },
        "ops",
      );
    });
}
