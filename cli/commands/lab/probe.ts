import { LabError } from "../../../runtime/lab/errors.ts";
import { type ProbeResult, probeLab } from "../../../runtime/lab/probe.ts";
import { compileLab } from "../../../runtime/lab/up.ts";
import { VERSION } from "../../version.ts";
import { probeText } from "./matrix.ts";
import { inLab, recordOf, say } from "./this-lab.ts";

export interface LabProbeRequest {
  readonly name: string;
  readonly port?: number;
  readonly output: "text" | "json";
}

/** Returns the exit code: 1 where a connection does something else than the resources say. */
export async function runLabProbe({ name, port, output }: LabProbeRequest): Promise<number> {
  return inLab(name, async (directory) => {
    const lock = await directory.lock();
    try {
      const record = await recordOf(directory);
      const { plan, sources, features, interfacePrefix, cannotRun } = record;
      if (!record.isApplied)
        throw new LabError(
          `lab ${name} is not whole: 'calicoctl lab up' did not come to its end; run it again`,
        );
      const compilation = compileLab(sources, features, { interfacePrefix, compilerVersion: VERSION });
      const agent = [process.execPath, process.argv[1]!, "lab", "agent"];
      const result = await probeLab({ plan, compilation, cannotRun, agent, port }, say);
      process.stdout.write(output === "json" ? probeJson(name, result) : probeText(result));
      return result.probes.every(({ expected, measured }) => expected === measured) ? 0 : 1;
    } finally {
      await lock.release();
    }
  });
}

function probeJson(lab: string, { probes, cannotRun }: ProbeResult): string {
  const report = {
    version: 1,
    lab,
    differences: probes.filter(({ expected, measured }) => expected !== measured).length,
    probes: probes.map((probe) => ({
      from: probe.from.name,
      to: probe.to.name,
      ipVersion: probe.ipVersion,
      source: probe.source,
      destination: probe.destination,
      protocol: probe.protocol,
      port: probe.port ?? null,
      expected: probe.expected,
      noWay: probe.noWay ?? null,
      measured: probe.measured,
    })),
    cannotRun,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
