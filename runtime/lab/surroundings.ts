import {
  administratorsRoutes,
  type BirdConfig,
  type Compilation,
  cidrOf,
  type Forwarding,
  forwardingOf,
  type HostNetwork,
  type RibSpeaker,
  type Surroundings,
} from "../../compiler/index.ts";
import { interfaceAddress, ipOf } from "./addresses.ts";
import { FABRIC, outsideSpeakers } from "./outside.ts";
import type { Fabric, LabPlan, Machine } from "./plan.ts";
import { spineConfig } from "./router-config.ts";

/** Where the lab's packets go once BGP has come to rest, as the compiler's model of BIRD says. */
export function labForwarding(plan: LabPlan, compilation: Compilation): Forwarding {
  return forwardingOf(compilation, surroundingsOf(plan));
}

/** What a lab adds to its resources: networks and gateways of the nodes, and everybody else who routes. */
export function surroundingsOf(plan: LabPlan): Surroundings {
  const networks = new Map(plan.routers.map((router) => [router.name, machineNetwork(router)]));
  const outside = outsideSpeakers(plan);
  const fabric = outside.find(({ name }) => name === FABRIC);
  return {
    speakers: [
      ...outside
        .filter((speaker) => speaker !== fabric)
        .map(({ name, config }) => speakerIn(name, config, networks.get(name) ?? workloadNetwork(name))),
      speakerIn(FABRIC, fabric?.config ?? spineConfig([]), fabricNetwork(plan.fabric)),
    ],
    hosts: new Map(plan.nodes.map((node) => [node.name, machineNetwork(node)])),
  };
}

function speakerIn(name: string, config: BirdConfig, network: HostNetwork): RibSpeaker {
  return { name, config, interfaces: network.interfaces, kernelRoutes: administratorsRoutes(network) };
}

function machineNetwork({ interfaces, gateways }: Machine): HostNetwork {
  return {
    interfaces: interfaces.map(({ device, addresses }) => ({
      name: device,
      addresses: addresses.map(interfaceAddress),
    })),
    routes: gateways.map(ipOf).map((via) => ({ cidr: cidrOf(via, 0), via })),
  };
}

function fabricNetwork({ segments, routes }: Fabric): HostNetwork {
  return {
    interfaces: segments.map(({ bridge, gateways }) => ({
      name: bridge,
      addresses: gateways.map(interfaceAddress),
    })),
    routes: routes.map(({ subnet, via }) => {
      const { ip, length } = interfaceAddress(subnet);
      return { cidr: cidrOf(ip, length), via: ipOf(via) };
    }),
  };
}

/** Its node answers for all the world, as if that were on the wire between them. */
function workloadNetwork(address: string): HostNetwork {
  const ip = ipOf(address);
  return {
    interfaces: [{ name: "eth0", addresses: [{ ip, length: ip.version === 4 ? 32 : 128 }] }],
    routes: [{ cidr: cidrOf(ip, 0), via: undefined }],
  };
}
