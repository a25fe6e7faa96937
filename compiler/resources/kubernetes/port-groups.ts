import type { PortMatch } from "../../ir/cluster-model.ts";
import type { PortRange } from "../../net/cidr.ts";
import { mergePortRanges } from "../../net/ports.ts";

/** One Calico rule per group: a rule has one protocol, a Kubernetes rule may list several. */
export interface PortGroup {
  /** Upper case; "" = no protocol match. */
  readonly protocol: string;
  readonly ports: PortMatch;
}

/** A port of a Kubernetes rule: a range, a name, or every port of the protocol. */
export interface PortEntry {
  readonly protocol: string;
  readonly port: PortRange | string | undefined;
}

const ALL_PORTS: PortMatch = { ranges: [], names: [] };
const NO_PROTOCOL: PortGroup = { protocol: "", ports: ALL_PORTS };

/**
 * Groups ports by protocol, ascending; `undefined` (no ports given) is one group that matches everything. "Every port"
 * absorbs the others of its protocol. Named ports keep their order; numeric ones are merged into maximal ranges.
 */
export function groupPorts(entries: readonly PortEntry[] | undefined): readonly PortGroup[] {
  if (entries === undefined || entries.length === 0) return [NO_PROTOCOL];
  const byProtocol = Map.groupBy(entries, ({ protocol }) => protocol);
  return [...byProtocol]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([protocol, group]) => ({ protocol, ports: portsOf(group.map(({ port }) => port)) }));
}

function portsOf(ports: readonly (PortRange | string | undefined)[]): PortMatch {
  if (ports.includes(undefined)) return ALL_PORTS;
  const names = ports.filter((port) => typeof port === "string");
  const ranges = ports.filter((port) => typeof port === "object");
  return { names, ranges: ranges.length < 2 ? ranges : mergePortRanges(ranges) };
}
