import { type ClusterModel, compareIp, formatIp } from "../../compiler/index.ts";
import { type Wanted, wantedNode, wire } from "./machines.ts";
import { spaceNames } from "./names.ts";
import type { LabPlan, LabWorkload, Router } from "./plan.ts";
import { linkAddress, linkSubnet, otherEnd, type WantedRouter, wantedRouters } from "./routers.ts";
import { subnetKey, subnetOf } from "./subnet.ts";
import { type CompiledNode, workloadSpeakers } from "./workload-speakers.ts";

const TCP = 6;

export interface Layout {
  readonly plan: LabPlan;
  /** What of the resources the lab cannot build, in words. */
  readonly skipped: readonly string[];
}

/** The lab that the resources describe. `compiled`: the nodes of the resources. */
export function layOut(lab: string, model: ClusterModel, compiled: readonly CompiledNode[]): Layout {
  const nodes = [...model.all("node").values()].map((node) => wantedNode(lab, node));
  const subnets = nodes.flatMap(({ interfaces }) =>
    interfaces.flatMap(({ addresses }) => addresses.map(({ ip, length }) => subnetOf(ip, length))),
  );
  const { routers, skipped } = wantedRouters(lab, compiled, subnets);
  const wired = wire([...nodes, ...routers.map((router) => withLinks(router, routers))]);
  const machineNamed = new Map(wired.machines.map((machine) => [machine.space, machine]));
  const madeRouters: Router[] = routers.map((router) => {
    const machine = machineNamed.get(router.space)!;
    const gateway = leaderOf(router, routers);
    return {
      ...machine,
      // What is behind another router has no other way out.
      gateways: gateway === undefined ? machine.gateways : [formatIp(otherEnd(router.ip))],
      sessions: router.sessions,
    };
  });
  const { workloads, without } = workloadsOf(lab, model);
  return {
    plan: {
      lab,
      fabric: {
        space: spaceNames.fabric(lab),
        segments: wired.segments,
        routes: routers.flatMap((router) => {
          const leader = leaderOf(router, routers);
          return leader === undefined
            ? []
            : [{ subnet: subnetKey(linkSubnet(router.ip)), via: formatIp(leader.ip) }];
        }),
      },
      nodes: nodes.map(({ space }) => machineNamed.get(space)!),
      routers: madeRouters,
      workloads,
      workloadSpeakers: workloadSpeakers(compiled, workloads),
    },
    skipped: [...skipped, ...without],
  };
}

/** The router that leads to this one, where it is behind one of the lab. */
function leaderOf({ behind }: WantedRouter, routers: readonly WantedRouter[]): WantedRouter | undefined {
  return behind && routers.find(({ ip }) => compareIp(ip, behind) === 0);
}

/** With an interface towards each router that is behind this one. */
function withLinks(router: WantedRouter, routers: readonly WantedRouter[]): Wanted {
  const led = routers.filter((other) => leaderOf(other, routers) === router);
  return {
    ...router,
    interfaces: [
      ...router.interfaces,
      ...led.map(({ ip }, i) => ({ device: `eth${i + 1}`, addresses: [linkAddress(otherEnd(ip))] })),
    ],
  };
}

function workloadsOf(
  lab: string,
  model: ClusterModel,
): { readonly workloads: readonly LabWorkload[]; readonly without: readonly string[] } {
  const workloads = new Map<string, LabWorkload>();
  const without: string[] = [];
  const known = model.all("node");
  for (const endpoint of model.all("workload-endpoint").values()) {
    const { workload: name, node, interfaceName, mac, addresses, ports } = endpoint;
    // A finished pod has no place in the dataplane.
    if (addresses.length === 0 || interfaceName === "") continue;
    if (!known.has(node) || workloads.has(name)) {
      without.push(
        known.has(node)
          ? `workload ${name}: only the first of its interfaces`
          : `workload ${name}: there is no Node ${node}`,
      );
      continue;
    }
    workloads.set(name, {
      name,
      node,
      space: spaceNames.workload(lab, name),
      interfaceName,
      mac,
      addresses: addresses.map((cidr) => formatIp(cidr)),
      ports: [...new Set(ports.filter(({ protocol }) => protocol === TCP).map(({ port }) => port))].sort(
        (a, b) => a - b,
      ),
    });
  }
  return {
    workloads: [...workloads.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    without,
  };
}
