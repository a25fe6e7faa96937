import type { Shaper, ShapingState } from "../../dataplane/shaping.ts";
import { DEFAULT_BURST, type QosDirection } from "../../ir/endpoint-model.ts";
import type { LocalWorkload, NodeIr } from "../../ir/node-ir.ts";
import type { EmitContext } from "../backend.ts";

/** Seconds that a full bucket may last: the kernel counts them in ticks of 40 ns and 32 bits at worst. */
const MAX_BUCKET_SECONDS = 170;
const ETHERNET_HEADER = 14;
const DEFAULT_MTU = 1500;

/** The bandwidth limits of the node's workloads (Calico reference §7.5); rates of packets are the packet filter's. */
export function emitShaping(ir: NodeIr, { features, report }: EmitContext): ShapingState {
  const mtu = ir.routing.podMtu ?? DEFAULT_MTU;
  const shapers = ir.workloads.flatMap((workload) => [
    ...shaper(workload, "to-workload", workload.qos.ingress, mtu),
    ...shaper(workload, "from-workload", workload.qos.egress, mtu),
  ]);
  for (const { direction, note } of shapers) {
    const tool = direction === "to-workload" ? "tbf" : "police";
    if (!features.shaping.includes(tool)) {
      const origin = ir.workloads.find(({ workload }) => workload === note)?.origin;
      report("shaping/unsupported", { workload: note, direction, tool }, origin);
    }
  }
  return { shapers };
}

function shaper(
  { interfaceName, workload }: LocalWorkload,
  direction: Shaper["direction"],
  limits: QosDirection,
  mtu: number,
): readonly Shaper[] {
  const { bandwidth: rate, burst: burstBits = DEFAULT_BURST, peakrate, minburst } = limits;
  if (rate === undefined) return [];
  const burst = Math.ceil(Math.min(burstBits, rate * MAX_BUCKET_SECONDS) / 8);
  const peak =
    peakrate === undefined ? undefined : { rate: peakrate, minburst: minburst ?? mtu + ETHERNET_HEADER };
  return [{ interfaceName, direction, rate, burst, peak, note: workload }];
}
