/** Sections and sentences of `calicoctl ipam check`: `calicoctl/calicoctl/commands/ipam/check.go` of projectcalico/calico. */
import { writeFile } from "node:fs/promises";
import { formatCidr, parseCidr } from "../../../compiler/index.ts";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import type { CorruptValue } from "../../../runtime/datastore/errors.ts";
import { CALICO_API_VERSION } from "../../../runtime/datastore/kinds.ts";
import { type Allocation, allocationsOf } from "../../../runtime/ipam/block.ts";
import { type Checked, checkConsistency, type Findings } from "../../../runtime/ipam/check.ts";
import { distinctPlaces, listBlocks, listKind, specOf } from "../../../runtime/ipam/objects.ts";
import { printReport } from "../../../runtime/ipam/report.ts";
import { readUsers, type Use } from "../../../runtime/ipam/users.ts";
import { type ClusterInformation, findClusterInformation } from "../../datastore/cluster-information.ts";
import { type OpenedDatastore, withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { VERSION } from "../../version.ts";

export interface CheckRequest extends DatastoreRequest {
  readonly showAllIps?: boolean;
  readonly showProblemIps?: boolean;
  readonly output?: string;
  readonly kubeconfig?: string;
}

/** Problems are told and counted, and no failure of the command: as in Calico its exit code is 0. */
export function check(request: CheckRequest): Promise<void> {
  return withDatastore(request.config, async ({ datastore, type }) => {
    print("Checking IPAM for inconsistencies...\n");
    const information = await findClusterInformation(datastore);
    if (information === undefined && request.output !== undefined)
      throw new UserError(
        "a report names the cluster that it is of, and this datastore has no ClusterInformation",
      );
    const read = await readAll(datastore, type, request.kubeconfig ?? process.env.KUBECONFIG);
    const [hidden] = read.users.unreadable;
    if (hidden !== undefined && request.output !== undefined)
      throw new UserError(
        `no report is written: ${hidden.place} cannot be read, and may use any of the addresses: ${hidden.reason}`,
      );
    const findings = checkConsistency(read, Date.now());
    printRead(read, request.showAllIps === true);
    printNodes(findings);
    printFindings(findings, read, request);
    if (request.output !== undefined && information !== undefined)
      await writeFile(request.output, printReport(headOf(information), findings)).catch((error) => {
        throw new UserError(
          `cannot write ${request.output}: ${error instanceof Error ? error.message : error}`,
        );
      });
  });
}

function headOf({ stored, guid, type, locked }: ClusterInformation): Parameters<typeof printReport>[0] {
  return {
    ...{ version: VERSION, clusterGUID: guid, datastoreLocked: locked },
    ...{ clusterInformationRevision: stored.resourceVersion, clusterType: type },
  };
}

type ReadAll = Checked & { readonly unreadable: readonly CorruptValue[] };

const HELD: Readonly<Record<OpenedDatastore["type"], ReadonlySet<string>>> = {
  etcdv3: new Set([CALICO_API_VERSION]),
  kubernetes: new Set(["v1"]),
  file: new Set([CALICO_API_VERSION, "v1"]),
};

/** Users are read after the blocks: who is given an address in between is not taken for one who lost it. */
async function readAll(
  datastore: Datastore,
  type: OpenedDatastore["type"],
  kubeconfig: string | undefined,
): Promise<ReadAll> {
  const { blocks, unreadable } = await listBlocks(datastore);
  const [handles, pools] = await Promise.all([
    listKind(datastore, "IPAMHandle"),
    listKind(datastore, "IPPool"),
  ]);
  const activePools = pools.items.flatMap(({ resource }) => {
    const { cidr, disabled } = specOf(resource);
    return disabled === true ? [] : (parseCidr(String(cidr)) ?? []);
  });
  const services = type === "etcdv3" ? await openServices(kubeconfig) : datastore;
  try {
    const users = await readUsers(datastore, HELD[type], services);
    // A directory without any service may be one where nobody puts them.
    const servicesRead = services !== undefined && (type !== "file" || users.servicesListed > 0);
    return {
      ...{ blocks, handles: handles.items, activePools, users, servicesRead },
      unreadable: distinctPlaces(unreadable, handles.corrupt, pools.corrupt),
    };
  } finally {
    if (services !== datastore) await services?.close();
  }
}

async function openServices(kubeconfig: string | undefined): Promise<Datastore | undefined> {
  if (kubeconfig === undefined || kubeconfig === "") return undefined;
  const { KubernetesDatastore } = await import(
    "../../../runtime/datastore/kubernetes/kubernetes-datastore.ts"
  );
  return new KubernetesDatastore({ kubeconfig });
}

function printRead({ blocks, activePools, users, servicesRead }: ReadAll, all: boolean): void {
  print("Loading all IPAM blocks...", `Found ${blocks.length} IPAM blocks.`);
  let count = 0;
  for (const block of blocks) {
    print(` IPAM block ${formatCidr(block.cidr)} affinity=${block.affinity ?? "<none>"}:`);
    const allocations = allocationsOf(block);
    count += allocations.length;
    if (all)
      for (const allocation of allocations)
        print(`  ${allocation.ip} allocated; attrs ${attributesText(allocation)}`);
  }
  print(`IPAM blocks record ${count} allocations.\n`, "Loading all IPAM pools...");
  for (const pool of activePools) print(`  ${formatCidr(pool)}`);
  print(`Found ${activePools.length} active IP pools.\n`, "Loading all nodes.");
  printUses(users.nodes, all);
  print(`Found ${users.nodes.length} node tunnel IPs.\n`, "Loading all service load balancer IPs.");
  if (!servicesRead) print("Services are not known here: addresses of load balancers count as in use.\n");
  else {
    if (!users.servicesTold)
      print("No configuration for LoadBalancer kubecontroller found, counting every LoadBalancer service");
    printUses(users.services, all);
    print(`Found ${users.serviceCount} service load balancer(s).\n`);
  }
  print("Loading all workload endpoints.");
  printUses(users.workloads, all);
  const inUse = new Set([...users.nodes, ...users.services, ...users.workloads].map(({ ip }) => ip));
  print(
    `Found ${users.workloads.length} workload IPs.`,
    `Workloads and nodes are using ${inUse.size} IPs.\n`,
  );
  print("Loading all handles");
}

function printUses(uses: readonly Use[], all: boolean): void {
  if (all) for (const { ip, user } of uses) print(`  ${ip} belongs to ${user}`);
}

const MOST_NODES = 20;

function printNodes({ allocations }: Findings): void {
  print(`Looking for top (up to ${MOST_NODES}) nodes by allocations...`);
  const nodes = [...Map.groupBy([...allocations.values()].flat(), ({ node }) => node)]
    .map(([node, those]) => ({ node, count: those.length }))
    .sort((a, b) => b.count - a.count || (a.node < b.node ? -1 : 1));
  for (const { node, count } of nodes.slice(0, MOST_NODES))
    print(`  ${node || "<none>"} has ${count} allocations`);
  const [most] = nodes;
  if (most !== undefined)
    print(
      `Node with most allocations has ${most.count}; median is ${nodes[Math.floor(nodes.length / 2)]?.count}`,
    );
  print("");
}

function printFindings(
  found: Findings,
  { unreadable, users }: Pick<ReadAll, "unreadable" | "users">,
  request: CheckRequest,
): void {
  const showsProblems = request.showProblemIps || request.showAllIps;
  const detail = (lines: readonly string[]): void => {
    if (showsProblems) for (const line of lines) print(`  ${line}`);
  };
  print("Scanning for IPs with unknown types...");
  detail(
    found.unknown.map(
      ({ allocation }) =>
        `${allocation.ip} allocation has unknown type (${allocation.attribute?.owner.type ?? ""}) Assuming IP is still in use.`,
    ),
  );
  print(`Found ${found.unknown.length} IPs with unknown allocation types.`);
  print("Scanning for IPs that are allocated but not actually in use...");
  printUnreadable(users.unreadable);
  detail(
    found.leaked.flatMap((ip) =>
      (found.allocations.get(ip) ?? []).map(
        ({ allocation }) => `${ip} leaked; attrs ${attributesText(allocation)}`,
      ),
    ),
  );
  print(`Found ${found.leaked.length} IPs that are allocated in IPAM but not actually in use.`);
  print("Scanning for IPs that are in use by a workload or node but not allocated in IPAM...");
  detail(found.shared.map((ip) => `${ip} has multiple owners.`));
  detail(found.outsidePools.map(({ ip, user }) => `${ip} in use by ${user} is not in any active IP pool.`));
  detail(
    found.notAllocated.map(
      ({ ip, user }) => `${ip} in use by ${user} and in active IPAM pool but has no IPAM allocation.`,
    ),
  );
  print(
    `Found ${addresses(found.outsidePools)} in-use IPs that are not in active IP pools.`,
    `Found ${addresses(found.notAllocated)} in-use IPs that are in active IP pools but have no corresponding IPAM allocation.\n`,
    "Scanning for IPAM handles with no matching IPs...",
  );
  // Only with all addresses, as in Calico: there may be tens of thousands.
  if (request.showAllIps)
    for (const { key } of found.leakedHandles) print(`  ${key.name} doesn't have any active IPs.`);
  print(
    `Found ${found.leakedHandles.length} handles with no matching IPs (and ${found.goodHandles} handles with matches).`,
    "Scanning for IPs with missing handle...",
  );
  detail(found.missingHandles.map((handle) => `${handle} is in use in a block but doesn't exist.`));
  print(
    `Found ${found.missingHandles.length} handles mentioned in blocks with no matching handle resource.`,
    "Validating IPAMBlock structures...",
  );
  for (const { name, reason } of found.invalidBlocks) print(`  IPAMBlock ${name} is invalid: ${reason}`);
  const isBlock = ({ key }: CorruptValue): boolean => key?.kind === "IPAMBlock";
  const blocks = unreadable.filter(isBlock);
  printUnreadable(blocks);
  print(`Found ${found.invalidBlocks.length + blocks.length} invalid IPAMBlocks.`);
  printUnreadable(unreadable.filter((value) => !isBlock(value)));
  const hidden = distinctPlaces(unreadable, users.unreadable).length;
  print(`Check complete; found ${found.problems + hidden} problems.`);
}

function printUnreadable(values: readonly CorruptValue[]): void {
  for (const { place, reason } of values) print(`  ${place} cannot be read: ${reason}`);
}

function addresses(uses: readonly Use[]): number {
  return new Set(uses.map(({ ip }) => ip)).size;
}

function attributesText({ attribute }: Allocation): string {
  if (attribute === undefined) return "<missing>";
  const { handle = "<none>", owner, alternateOwner } = attribute;
  const alternate = Object.keys(alternateOwner).length === 0 ? "" : ` Alternate:${pairs(alternateOwner)}`;
  return `Main:${handle} Extra:${pairs(owner)}${alternate}`;
}

function pairs(owner: Readonly<Record<string, string>>): string {
  return Object.keys(owner)
    .sort()
    .map((key) => `${key}=${owner[key]}`)
    .join(",");
}

function print(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}
