import { bringUp } from "../../../runtime/lab/up.ts";
import { readInputs } from "../../input/sources.ts";
import { count } from "../../output/count.ts";
import { printDiagnostics } from "../../output/diagnostics.ts";
import { VERSION } from "../../version.ts";
import { inLab, say } from "./this-lab.ts";

export interface LabUpRequest {
  readonly filename: readonly string[];
  readonly name: string;
  readonly iptablesBackend?: "nft" | "legacy";
  readonly interfacePrefix?: string;
  /** Seconds. */
  readonly timeout: number;
}

/**
 * Returns the exit code: 1 where the resources are in error, a session is not established in time, or a node cannot
 * run here.
 */
export async function runLabUp(request: LabUpRequest): Promise<number> {
  const { name, filename, iptablesBackend: variant, interfacePrefix, timeout } = request;
  const sources = await readInputs({ filename });
  return inLab(name, async (directory) => {
    const lock = await directory.lock();
    try {
      const started = Date.now();
      const wanted = { directory, sources, variant, interfacePrefix, compilerVersion: VERSION };
      const result = await bringUp({ ...wanted, timeout: timeout * 1000 }, say);
      printDiagnostics(result.compilation.diagnostics, sources, "text");
      if (result.kind === "invalid") return 1;
      const { plan, skipped, cannotRun, down } = result;
      for (const what of skipped) say(`not in the lab: ${what}`);
      for (const peer of down) say(`not established: ${peer.name} of node ${peer.node}: ${peer.info}`);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      const { nodes, workloads, routers } = plan;
      const parts = [
        count(nodes.length, "node"),
        count(workloads.length, "workload"),
        count(routers.length, "router"),
      ];
      process.stdout.write(`lab ${name} is up after ${seconds} s: ${parts.join(", ")}\n`);
      const absent = Object.entries(cannotRun);
      for (const [node, reason] of absent) say(`node ${node} cannot run here: ${reason}`);
      return down.length === 0 && absent.length === 0 ? 0 : 1;
    } finally {
      await lock.release();
    }
  });
}
