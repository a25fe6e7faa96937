import { at } from "../diagnostics/diagnostic.ts";
import type { BgpPeer } from "../ir/bgp-model.ts";
import type { Node } from "../ir/cluster-model.ts";
import type { Labels, Selector } from "../syntax/selector/ast.ts";
import { lookupIn, matchesSelector } from "../syntax/selector/match.ts";
import type { Check } from "./check.ts";

/** Switching the mesh off leaves exactly the sessions that BGPPeer resources make. */
export const nodeWithoutPeers: Check = (model, report) => {
  if (model.all("bgp-config").get("default")?.nodeToNodeMesh !== false) return;
  const peers = [...model.all("bgp-peer").values()];
  const alone = [...model.all("node").values()]
    .filter((node) => node.bgp !== undefined && !peers.some((peer) => concerns(peer, node)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const [first, ...others] = alone;
  if (first !== undefined)
    report(
      "bgp/node-without-peers",
      { node: first.name, others: others.length },
      at(first.origin, "spec", "bgp"),
    );
};

/** The node has the peer itself, or is one of those that peers are looked for among. */
function concerns(peer: BgpPeer, { name, labels }: Node): boolean {
  if (selects(peer.peerSelector, labels)) return true;
  if (peer.nodeSelector !== undefined) return selects(peer.nodeSelector, labels);
  return peer.node === undefined || peer.node === name;
}

function selects(selector: Selector | undefined, labels: Labels): boolean {
  return selector !== undefined && matchesSelector(selector.root, lookupIn(labels));
}
