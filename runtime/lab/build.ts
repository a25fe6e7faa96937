import { networkSpaces, removeNetworkSpaces } from "../host/network-space.ts";
import type { Fabric, LabPlan, LabWorkload, Machine } from "./plan.ts";
import { deleteLinks, inParallel, ipBatch, sysctl } from "./tools.ts";

/** Every host-side end of a pod's wire has this MAC in Calico, and hence this link-local address (routing-bgp.md §1.3). */
const VETH_MAC = "ee:ee:ee:ee:ee:ee";
const VETH_LINK_LOCAL = "fe80::ecee:eeff:feee:eeee";
/** A pod's IPv4 gateway, which nobody has: the node answers for it by proxy ARP. */
const POD_GATEWAY = "169.254.1.1";

const NO_DAD = ["net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0"];
const NO_RP_FILTER = ["net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0"];
const FORWARDING = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];

/** What of a lab is to be made, and what of the old one has to go before. */
export interface BuildSteps {
  readonly remove: readonly string[];
  readonly machines: readonly Machine[];
  readonly workloads: readonly LabWorkload[];
  readonly isFabricNew: boolean;
}

/**
 * What it takes to get from `old` to `plan`. `whole`: namespaces of `old` that exist and are finished. Whatever has
 * changed is made anew; a node takes the wires of its workloads with it, and the fabric those of all machines.
 */
export function buildSteps(
  old: LabPlan | undefined,
  plan: LabPlan,
  known: readonly string[],
  whole: ReadonlySet<string>,
): BuildSteps {
  const isFabricNew = !whole.has(plan.fabric.space);
  const oldMachines = new Map(machinesOf(old).map((machine) => [machine.space, wiring(machine)]));
  const oldWorkloads = new Map(old?.workloads.map((workload) => [workload.space, attachment(workload)]));
  const machines = machinesOf(plan).filter(
    (machine) =>
      isFabricNew || !whole.has(machine.space) || oldMachines.get(machine.space) !== wiring(machine),
  );
  const newNodes = new Set(machines.map(({ name }) => name));
  const workloads = plan.workloads.filter(
    (workload) =>
      newNodes.has(workload.node) ||
      !whole.has(workload.space) ||
      oldWorkloads.get(workload.space) !== attachment(workload),
  );
  const made = new Set([...machines, ...workloads].map(({ space }) => space));
  const wanted = new Set(spacesOf(plan).filter((space) => !made.has(space)));
  if (isFabricNew) wanted.delete(plan.fabric.space);
  return { remove: known.filter((space) => !wanted.has(space)), machines, workloads, isFabricNew };
}

/** Every namespace of the lab. */
export function spacesOf(plan: LabPlan): readonly string[] {
  return [plan.fabric, ...machinesOf(plan), ...plan.workloads].map(({ space }) => space);
}

function machinesOf(plan: LabPlan | undefined): readonly Machine[] {
  return plan === undefined ? [] : [...plan.nodes, ...plan.routers];
}

function wiring({ interfaces, gateways }: Machine): string {
  return JSON.stringify([interfaces, gateways]);
}

function attachment({ node, interfaceName, mac, addresses }: LabWorkload): string {
  return JSON.stringify([node, interfaceName, mac, addresses]);
}

/** Makes namespaces, bridges, wires and addresses. What is in the way goes first. */
export async function build(old: LabPlan | undefined, plan: LabPlan, steps: BuildSteps): Promise<void> {
  const { machines, workloads, isFabricNew } = steps;
  await removeNetworkSpaces(steps.remove);
  await cutWires(plan, steps);
  const made = [...(isFabricNew ? [plan.fabric] : []), ...machines, ...workloads].map(({ space }) => space);
  await ipBatch(
    undefined,
    made.map((space) => `netns add ${space}`),
  );
  const routing = new Set([plan.fabric, ...plan.routers].map(({ space }) => space));
  const pods = new Set(workloads.map(({ space }) => space));
  await inParallel(made, async (space) => {
    await sysctl(space, [
      ...NO_DAD,
      ...(pods.has(space) ? [] : NO_RP_FILTER),
      ...(routing.has(space) ? FORWARDING : []),
    ]);
  });
  await ipBatch(
    plan.fabric.space,
    fabricCommands(isFabricNew ? undefined : old?.fabric, plan.fabric, machines),
  );
  await inParallel(machines, async (machine) => ipBatch(machine.space, machineCommands(machine)));
  const byNode = Map.groupBy(workloads, ({ node }) => node);
  await inParallel([...byNode], async ([node, own]) => {
    const { space } = plan.nodes.find(({ name }) => name === node)!;
    await ipBatch(space, own.flatMap(wireCommands));
  });
  await inParallel(workloads, async (workload) => ipBatch(workload.space, workloadCommands(workload)));
}

/** The kernel takes devices out of a removed namespace when it finds the time; their other ends are in the way. */
async function cutWires(plan: LabPlan, { machines, workloads, isFabricNew }: BuildSteps): Promise<void> {
  const ports = machines.flatMap(({ interfaces }) => interfaces.map(({ port }) => port));
  if (!isFabricNew) await deleteLinks(plan.fabric.space, ports);
  const made = new Set(machines.map(({ name }) => name));
  const byNode = Map.groupBy(workloads, ({ node }) => node);
  for (const { name, space } of plan.nodes)
    if (!made.has(name))
      await deleteLinks(
        space,
        (byNode.get(name) ?? []).map(({ interfaceName }) => interfaceName),
      );
}

/** Bridges and routes of the fabric as far as they differ from `old`, and a wire to each of the machines. */
function fabricCommands(
  old: Fabric | undefined,
  fabric: Fabric,
  machines: readonly Machine[],
): readonly string[] {
  const before = new Map(old?.segments.map(({ bridge, gateways }) => [bridge, gateways]));
  const now = new Set(fabric.segments.map(({ bridge }) => bridge));
  return [
    ...(old === undefined ? ["link set lo up"] : []),
    ...[...before.keys()].filter((bridge) => !now.has(bridge)).map((bridge) => `link delete ${bridge}`),
    ...fabric.segments.flatMap(({ bridge, gateways }) => {
      const had = before.get(bridge);
      return [
        ...(had === undefined
          ? [`link add ${bridge} type bridge mcast_snooping 0`, `link set ${bridge} up`]
          : []),
        ...(had ?? [])
          .filter((address) => !gateways.includes(address))
          .map((address) => `address delete ${address} dev ${bridge}`),
        ...gateways
          .filter((address) => had?.includes(address) !== true)
          .map((address) => addAddress(address, bridge)),
      ];
    }),
    ...machines.flatMap(({ space, interfaces }) =>
      interfaces.flatMap(({ device, port, bridge }) => [
        `link add ${port} type veth peer name ${device} netns ${space}`,
        ...(bridge === "" ? [] : [`link set ${port} master ${bridge}`]),
        `link set ${port} up`,
      ]),
    ),
    ...(old?.routes ?? [])
      .filter(({ subnet }) => !fabric.routes.some((route) => route.subnet === subnet))
      .map(({ subnet }) => `route delete ${subnet}`),
    ...fabric.routes.map(({ subnet, via }) => `route replace ${subnet} via ${via}`),
  ];
}

function machineCommands({ interfaces, gateways }: Machine): readonly string[] {
  return [
    "link set lo up",
    ...interfaces.flatMap(({ device, addresses }) => [
      `link set ${device} up`,
      ...addresses.map((address) => addAddress(address, device)),
    ]),
    ...gateways.map((gateway) => `route add default via ${gateway}`),
  ];
}

/** What Calico's CNI plugin makes on the node. */
function wireCommands({ space, interfaceName }: LabWorkload): readonly string[] {
  return [
    `link add ${interfaceName} address ${VETH_MAC} type veth peer name eth0 netns ${space}`,
    `link set ${interfaceName} up`,
  ];
}

/** What Calico's CNI plugin makes in the pod (routing-bgp.md §1.3). */
function workloadCommands({ mac, addresses }: LabWorkload): readonly string[] {
  return [
    "link set lo up",
    ...(mac === undefined ? [] : [`link set eth0 address ${mac}`]),
    "link set eth0 up",
    ...addresses.map((address) => addAddress(`${address}/${isIpv6(address) ? 128 : 32}`, "eth0")),
    ...(addresses.some((address) => !isIpv6(address))
      ? [`route add ${POD_GATEWAY} dev eth0 scope link`, `route add default via ${POD_GATEWAY} dev eth0`]
      : []),
    ...(addresses.some(isIpv6) ? [`route add default via ${VETH_LINK_LOCAL} dev eth0`] : []),
  ];
}

function addAddress(address: string, device: string): string {
  return `address add ${address} dev ${device}${isIpv6(address) ? " nodad" : ""}`;
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

/** Namespaces of the list that exist. */
export async function existing(spaces: readonly string[]): Promise<ReadonlySet<string>> {
  const present = await networkSpaces();
  return new Set(spaces.filter((space) => present.has(space)));
}
