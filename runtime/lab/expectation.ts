import {
  type Compilation,
  cidrContainsIp,
  crossingOf,
  explainer,
  type Forwarding,
  formatIp,
  notCovered,
  type Payload,
} from "../../compiler/index.ts";
import { ipOf, withoutLength } from "./addresses.ts";
import { LabError } from "./errors.ts";
import type { LabPlan } from "./plan.ts";

/** One end of a probe. */
export interface ProbeEnd {
  /** `node/<name>` or `<namespace>/<pod>`. */
  readonly name: string;
  readonly node: string;
  readonly space: string;
  /** The node's end of a workload's wire. */
  readonly interfaceName?: string;
  /** At most one of each IP version. */
  readonly addresses: readonly string[];
  /** TCP ports that it declares. */
  readonly ports: readonly number[];
}

/** A connection to be tried. */
export interface Probe {
  readonly from: ProbeEnd;
  readonly to: ProbeEnd;
  readonly ipVersion: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly protocol: "tcp" | "icmp";
  /** Of TCP. */
  readonly port: number | undefined;
}

/** A probe, and what the resources say of it. */
export interface ExpectedProbe extends Probe {
  readonly expected: "allow" | "deny";
  /** Why packets or their answers find no way, whatever policy says: `node a: has no route to 10.0.0.1`. */
  readonly noWay: string | undefined;
}

function isWorkload({ interfaceName }: ProbeEnd): boolean {
  return interfaceName !== undefined;
}

/** Every node and every workload of the lab. */
export function probeEnds(plan: LabPlan): readonly ProbeEnd[] {
  const nodes = plan.nodes.map(({ name, space, interfaces }) => ({
    name: `node/${name}`,
    node: name,
    space,
    addresses: interfaces.flatMap(({ addresses }) => addresses.map(withoutLength)),
    ports: [],
  }));
  return [...nodes, ...plan.workloads];
}

/** Every end to every other, by each IP version that both have: a ping, and TCP to each port. */
export function probesBetween(
  ends: readonly ProbeEnd[],
  chosenPort: number | undefined,
  defaultPort: number,
): readonly Probe[] {
  const portsOf = ({ ports }: ProbeEnd): readonly number[] =>
    chosenPort !== undefined ? [chosenPort] : ports.length > 0 ? ports : [defaultPort];
  return ends.flatMap((from) =>
    ends
      .filter((to) => to !== from)
      .flatMap((to) =>
        ([4, 6] as const).flatMap((ipVersion) => {
          const source = addressOf(from, ipVersion);
          const destination = addressOf(to, ipVersion);
          if (source === undefined || destination === undefined) return [];
          const pair = { from, to, ipVersion, source, destination };
          return [
            { ...pair, protocol: "icmp" as const, port: undefined },
            ...portsOf(to).map((port) => ({ ...pair, protocol: "tcp" as const, port })),
          ];
        }),
      ),
  );
}

function addressOf({ addresses }: ProbeEnd, version: 4 | 6): string | undefined {
  return addresses.find((address) => address.includes(":") === (version === 6));
}

const TCP = 6;
const ECHO = { 4: { protocol: 1, type: 8 }, 6: { protocol: 58, type: 128 } } as const;
/** Any one of those from which clients open connections. */
const CLIENT_PORT = 40_000;

/**
 * What the resources say of each probe: what the sender's node lets out and the receiver's lets in, and back on the
 * same connection, where routes lead there and back. Throws `LabError` for a node whose meaning is not covered.
 */
export function expectations(
  compilation: Compilation,
  forwarding: Forwarding,
  probes: readonly Probe[],
): readonly ExpectedProbe[] {
  const { model, nodes } = compilation;
  for (const { ir } of nodes) {
    const gap = notCovered(ir.settings);
    if (gap !== undefined) throw new LabError(`node ${ir.node} is not covered: ${gap}`);
  }
  const files = nodes.map(({ ir, artifacts = [] }) => ({ model, ir, files: artifacts }));
  const explained = explainer(files, undefined, []);
  return probes.map((probe) => {
    const ends = { from: probe.source, to: probe.destination, node: undefined, version: probe.ipVersion };
    const crossing = crossingOf(model, ends);
    if (!crossing.ok) throw new LabError(crossing.problem);
    const noWay = whyNoWay(compilation, forwarding, probe);
    const { verdict } = explained(crossing.found, payloadOf(probe));
    return { ...probe, expected: noWay === undefined ? verdict : "deny", noWay };
  });
}

function whyNoWay(compilation: Compilation, forwarding: Forwarding, probe: Probe): string | undefined {
  const { from, to, source, destination } = probe;
  // A node has a tunnel's address on what it begins, and on answers the one that was asked for.
  const there = oneWay(forwarding, from, to, destination, isWorkload(from) ? source : undefined);
  // All nodes are on the fabric: what answers to one of their addresses finds it.
  if (there !== undefined || isMasqueraded(compilation, probe)) return there;
  return oneWay(forwarding, to, from, source, destination);
}

/** Whether the sender's node puts an address of its own in place of the workload's (`natOutgoing`). */
function isMasqueraded({ model, nodes }: Compilation, { from, source, destination }: Probe): boolean {
  const settings = nodes.find(({ node }) => node === from.node)?.ir.settings;
  const isHost = [...model.all("node").values()].some(({ bgp }) =>
    [bgp?.ipv4, bgp?.ipv6].some((address) => address && formatIp(address.ip) === destination),
  );
  if (isHost && settings?.natOutgoingExclusions === "IPPoolsAndHostIPs") return false;
  const pools = [...model.all("ip-pool").values()];
  return (
    pools.some(({ natOutgoing, cidr }) => natOutgoing && cidrContainsIp(cidr, ipOf(source))) &&
    !pools.some(({ cidr }) => cidrContainsIp(cidr, ipOf(destination)))
  );
}

function oneWay(
  forwarding: Forwarding,
  from: ProbeEnd,
  to: ProbeEnd,
  address: string,
  source: string | undefined,
): string | undefined {
  const journey = forwarding.journey(
    from.node,
    ipOf(address),
    source === undefined ? undefined : ipOf(source),
  );
  if (journey.kind === "lost") return `${journey.at} ${journey.why}`;
  // A workload that speaks BGP is a host of its own to the model, by its address.
  const isThere =
    journey.dev === undefined
      ? journey.at === to.node || journey.at === address
      : journey.at === to.node && journey.dev === to.interfaceName;
  return isThere ? undefined : `${address} is not on ${journey.dev ?? "any interface"} of ${journey.at}`;
}

function payloadOf({ protocol, port, ipVersion }: Probe): Payload {
  const echo = ECHO[ipVersion];
  return protocol === "tcp"
    ? { protocol: TCP, sourcePort: CLIENT_PORT, destinationPort: port, icmp: undefined }
    : {
        protocol: echo.protocol,
        sourcePort: undefined,
        destinationPort: undefined,
        icmp: { type: echo.type, code: 0 },
      };
}
