import { LabError } from "../../../runtime/lab/errors.ts";
import type { Probe } from "../../../runtime/lab/expectation.ts";
import { type ProbeResult, probeLab } from "../../../runtime/lab/probe.ts";
import { compileLab } from "../../../runtime/lab/up.ts";
import { VERSION } from "../../version.ts";
import { probeText } from "./matrix.ts";
import { inLab, recordOf, say, unfinished } from "./this-lab.ts";

export interface LabProbeRequest {
  readonly name: string;
  readonly port?: number;
  readonly output: "text" | "json";
}

/** Returns the exit code: 1 where a connection does something else than the resources say, or none could be tried. */
export async function runLabProbe({ name, port, output }: LabProbeRequest): Promise<number> {
  return inLab(name, async (directory) => {
    // A lock is a file, and so the beginning of a lab.
    await recordOf(directory);
    const lock = await directory.lock();
    try {
      const record = await recordOf(directory);
      const { plan, sources, features, interfacePrefix, cannotRun } = record;
      if (!record.isApplied) throw new LabError(unfinished(name));
      const compilation = compileLab(sources, features, { interfacePrefix, compilerVersion: VERSION });
      const agent = [process.execPath, process.argv[1]!, "lab", "agent"];
      const result = await probeLab({ plan, compilation, cannotRun, agent, port }, say);
      process.stdout.write(output === "json" ? probeJson(name, result) : probeText(result));
      const { probes } = result;
      return probes.length > 0 && probes.every(({ expected, measured }) => expected === measured) ? 0 : 1;
    } finally {
      await lock.release();
    }
  });
}

function probeJson(lab: string, { probes, notTried }: ProbeResult): string {
  const report = {
    version: 1,
    lab,
    differences: probes.filter(({ expected, measured }) => expected !== measured).length,
    probes: probes.map((probe) => ({
      ...connection(probe),
      expected: probe.expected,
      noWay: probe.noWay ?? null,
      measured: probe.measured,
    })),
    notTried: notTried.map((probe) => ({ ...connection(probe), reason: probe.reason })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function connection({ from, to, ipVersion, source, destination, protocol, port }: Probe) {
  const ends = { from: from.name, to: to.name };
  return { ...ends, ipVersion, source, destination, protocol, port: port ?? null };
}
