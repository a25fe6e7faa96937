import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import {
  DEFAULT_BURST,
  DEFAULT_PACKET_BURST,
  type QosControls,
  type QosDirection,
} from "../../ir/endpoint-model.ts";
import { parseDscp } from "./dscp.ts";
import { parseQuantity } from "./quantity.ts";

const PREFIX = "qos.projectcalico.org/";

/** Sheet §4.4. Units: bit/s, bits, bytes, packets per second, packets, connections. */
const LIMITS = {
  Bandwidth: { min: 1e3, max: 1e15 },
  Burst: { min: 1e3, max: 34_359_738_360 },
  Peakrate: { min: 1010, max: 1.01e15 },
  Minburst: { min: 1e3, max: 1e8 },
  PacketRate: { min: 1, max: 10_000 },
  PacketBurst: { min: 1, max: 10_000 },
  MaxConnections: { min: 1, max: 4_294_967_295 },
} as const;

/** What nearly every pod has; shared, because clusters have very many pods. */
export const NO_CONTROLS: QosControls = { ingress: {}, egress: {} };

export function isQosAnnotation(key: string): boolean {
  return key.startsWith(PREFIX) || key.endsWith("gress-bandwidth");
}

interface Source {
  readonly annotations: Readonly<Record<string, string>>;
  /** Of the annotations. */
  readonly origin: Origin;
  readonly report: Report;
}

/** Bad values are reported and left out or clamped: they never block the endpoint. */
export function qosControls(source: Source): QosControls {
  if (!Object.keys(source.annotations).some(isQosAnnotation)) return NO_CONTROLS;
  const ingress = directionOf("ingress", source);
  const egress = directionOf("egress", source);
  const dscp = readDscp(source);
  return { ingress, egress, ...(dscp === undefined ? {} : { dscp }) };
}

function directionOf(direction: "ingress" | "egress", source: Source): QosDirection {
  const keyOf = (what: keyof typeof LIMITS) => `${PREFIX}${direction}${what}`;
  const read = (what: keyof typeof LIMITS) => readQuantity(keyOf(what), LIMITS[what], source);
  const needs = (met: boolean, what: keyof typeof LIMITS, value: number | undefined, need: string) => {
    if (met || value === undefined) return value;
    const key = keyOf(what);
    const params = { what: key, value: source.annotations[key] ?? "", problem: `needs ${need}` };
    source.report("kubernetes/ignored-value", params, at(source.origin, key));
    return undefined;
  };
  // Calico's annotation takes the place of Kubernetes' even where it cannot be read.
  const calico = source.annotations[keyOf("Bandwidth")] !== undefined;
  const bandwidth = calico
    ? read("Bandwidth")
    : readQuantity(`kubernetes.io/${direction}-bandwidth`, LIMITS.Bandwidth, source);
  const packetRate = read("PacketRate");
  const limited = bandwidth !== undefined;
  const burst = needs(limited, "Burst", read("Burst"), `a bandwidth for ${direction}`);
  const peak = read("Peakrate");
  const peaks = limited && peak !== undefined && peak > bandwidth;
  const peakrate = needs(peaks, "Peakrate", peak, `a lower bandwidth for ${direction}`);
  const minburst = needs(peaks, "Minburst", read("Minburst"), `a peak rate for ${direction}`);
  const rated = packetRate !== undefined;
  const packetBurst = needs(rated, "PacketBurst", read("PacketBurst"), `a packet rate for ${direction}`);
  const maxConnections = read("MaxConnections");
  return {
    ...(limited ? { bandwidth, burst: burst ?? DEFAULT_BURST } : {}),
    ...(peakrate === undefined ? {} : { peakrate }),
    ...(minburst === undefined ? {} : { minburst }),
    ...(rated ? { packetRate, packetBurst: packetBurst ?? DEFAULT_PACKET_BURST } : {}),
    ...(maxConnections === undefined ? {} : { maxConnections }),
  };
}

function readQuantity(
  key: string,
  { min, max }: { readonly min: number; readonly max: number },
  { annotations, origin, report }: Source,
): number | undefined {
  const text = annotations[key];
  if (text === undefined) return undefined;
  const value = parseQuantity(text);
  if (value === undefined) {
    const problem = "is not a quantity such as 10M";
    report("kubernetes/ignored-value", { what: key, value: text, problem }, at(origin, key));
    return undefined;
  }
  const clamped = Math.min(Math.max(value, min), max);
  if (clamped !== value) {
    report("kubernetes/clamped-value", { what: key, value: text, limit: String(clamped) }, at(origin, key));
  }
  return clamped;
}

function readDscp({ annotations, origin, report }: Source): number | undefined {
  const key = `${PREFIX}dscp`;
  const text = annotations[key];
  if (text === undefined) return undefined;
  const dscp = parseDscp(text);
  if (dscp === undefined) {
    const problem = "is no DSCP value (0 to 63, DF, EF, AF11 to AF43, CS0 to CS6)";
    report("kubernetes/ignored-value", { what: key, value: text, problem }, at(origin, key));
  }
  return dscp;
}
