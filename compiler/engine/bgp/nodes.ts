import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { ClusterModel, Node } from "../../ir/cluster-model.ts";
import type { Ip, Ip4, IpVersion } from "../../net/cidr.ts";
import { formatIp, parseIp } from "../../net/ip.ts";
import type { Selector, SelectorNode } from "../../syntax/selector/ast.ts";
import { lookupIn, matchesSelector } from "../../syntax/selector/match.ts";
import { routerId } from "./router-id.ts";
import { type BgpSettings, nodeConfig } from "./settings.ts";

/** An address together with its canonical text, by which sessions are named and compared. */
export interface Speaking {
  readonly ip: Ip;
  readonly text: string;
}

/** A node that takes part in BGP: it has `spec.bgp`. */
export interface BgpNode {
  readonly name: string;
  readonly node: Node;
  readonly asNumber: number;
  readonly address4: Speaking | undefined;
  readonly address6: Speaking | undefined;
  /** What others dial, from the node's or the cluster's configuration; `undefined` = 179. */
  readonly listenPort: number | undefined;
  /** Of a route reflector. */
  readonly clusterId: Ip4 | undefined;
  readonly routerId: Ip4;
}

export function addressOf(node: BgpNode, version: IpVersion): Speaking | undefined {
  return version === 4 ? node.address4 : node.address6;
}

/** The BGP nodes, sorted by name, with the indexes that peers are resolved by. */
export class BgpNodes {
  readonly byName: ReadonlyMap<string, BgpNode>;
  /** By canonical address; of two nodes with one address the first by name. */
  readonly byAddress: ReadonlyMap<string, BgpNode>;
  readonly #byLabel = new Map<string, BgpNode[]>();
  readonly #single = new Map<string, ReadonlyMap<string, BgpNode>>();
  readonly #selections = new Map<string, ReadonlyMap<string, BgpNode>>();

  constructor(model: ClusterModel, settings: BgpSettings, routerIds: "address" | "hash") {
    const nodes = [...model.all("node").values()]
      .filter((node) => node.bgp !== undefined)
      .map((node) => bgpNode(model, node, settings, routerIds));
    this.byName = new Map(nodes.map((node) => [node.name, node]));
    const byAddress = new Map<string, BgpNode>();
    for (const node of nodes) {
      for (const address of [node.address4, node.address6])
        if (address !== undefined && !byAddress.has(address.text)) byAddress.set(address.text, node);
      for (const [label, value] of Object.entries(node.node.labels)) {
        const key = `${label}=${value}`;
        const list = this.#byLabel.get(key);
        if (list === undefined) this.#byLabel.set(key, [node]);
        else list.push(node);
      }
    }
    this.byAddress = byAddress;
  }

  /** That one node, or none. */
  named(name: string): ReadonlyMap<string, BgpNode> {
    let single = this.#single.get(name);
    if (single === undefined) {
      const node = this.byName.get(name);
      single = new Map(node === undefined ? [] : [[name, node]]);
      this.#single.set(name, single);
    }
    return single;
  }

  /** The nodes that a selector matches; evaluated once per distinct selector. */
  select(selector: Selector): ReadonlyMap<string, BgpNode> {
    const known = this.#selections.get(selector.canonical);
    if (known !== undefined) return known;
    const matched = new Map<string, BgpNode>();
    for (const node of this.#candidates(selector.root)) {
      if (matchesSelector(selector.root, lookupIn(node.node.labels))) matched.set(node.name, node);
    }
    this.#selections.set(selector.canonical, matched);
    return matched;
  }

  /** A selector that demands `label == value` is tried on the nodes with that label only: racks are many. */
  #candidates(root: SelectorNode): Iterable<BgpNode> {
    const demanded = root.kind === "and" ? root.operands.find((operand) => operand.kind === "eq") : root;
    if (demanded?.kind !== "eq") return this.byName.values();
    return this.#byLabel.get(`${demanded.label}=${demanded.value}`) ?? [];
  }
}

function bgpNode(
  model: ClusterModel,
  node: Node,
  settings: BgpSettings,
  routerIds: "address" | "hash",
): BgpNode {
  const cluster = node.bgp?.routeReflectorClusterId;
  const clusterId = cluster === undefined || cluster === "" ? undefined : parseIp(cluster);
  return {
    name: node.name,
    node,
    asNumber: node.bgp?.asNumber ?? settings.asNumber,
    address4: speaking(node.bgp?.ipv4?.ip),
    address6: speaking(node.bgp?.ipv6?.ip),
    listenPort: nodeConfig(model, node.name)?.listenPort ?? settings.config?.listenPort,
    clusterId: clusterId?.version === 4 ? clusterId : undefined,
    routerId: routerId(node.name, node.bgp?.ipv4?.ip, routerIds),
  };
}

function speaking(ip: Ip | undefined): Speaking | undefined {
  return ip === undefined ? undefined : { ip, text: formatIp(ip) };
}

/** Two speakers with one router id refuse each other. */
export function checkRouterIds(nodes: BgpNodes, report: Report): void {
  for (const group of Map.groupBy(nodes.byName.values(), ({ routerId }) => routerId.value).values()) {
    const [first, ...others] = group;
    if (first === undefined) continue;
    for (const other of others)
      report(
        "bgp/duplicate-router-id",
        { id: formatIp(first.routerId), nodes: group.map(({ name }) => name) },
        at(other.node.origin, "spec", "bgp"),
        { related: [{ message: `the same id belongs to node ${first.name}`, origin: first.node.origin }] },
      );
  }
}
