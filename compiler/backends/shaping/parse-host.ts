import type { Shaper, ShapingState } from "../../dataplane/shaping.ts";
import { isWorkloadInterface } from "../../dataplane/workload-interface.ts";
import type { RoutingOwnership } from "../../ir/routing-ir.ts";

const QDISC = /^qdisc (\S+) (\S+) dev (\S+) (.*)$/;
const BUCKET = /^root .*\brate (\w+) burst (\w+)\S*(?: peakrate (\w+) minburst (\w+)\S*)?/;
const POLICER = /\bpolice 0x\w+ +rate (\w+) burst (\w+)\S* mtu (\w+)\S*(?: peakrate (\w+))?/;

/** `qdiscs`: the answer of `tc qdisc show`. Lines for `tc -batch -`: what stands on the ingress of each workload interface that has one. */
export function policerQueries(qdiscs: string, ownership: RoutingOwnership): readonly string[] {
  return qdiscs.split("\n").flatMap((line) => {
    const [, kind, , dev = ""] = QDISC.exec(line) ?? [];
    // Filters are printed without their device, so it is asked for first.
    return kind === "ingress" && isWorkloadInterface(ownership, dev)
      ? [`qdisc show dev ${dev}`, `filter show dev ${dev} ingress`]
      : [];
  });
}

/**
 * `filters`: the answer to the lines of `policerQueries`. Reads our limits from the text of `tc`, as its JSON leaves out the policer's rates and the bucket's peak (iproute2
 * 6.1, `print_police`, `tbf_print_opt`). Ours are, on workload interfaces, a bucket at the root with our handle and an
 * ingress with a policer for everything, or with nothing yet: that one has the rate 0. Others' are not looked at.
 */
export function readShaping(qdiscs: string, filters: string, ownership: RoutingOwnership): ShapingState {
  const shapers = [...buckets(qdiscs), ...policers(filters)].filter(({ interfaceName }) =>
    isWorkloadInterface(ownership, interfaceName),
  );
  const order = (shaper: Shaper): string =>
    `${shaper.interfaceName} ${shaper.direction === "to-workload" ? 0 : 1}`;
  return { shapers: shapers.sort((a, b) => (order(a) < order(b) ? -1 : 1)) };
}

function buckets(text: string): readonly Shaper[] {
  return text.split("\n").flatMap((line): readonly Shaper[] => {
    const [, kind, handle, dev = "", rest = ""] = QDISC.exec(line) ?? [];
    if (kind !== "tbf" || handle !== "1:") return [];
    const [, rate, burst, peak, minburst] = BUCKET.exec(rest) ?? [];
    if (rate === undefined) return [];
    return [
      { interfaceName: dev, direction: "to-workload", ...limits(rate, burst, peak, minburst), note: "" },
    ];
  });
}

function policers(text: string): readonly Shaper[] {
  const lines = text.split("\n");
  const starts = lines.flatMap((line, index) => {
    const [, kind, , dev = ""] = QDISC.exec(line) ?? [];
    return kind === "ingress" ? [{ dev, index }] : [];
  });
  return starts.flatMap(({ dev, index }): readonly Shaper[] => {
    const rest = lines.slice(index + 1);
    const end = rest.findIndex((line) => line.startsWith("qdisc "));
    const filters = (end < 0 ? rest : rest.slice(0, end)).filter((line) => line.trim() !== "");
    const base = { interfaceName: dev, direction: "from-workload", note: "" } as const;
    if (filters.length === 0) return [{ ...base, rate: 0, burst: 0, peak: undefined }];
    const heads = filters.filter((line) => line.startsWith("filter "));
    const [, rate, burst, mtu, peak] = POLICER.exec(filters.join("\n")) ?? [];
    if (rate === undefined || !heads.every((line) => line.includes(" matchall "))) return [];
    return [{ ...base, ...limits(rate, burst, peak, mtu) }];
  });
}

function limits(
  rate: string,
  burst: string | undefined,
  peak: string | undefined,
  minburst: string | undefined,
): Pick<Shaper, "rate" | "burst" | "peak"> {
  return {
    rate: bits(rate),
    burst: bytes(burst ?? ""),
    peak: peak === undefined ? undefined : { rate: bits(peak), minburst: bytes(minburst ?? "") },
  };
}

const RATE_UNITS: Readonly<Record<string, number>> = { "": 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };
const SIZE_UNITS: Readonly<Record<string, number>> = { "": 1, K: 1024, M: 1024 ** 2 };

/** `1234Kbit`; NaN, which equals nothing, for what `tc` does not print. */
function bits(text: string): number {
  const [, digits, unit = ""] = /^(\d+)([KMGT]?)bit$/.exec(text) ?? [];
  return digits === undefined ? Number.NaN : Number(digits) * (RATE_UNITS[unit] ?? Number.NaN);
}

/** `10Kb`, `12344b`. */
function bytes(text: string): number {
  const [, digits, unit = ""] = /^(\d+)([KM]?)b$/.exec(text) ?? [];
  return digits === undefined ? Number.NaN : Number(digits) * (SIZE_UNITS[unit] ?? Number.NaN);
}
