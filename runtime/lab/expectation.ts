import { type Compilation, crossingOf, explainer, notCovered, type Payload } from "../../compiler/index.ts";
import { LabError } from "./errors.ts";
import type { LabPlan } from "./plan.ts";

/** One end of a probe. */
export interface ProbeEnd {
  /** `node/<name>` or `<namespace>/<pod>`. */
  readonly name: string;
  readonly node: string;
  readonly space: string;
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
}

/** Every node and every workload of the lab. */
export function probeEnds(plan: LabPlan): readonly ProbeEnd[] {
  const nodes = plan.nodes.map(({ name, space, interfaces }) => ({
    name: `node/${name}`,
    node: name,
    space,
    addresses: interfaces.flatMap(({ addresses }) =>
      addresses.map((address) => address.replace(/\/\d+$/, "")),
    ),
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
 * same connection. Throws `LabError` for a node whose meaning is not covered.
 */
export function expectations(compilation: Compilation, probes: readonly Probe[]): readonly ExpectedProbe[] {
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
    return { ...probe, expected: explained(crossing.found, payloadOf(probe)).verdict };
  });
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
