import type { BgpNode } from "./nodes.ts";
import type { PeerPlan } from "./plans.ts";
import type { PeersOfNode } from "./sessions.ts";

interface Group {
  readonly nodes: ReadonlyMap<string, BgpNode>;
  readonly plans: PeerPlan[];
}

/**
 * Finds the BGPPeers of one node without looking at all of them: peers with the same set of nodes are asked once,
 * and those that name one node or one address are found by name.
 */
export class PeerIndex {
  readonly #global: readonly PeerPlan[];
  readonly #named = new Map<string, PeerPlan[]>();
  readonly #selected = new Map<string, Group>();
  readonly #reverseNamed = new Map<string, PeerPlan[]>();
  readonly #reverseSelected = new Map<string, Group>();

  constructor(plans: readonly PeerPlan[]) {
    this.#global = plans.filter((plan) => plan.global);
    for (const plan of plans) {
      const { peer } = plan;
      if (peer.nodeSelector !== undefined)
        join(this.#selected, peer.nodeSelector.canonical, plan.members, plan);
      else if (peer.node !== undefined) append(this.#named, peer.node, plan);
      if (peer.reversePeering === "Manual") continue;
      const far = farNode(plan);
      if (far !== undefined) append(this.#reverseNamed, far, plan);
      if (plan.remote.kind === "nodes" && peer.peerSelector !== undefined)
        join(this.#reverseSelected, peer.peerSelector.canonical, plan.remote.nodes, plan);
    }
  }

  /**
   * In order of precedence: global before the node's own, each by name; a workload's by name alone, as Felix chooses
   * it (felix/calc/active_bgppeer_calculator.go).
   */
  of(node: BgpNode): PeersOfNode {
    const forward = [...this.#global, ...find(node, this.#named, this.#selected)];
    const ofWorkloads = forward.filter(isOfWorkloads).sort(byRank);
    return {
      forward: [...forward.filter((plan) => !isOfWorkloads(plan)), ...ofWorkloads],
      reverse: find(node, this.#reverseNamed, this.#reverseSelected),
    };
  }
}

/**
 * The node that an address peer leads to, if AS and port fit what it listens on. Calico compares a given port with
 * the cluster's listen port even where the node has its own; here the node's own decides.
 */
function farNode({ remote, peer }: PeerPlan): string | undefined {
  if (remote.kind !== "address" || remote.node === undefined) return undefined;
  if (remote.asNumber !== remote.node.asNumber) return undefined;
  if (peer.peerPort !== undefined && peer.peerPort !== (remote.node.listenPort ?? 179)) return undefined;
  return remote.node.name;
}

function find(
  node: BgpNode,
  named: ReadonlyMap<string, readonly PeerPlan[]>,
  selected: ReadonlyMap<string, Group>,
): readonly PeerPlan[] {
  const found = [...(named.get(node.name) ?? [])];
  for (const { nodes, plans } of selected.values()) if (nodes.has(node.name)) found.push(...plans);
  return found.sort(byRank);
}

function isOfWorkloads({ remote }: PeerPlan): boolean {
  return remote.kind === "local-workloads";
}

function byRank(a: PeerPlan, b: PeerPlan): number {
  return a.rank - b.rank;
}

function append(map: Map<string, PeerPlan[]>, key: string, plan: PeerPlan): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [plan]);
  else list.push(plan);
}

function join(
  groups: Map<string, Group>,
  key: string,
  nodes: ReadonlyMap<string, BgpNode>,
  plan: PeerPlan,
): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { nodes, plans: [plan] });
  else group.plans.push(plan);
}
