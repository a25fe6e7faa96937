import { type Cidr, cidrContains, cidrOf, compareCidr, formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import type { Host } from "../evaluator/host.ts";
import type { Contents, ModelSet } from "../evaluator/members.ts";
import type { Dataplane } from "../simulator/program.ts";

/** A set that does not hold what its definition says. */
export interface Deviation {
  readonly set: string;
  /** Line of its `create`. */
  readonly line: number;
  /** `undefined` where nothing is known of the set. */
  readonly definition: string | undefined;
  /** As text; at most a few of each. */
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

const SHOWN = 5;

/** Compares what each set of the text holds with what its definition says of today's resources. */
export function deviationsOf(
  host: Host,
  dataplane: Dataplane,
  definitions: ReadonlyMap<string, ModelSet>,
): readonly Deviation[] {
  const deviations: Deviation[] = [];
  for (const [name, { line, nets, triples, withPorts }] of dataplane.sets) {
    const definition = definitions.get(name);
    if (definition === undefined || definition.withPorts !== withPorts) {
      deviations.push({ set: name, line, definition: definition?.key, missing: [], unexpected: [] });
      continue;
    }
    const wanted = wordsOf(host.sets.contents(definition), dataplane);
    const found = wordsOf({ nets, triples }, dataplane);
    const missing = [...wanted].filter((word) => !found.has(word)).slice(0, SHOWN);
    const unexpected = [...found].filter((word) => !wanted.has(word)).slice(0, SHOWN);
    if (missing.length + unexpected.length > 0)
      deviations.push({ set: name, line, definition: definition.key, missing, unexpected });
  }
  return deviations;
}

/** Equal for contents that match the same packets. */
function wordsOf({ nets, triples }: Contents, { version }: Dataplane): ReadonlySet<string> {
  return new Set([
    ...fewestNets(nets.filter((net) => net.version === version)).map(formatCidr),
    ...triples
      .filter(({ ip }) => ip.version === version)
      .map(({ ip, protocol, port }) => `${formatIp(ip)},${protocol}:${port}`),
  ]);
}

/** The fewest networks that cover the same addresses. */
export function fewestNets(nets: readonly Cidr[]): readonly Cidr[] {
  const kept: Cidr[] = [];
  for (const net of nets.toSorted(compareCidr)) {
    const last = kept.at(-1);
    if (last !== undefined && cidrContains(last, net)) continue;
    kept.push(net);
    for (let pair = halves(kept); pair !== undefined; pair = halves(kept)) kept.splice(-2, 2, pair);
  }
  return kept;
}

/** The network of which the last two are the halves. */
function halves(nets: readonly Cidr[]): Cidr | undefined {
  const [low, high] = nets.slice(-2);
  if (low === undefined || high === undefined || low.length !== high.length || low.length === 0)
    return undefined;
  const whole = cidrOf(low, low.length - 1);
  return cidrContains(whole, high) && compareCidr(low, high) !== 0 ? whole : undefined;
}
