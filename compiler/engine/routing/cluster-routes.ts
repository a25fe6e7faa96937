import type { ClusterModel, IpPool, Node } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import { type Cidr, hostCidr, IP_VERSIONS, type Ip } from "../../net/cidr.ts";
import { CidrTrie, type TrieEntry } from "../../net/trie.ts";
import { compareText } from "../order.ts";
import { type ByVersion, byVersion } from "./by-version.ts";
import { nodeIp, vxlanTunnelAddress, wireguardTunnelAddress } from "./node-addresses.ts";
import { type Vtep, vtepsOf } from "./vteps.ts";

/**
 * What the whole cluster agrees on about one network, whichever node asks: Calico's L3 route resolver without the
 * parts that depend on the asking node. Source: routing-bgp.md §1.6.
 */
export interface ClusterRoute {
  readonly cidr: Cidr;
  /** The narrowest pool around it. */
  readonly pool: IpPool | undefined;
  /** The node behind it; there may be no Node resource of that name. */
  readonly node: string;
  /** Workloads live there: a block, a borrowed address, a workload's own address. */
  readonly workload: boolean;
  /** It is exactly a tunnel address of `node`. */
  readonly tunnel: boolean;
  /** It is exactly an address of `node` itself. */
  readonly host: boolean;
  /** The address is out of a block of another node. */
  readonly borrowed: boolean;
}

/** Built once per revision of the model, read by every node's `resolveRouting`. */
export interface ClusterRoutes {
  readonly model: ClusterModel;
  /** In the order of `compareCidr`. */
  readonly routes: readonly ClusterRoute[];
  readonly vteps: ByVersion<readonly Vtep[]>;
}

/** Order of precedence: of several references to one address, sorted by node and then by this, the first counts. */
const REFERENCE_KINDS = ["workload", "wireguard", "ipip", "vxlan"] as const;
type ReferenceKind = (typeof REFERENCE_KINDS)[number];

interface Reference {
  readonly node: string;
  readonly kind: ReferenceKind;
}

/** What the resources say about exactly one network; filled while the trie is built. */
interface Layers {
  pool: IpPool | undefined;
  /** The owner of a block, or the holder of an address out of somebody else's. */
  block: string | undefined;
  readonly hosts: string[];
  readonly references: Reference[];
}

/**
 * @param routeSource "CalicoIPAM" takes blocks and the addresses that were borrowed from them; "WorkloadIPs" takes
 * every workload's own address and no block.
 */
export function buildClusterRoutes(
  model: ClusterModel,
  routeSource: FelixSettings["routeSource"],
): ClusterRoutes {
  const trie = new CidrTrie<Layers>();
  const at = (cidr: Cidr): Layers => {
    const found = trie.get(cidr);
    if (found !== undefined) return found;
    const layers: Layers = { pool: undefined, block: undefined, hosts: [], references: [] };
    trie.insert(cidr, layers);
    return layers;
  };

  for (const pool of byKey(model.all("ip-pool").values())) at(pool.cidr).pool ??= pool;
  for (const node of model.all("node").values()) addNode(node, at);
  if (routeSource === "CalicoIPAM") addBlocks(model, at);
  else
    for (const { node, addresses } of model.all("workload-endpoint").values())
      for (const address of addresses) at(address).references.push({ node, kind: "workload" });

  const routes = trie.entries().flatMap(({ cidr, value }) => {
    const route = resolveRoute(cidr, value, trie.path(cidr));
    return route === undefined ? [] : [route];
  });
  const nodes = [...model.all("node").values()];
  return { model, routes, vteps: byVersion((version) => vtepsOf(nodes, version)) };
}

/** What two objects claim alike goes to the same one, whatever order they came in. */
function byKey<T extends { readonly key: string }>(objects: Iterable<T>): readonly T[] {
  return [...objects].toSorted((a, b) => compareText(a.key, b.key));
}

function addNode(node: Node, at: (cidr: Cidr) => Layers): void {
  const hosts = node.addresses.map(({ ip }) => ip);
  const refer = (ip: Ip | undefined, kind: ReferenceKind): void => {
    if (ip !== undefined) at(hostCidr(ip)).references.push({ node: node.name, kind });
  };
  for (const version of IP_VERSIONS) {
    const own = nodeIp(node, version);
    if (own !== undefined) hosts.push(own);
    refer(vxlanTunnelAddress(node, version), "vxlan");
    refer(wireguardTunnelAddress(node, version), "wireguard");
  }
  refer(node.bgp?.ipipTunnelAddress, "ipip");
  for (const ip of hosts) at(hostCidr(ip)).hosts.push(node.name);
}

function addBlocks(model: ClusterModel, at: (cidr: Cidr) => Layers): void {
  const blocks = byKey(model.all("block").values());
  for (const { cidr, affinity } of blocks) if (affinity !== undefined) at(cidr).block = affinity;
  // Second, so that in a block of a single address the one who holds it wins over the one who owns the block.
  for (const { affinity, allocations } of blocks)
    for (const { ip, node } of allocations)
      if (node !== undefined && node !== affinity) at(hostCidr(ip)).block = node;
}

/** Later levels override the node: enclosing blocks, host addresses, references. */
function resolveRoute(
  cidr: Cidr,
  { block, hosts, references }: Layers,
  path: readonly TrieEntry<Layers>[],
): ClusterRoute | undefined {
  const reference = references.toSorted(compareReferences)[0];
  const host = hosts.toSorted(compareText)[0];
  const node = reference?.node ?? host ?? block;
  if (node === undefined) return undefined;
  const kinds = references.filter((r) => r.node === node).map(({ kind }) => kind);
  const blockNode = path.findLast(({ value }) => value.block !== undefined)?.value.block;
  return {
    cidr,
    pool: path.findLast(({ value }) => value.pool !== undefined)?.value.pool,
    node,
    workload: kinds.includes("workload") || (host === undefined && block !== undefined),
    tunnel: kinds.some((kind) => kind !== "workload"),
    host: host !== undefined && hosts.includes(node),
    borrowed: reference !== undefined && blockNode !== undefined && blockNode !== node,
  };
}

function compareReferences(a: Reference, b: Reference): number {
  return compareText(a.node, b.node) || REFERENCE_KINDS.indexOf(a.kind) - REFERENCE_KINDS.indexOf(b.kind);
}
