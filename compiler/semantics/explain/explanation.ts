import type { ClusterModel } from "../../ir/cluster-model.ts";
import { cidrContainsIp, type Ip, type IpVersion } from "../../net/cidr.ts";
import { compareIp, formatIp } from "../../net/ip.ts";
import type { Host } from "../evaluator/host.ts";
import type { Dataplane } from "../simulator/program.ts";
import type { Crossing } from "./crossing.ts";
import { type End, mainAddress, nodeOf } from "./ends.ts";
import { ownSource, type Payload, packetAt, type Uplink, uplinkOf } from "./hop.ts";
import { type NodeTrace, type TraceVerdict, traceOf } from "./trace.ts";
import { endpointWords, type Where } from "./words.ts";

/** What becomes of a packet on every node that it crosses. Plain data, as `-o json` prints it. */
export interface Explanation {
  /** `pod shop/api-0 (10.0.0.2)`. */
  readonly from: string;
  readonly to: string;
  /** Of the resources, on all nodes together. */
  readonly verdict: TraceVerdict;
  /** In the order in which the packet crosses them. One after a denial is judged as if the packet had come there. */
  readonly nodes: readonly NodeExplanation[];
  readonly notes: readonly string[];
}

export interface NodeExplanation extends NodeTrace {
  readonly notes: readonly string[];
  /** Both readings give the same verdict; anything else is a defect of this program. */
  readonly agreed: boolean;
}

/** A node by both readings; the files are read with sets by their names. */
export interface CrossedNode {
  readonly host: Host;
  readonly dataplanes: Readonly<Record<IpVersion, Dataplane>>;
}

/** Judges the packet on the nodes of the crossing that are asked for. `uplink`: the interface between hosts, where the caller names it. */
export function explainCrossing(
  nodeNamed: (name: string) => CrossedNode,
  crossing: Crossing,
  payload: Payload,
  uplink: string | undefined,
  where: Where,
): Explanation {
  const { from, to, destination } = crossing;
  let source = crossing.source;
  let sentBy: string | undefined;
  const crossed: NodeExplanation[] = [];
  for (const name of crossing.nodes) {
    const node = nodeNamed(name);
    const isSender = from.kind === "host" && from.node === name;
    if (isSender) source = ownSource(node.host, node.dataplanes[source.version], crossing);
    const chosen =
      uplink === undefined ? uplinkOf(node.host, source.version) : { name: uplink, isGuessed: false };
    const explained = onNode(node, crossing, { source, sentBy }, payload, chosen, where);
    const translated = explained.isMasqueraded ? mainOf(node.host, source.version) : undefined;
    crossed.push({
      ...explained.trace,
      notes: [
        ...uplinkNote(explained.trace, chosen),
        ...(translated === undefined
          ? []
          : [`it leaves with the node's own address ${formatIp(translated)}`]),
      ],
      agreed: explained.trace.resources.verdict === explained.trace.files.verdict,
    });
    source = translated ?? source;
    sentBy = explained.trace.packet.leavesBy ?? undefined;
  }
  const nodes = crossed.filter(({ node }) => crossing.judged.includes(node));
  const { model } = nodeNamed(crossing.nodes[0]!).host;
  const isAllowed = nodes.every(({ resources }) => resources.verdict === "allow");
  return {
    from: endWords(model, from, crossing.source),
    to: endWords(model, to, destination),
    verdict: isAllowed ? "allow" : "deny",
    nodes,
    notes: to.kind === "outside" ? addressNotes(model, destination) : [],
  };
}

function onNode(
  { host, dataplanes }: CrossedNode,
  crossing: Crossing,
  arriving: { readonly source: Ip; readonly sentBy: string | undefined },
  payload: Payload,
  uplink: Uplink,
  where: Where,
): { readonly trace: NodeTrace; readonly isMasqueraded: boolean } {
  const dataplane = dataplanes[arriving.source.version];
  const packet = packetAt(host, dataplane, crossing, arriving, payload, uplink);
  const trace = traceOf(host, dataplane, packet, where);
  const isOnward = nodeOf(crossing.to) !== host.node;
  const isMasqueraded = trace.files.rules.some(({ text }) => / -j MASQUERADE\b| -j SNAT\b/.test(text));
  return { trace, isMasqueraded: isMasqueraded && isOnward };
}

function mainOf({ model, node }: Host, version: IpVersion): Ip | undefined {
  const resource = model.all("node").get(node);
  return resource && mainAddress(resource, version);
}

function uplinkNote({ packet }: NodeTrace, { name, isGuessed }: Uplink): readonly string[] {
  const isUsed = packet.arrivesBy === name || packet.leavesBy === name;
  return isGuessed && isUsed
    ? [`the interface towards other hosts is taken to be ${name}, as no resource names it; --uplink does`]
    : [];
}

function endWords(model: ClusterModel, end: End, address: Ip): string {
  const text = formatIp(address);
  switch (end.kind) {
    case "workload":
      return `${endpointWords(model, end.workload.key)} (${text})`;
    case "host":
      return `node ${end.node} (${text})`;
    case "outside":
      return text;
  }
}

/** What may surprise about an address that is neither a workload's nor a node's. */
function addressNotes(model: ClusterModel, ip: Ip): readonly string[] {
  const isThis = (other: Ip) => compareIp(other, ip) === 0;
  const service = [...model.all("service").values()].find(({ clusterIps, externalIps, loadBalancerIps }) =>
    [...clusterIps, ...externalIps, ...loadBalancerIps].some(isThis),
  );
  if (service !== undefined)
    return [
      `${formatIp(ip)} is an address of Service ${service.namespace}/${service.name}, from which kube-proxy redirects to an endpoint before policy is asked; this is what becomes of a packet that nobody redirects: ask for an endpoint instead`,
    ];
  const pool = [...model.all("ip-pool").values()].find(({ cidr }) => cidrContainsIp(cidr, ip));
  return pool === undefined
    ? []
    : [
        `${formatIp(ip)} is in IP pool ${pool.name}, but no known workload has it; it is taken to be elsewhere`,
      ];
}
