import type { Compilation } from "../../compiler/index.ts";
import { ProbeAgent } from "../host/probe-agents.ts";
import { LabError } from "./errors.ts";
import {
  type ExpectedProbe,
  expectations,
  type Probe,
  type ProbeEnd,
  probeEnds,
  probesBetween,
} from "./expectation.ts";
import type { LabPlan } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { labForwarding } from "./surroundings.ts";

/**
 * Milliseconds of silence that count as a denial; a probe that should get through is tried again for longer: WireGuard
 * begins a handshake anew five seconds after one that was lost.
 */
const TIMEOUT = 800;
const LONG_TIMEOUT = 7000;
/** Most of them only wait. */
const AT_ONCE = 96;
/** Where a workload or a node declares no TCP port. */
const DEFAULT_PORT = 8080;

export interface ProbeRequest {
  readonly plan: LabPlan;
  readonly compilation: Compilation;
  readonly cannotRun: Readonly<Record<string, string>>;
  /** Starts `runProbeAgent` in a process of its own. */
  readonly agent: readonly string[];
  /** The one TCP port to try, instead of those that workloads declare. */
  readonly port: number | undefined;
}

export interface MeasuredProbe extends ExpectedProbe {
  readonly measured: "allow" | "deny";
}

export interface ProbeResult {
  /** Nodes, then workloads. */
  readonly ends: readonly ProbeEnd[];
  readonly probes: readonly MeasuredProbe[];
  /** Those that have an end on a node that this kernel cannot run. */
  readonly notTried: readonly UntriedProbe[];
}

export interface UntriedProbe extends Probe {
  /** A sentence. */
  readonly reason: string;
}

/** Tries every connection between nodes and workloads of the lab, and says what the resources mean by each. */
export async function probeLab(request: ProbeRequest, say: Progress): Promise<ProbeResult> {
  const { plan, compilation, cannotRun } = request;
  const ends = probeEnds(plan);
  const runs = ({ node }: ProbeEnd) => cannotRun[node] === undefined;
  const all = probesBetween(ends, request.port, DEFAULT_PORT);
  const probes = all.filter(({ from, to }) => runs(from) && runs(to));
  say(`asking the resources about ${probes.length} connections`);
  const expected = expectations(compilation, labForwarding(plan, compilation), probes);
  const running = ends.filter(runs);
  const agents = new Map(running.map(({ name, space }) => [name, new ProbeAgent(space, request.agent)]));
  try {
    await Promise.all(running.map(async (end) => listen(agents.get(end.name)!, end, probes)));
    say(`trying them between ${running.length} namespaces`);
    const measured = await measure(expected, agents);
    return {
      ends,
      probes: measured,
      notTried: all
        .filter(({ from, to }) => !runs(from) || !runs(to))
        .map((probe) => {
          const { node } = runs(probe.from) ? probe.to : probe.from;
          return { ...probe, reason: `node ${node} cannot run here: ${cannotRun[node]}` };
        }),
    };
  } finally {
    for (const agent of agents.values()) agent.stop();
  }
}

async function listen(
  agent: ProbeAgent,
  end: ProbeEnd,
  probes: readonly { to: ProbeEnd; port: number | undefined }[],
) {
  const ports = new Set(probes.filter(({ to }) => to === end).flatMap(({ port }) => port ?? []));
  try {
    await agent.ask({ op: "listen", ports: [...ports] });
  } catch (cause) {
    throw new LabError(`${end.name} cannot be probed: ${cause instanceof Error ? cause.message : cause}`);
  }
}

async function measure(
  probes: readonly ExpectedProbe[],
  agents: ReadonlyMap<string, ProbeAgent>,
): Promise<readonly MeasuredProbe[]> {
  const reached: boolean[] = [];
  const attempt = async (timeout: number, chosen: readonly number[]) => {
    let next = 0;
    const worker = async () => {
      for (let i = chosen[next++]; i !== undefined; i = chosen[next++])
        reached[i] = await tryOnce(probes[i]!, agents, timeout);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  };
  await attempt(TIMEOUT, [...probes.keys()]);
  // Nothing arrives by chance, but on a busy machine an answer may come too late.
  const lost = [...probes.keys()].filter((i) => probes[i]!.expected === "allow" && !reached[i]);
  await attempt(LONG_TIMEOUT, lost);
  return probes.map((probe, i) => ({ ...probe, measured: reached[i] ? "allow" : "deny" }));
}

async function tryOnce(
  { from, source, destination: address, protocol, port }: ExpectedProbe,
  agents: ReadonlyMap<string, ProbeAgent>,
  timeout: number,
): Promise<boolean> {
  const agent = agents.get(from.name)!;
  try {
    return protocol === "tcp"
      ? await agent.ask({ op: "tcp", source, address, port: port ?? 0, timeout })
      : await agent.ask({ op: "ping", source, address, timeout });
  } catch (cause) {
    throw new LabError(cause instanceof Error ? cause.message : String(cause));
  }
}
