import type { BgpSession } from "../../ir/bgp-ir.ts";
import { cidrContainsIp, cidrOf, type Ip, type Ip4, type IpVersion } from "../../net/cidr.ts";
import { sessionName } from "./names.ts";
import type { BgpNode, Speaking } from "./nodes.ts";
import { type PeerPlan, wholeSeconds } from "./plans.ts";
import type { BgpSettings } from "./settings.ts";
import { dialsSecond, type Target } from "./targets.ts";

/** What a BGPPeer's session with one target is (routing-bgp.md §3.5). */
export function peerSession(
  self: BgpNode,
  own: Speaking,
  plan: PeerPlan,
  target: Target,
  settings: BgpSettings,
): BgpSession {
  const { peer, traits } = plan;
  const { version } = target.address.ip;
  const byAddress = plan.remote.kind === "address" && !target.reverse;
  const workload = target.scope === "local-workload";
  const internal = target.remoteAs === target.localAs;
  const filters = traits.filters[version];
  return {
    name: sessionName(target.scope, target.address.text, target.port),
    version,
    scope: target.scope,
    resources: [peer.name],
    peerNode: target.node?.name,
    address: target.address.ip,
    port: target.port,
    remoteAs: target.remoteAs,
    localAs: target.localAs,
    sourceAddress: workload
      ? workloadSource(settings, version)
      : traits.fixedSource || settings.bindNodeIp
        ? own.ip
        : undefined,
    ttlSecurity: workload ? 0 : traits.ttlSecurity,
    bfd: detectsFailures(self, plan, target),
    passive: target.passive,
    reflectorCluster: internal ? reflectorCluster(self, target.clusterId) : undefined,
    password: workload ? undefined : traits.password,
    gracefulRestartTime: workload ? undefined : traits.gracefulRestartTime,
    longLivedRestart: !workload && peer.restartMode === "LongLivedGracefulRestart",
    keepaliveTime: workload ? undefined : traits.keepaliveTime,
    nextHop: nextHop(plan, internal),
    allowedLocalAs: byAddress ? peer.numAllowedLocalAsNumbers : 0,
    importFilters: filters.import,
    exportFilters: filters.export,
    origin: peer.origin,
  };
}

/** A neighbour that is some hops away is not watched, as in Calico Enterprise. */
function detectsFailures(self: BgpNode, { peer }: PeerPlan, { address, scope }: Target): boolean {
  if (peer.failureDetectionMode === "None" || scope === "local-workload") return false;
  const own = address.ip.version === 4 ? self.node.bgp?.ipv4 : self.node.bgp?.ipv6;
  return own !== undefined && cidrContainsIp(cidrOf(own.ip, own.length), address.ip);
}

/** Workloads dial the address that Felix puts on their interfaces, so only that can be bound to. */
function workloadSource(settings: BgpSettings, version: IpVersion): Ip | undefined {
  return settings.bindNodeIp ? peeringAddress(settings, version) : undefined;
}

/** The address of the node that its workloads dial. */
export function peeringAddress({ config }: BgpSettings, version: IpVersion): Ip | undefined {
  return version === 4 ? config?.localWorkloadPeeringIp4 : config?.localWorkloadPeeringIp6;
}

/** A reflector's internal peers are its clients, except the reflectors of its own cluster. */
function reflectorCluster(self: BgpNode, peerCluster: Ip4 | undefined): Ip4 | undefined {
  return self.clusterId !== undefined && self.clusterId.value !== peerCluster?.value
    ? self.clusterId
    : undefined;
}

function nextHop({ peer }: PeerPlan, internal: boolean): BgpSession["nextHop"] {
  switch (peer.nextHopMode) {
    case "Self":
      return "self";
    case "Keep":
      return "keep";
    case "Auto":
      return peer.keepOriginalNextHop && !internal ? "keep" : "auto";
  }
}

/** routing-bgp.md §3.6. Filters never apply to it. */
export function meshSession(
  self: BgpNode,
  own: Speaking,
  node: BgpNode,
  address: Speaking,
  settings: BgpSettings,
): BgpSession {
  const restart = settings.config?.nodeMeshMaxRestartTime;
  return {
    name: sessionName("mesh", address.text, undefined),
    version: address.ip.version,
    scope: "mesh",
    resources: [],
    peerNode: node.name,
    address: address.ip,
    port: node.listenPort,
    remoteAs: node.asNumber,
    localAs: self.asNumber,
    sourceAddress: own.ip,
    ttlSecurity: 0,
    bfd: false,
    passive: dialsSecond(own, address),
    reflectorCluster: undefined,
    password: settings.config?.nodeMeshPassword,
    gracefulRestartTime: wholeSeconds(restart),
    longLivedRestart: false,
    keepaliveTime: undefined,
    nextHop: "auto",
    allowedLocalAs: 0,
    importFilters: [],
    exportFilters: [],
    origin: node.node.origin,
  };
}
