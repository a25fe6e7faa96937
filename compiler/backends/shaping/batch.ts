import type { Shaper, ShapingState } from "../../dataplane/shaping.ts";
import { type Artifact, ParseError } from "../backend.ts";

export const TC_PATH = "tc.batch";
const FORMAT_VERSION = 1;

/**
 * For `tc -batch`. To the pod: a token bucket on the interface, which holds packets back for 25 ms at most, as
 * Calico's. From the pod: what is over the rate is dropped where it arrives. Calico redirects it to an IFB device with
 * a bucket of its own; that differs by the 25 ms only, and needs a device, a redirect and a second queue per pod.
 */
export function printShaping({ shapers }: ShapingState, node: string): readonly Artifact[] {
  // An ingress that has no policer yet limits nothing.
  const limits = shapers.filter(({ rate }) => rate > 0);
  if (limits.length === 0) return [];
  const lines = limits.flatMap((shaper) => [
    `# ${plain(`${shaper.direction} ${shaper.note}`)}`,
    ...formatShaper(shaper),
  ]);
  const header = `# ${TC_PATH} of node ${plain(node)}, format ${FORMAT_VERSION}`;
  return [{ path: TC_PATH, text: `${[header, ...lines].join("\n")}\n` }];
}

/** Lines for `tc -batch` that put the limit on an interface without one. */
export function formatShaper(shaper: Shaper): readonly string[] {
  return shaper.direction === "to-workload" ? [printBucket(shaper)] : printPolicer(shaper);
}

function printBucket({ interfaceName, rate, burst, peak }: Shaper): string {
  const peakText = peak === undefined ? "" : ` peakrate ${peak.rate}bit minburst ${peak.minburst}b`;
  return `qdisc add dev ${interfaceName} root handle 1: tbf rate ${rate}bit burst ${burst}b latency 25ms${peakText}`;
}

function printPolicer({ interfaceName, rate, burst, peak }: Shaper): readonly string[] {
  const peakText = peak === undefined ? "" : ` peakrate ${peak.rate}bit mtu ${peak.minburst}b`;
  return [
    `qdisc add dev ${interfaceName} ingress`,
    `filter add dev ${interfaceName} ingress protocol all matchall action police rate ${rate}bit burst ${burst}b${peakText} conform-exceed drop`,
  ];
}

/** One line, whatever it is called. */
function plain(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/gu, "_");
}

const BUCKET =
  /^qdisc add dev (\S+) root handle 1: tbf rate (\d+)bit burst (\d+)b latency 25ms(?: peakrate (\d+)bit minburst (\d+)b)?$/;
const POLICER =
  /^filter add dev (\S+) ingress protocol all matchall action police rate (\d+)bit burst (\d+)b(?: peakrate (\d+)bit mtu (\d+)b)? conform-exceed drop$/;
const POLICER_QDISC = /^qdisc add dev \S+ ingress$/;

/** Reads back what `printShaping` wrote, or throws `ParseError`. */
export function parseShaping(artifacts: readonly Artifact[]): ShapingState {
  const text = artifacts.find(({ path }) => path === TC_PATH)?.text ?? "";
  const shapers: Shaper[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "" || line.startsWith("#") || POLICER_QDISC.test(line)) continue;
    const bucket = BUCKET.exec(line);
    const found = bucket ?? POLICER.exec(line);
    if (found === null) throw new ParseError(TC_PATH, index + 1, `cannot read ${JSON.stringify(line)}`);
    const [, interfaceName = "", rate, burst, peakRate, minburst] = found;
    shapers.push({
      interfaceName,
      direction: bucket === null ? "from-workload" : "to-workload",
      rate: Number(rate),
      burst: Number(burst),
      peak: peakRate === undefined ? undefined : { rate: Number(peakRate), minburst: Number(minburst) },
      note: "",
    });
  }
  return { shapers };
}
