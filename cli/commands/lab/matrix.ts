import type { MeasuredProbe, ProbeResult } from "../../../runtime/lab/probe.ts";
import { table } from "../../output/table.ts";

/** Columns of a terminal; where both matrices do not fit side by side, they stand one above the other. */
const WIDTH = 120;

/** Who reaches whom, expected beside measured, and each connection where the two differ. */
export function probeText({ ends, probes, notTried }: ProbeResult): string {
  const untried = new Set(notTried.map(({ from, to }) => pairKey(from.name, to.name)));
  const byPair = Map.groupBy(probes, ({ from, to }) => pairKey(from.name, to.name));
  const numbers = ends.map((_, i) => String(i + 1));
  const rows = (side: "expected" | "measured") =>
    ends.map(({ name: from }) =>
      ends.map(({ name: to }) => {
        if (from === to) return ".";
        const key = pairKey(from, to);
        return untried.has(key) ? "?" : cell(byPair.get(key) ?? [], side);
      }),
    );
  const [expected, measured] = [rows("expected"), rows("measured")];
  const label = (i: number) => `${i + 1} ${ends[i]!.name}`;
  const beside = table(
    ["EXPECTED", ...numbers, "  MEASURED", ...numbers],
    ends.map((_, i) => [label(i), ...expected[i]!, "", ...measured[i]!]),
  );
  const isNarrow = beside.split("\n").every((line) => line.length <= WIDTH);
  const one = (title: string, cells: readonly (readonly string[])[]) =>
    table(
      [title, ...numbers],
      ends.map((_, i) => [label(i), ...cells[i]!]),
    );
  const matrix = isNarrow ? beside : `${one("EXPECTED", expected)}\n\n${one("MEASURED", measured)}`;
  const wrong = probes.filter((probe) => probe.expected !== probe.measured);
  return [
    matrix,
    "",
    `row reaches column: i ping, t TCP (+ some of its ports only), - neither${notTried.length === 0 ? "" : ", ? not tried"}; with both IP versions: v4/v6`,
    ...counted(notTried, ({ reason }) => reason).map(([reason, n]) => `not tried: ${n}: ${reason}`),
    ...counted(probes, ({ noWay }) => noWay).map(([noWay, n]) => `no way for ${n}: ${noWay}`),
    ...wrong.map(
      (probe) =>
        `DIFFERS: ${probe.from.name} to ${probe.to.name}, ${words(probe)}: expected ${probe.expected}, measured ${probe.measured}`,
    ),
    `${probes.length} connections tried, ${probes.length - wrong.length} as the resources say, ${wrong.length} not${notTried.length === 0 ? "" : `; ${notTried.length} not tried`}`,
    "",
  ].join("\n");
}

/** How many there are of each reason. */
function counted<T>(
  all: readonly T[],
  reasonOf: (one: T) => string | undefined,
): readonly (readonly [string, number])[] {
  return [...Map.groupBy(all, reasonOf)].flatMap(([reason, own]) =>
    reason === undefined ? [] : [[reason, own.length] as const],
  );
}

function cell(probes: readonly MeasuredProbe[], side: "expected" | "measured"): string {
  return ([4, 6] as const)
    .map((version) => probes.filter(({ ipVersion }) => ipVersion === version))
    .filter((own) => own.length > 0)
    .map((own) => {
      const ping = own.some((probe) => probe.protocol === "icmp" && probe[side] === "allow");
      const tcp = own.filter(({ protocol }) => protocol === "tcp");
      const open = tcp.filter((probe) => probe[side] === "allow").length;
      const text = `${ping ? "i" : ""}${open === 0 ? "" : open === tcp.length ? "t" : "+"}`;
      return text === "" ? "-" : text;
    })
    .join("/");
}

function words({ protocol, port, destination }: MeasuredProbe): string {
  return protocol === "tcp" ? `TCP port ${port} of ${destination}` : `ping of ${destination}`;
}

function pairKey(from: string, to: string): string {
  return `${from} ${to}`;
}
