import { bringUp } from "../../../runtime/lab/up.ts";
import { readInputs } from "../../input/sources.ts";
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

/** Returns the exit code: 1 where the resources are in error, or a session is not established in time. */
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
      for (const [node, reason] of Object.entries(cannotRun)) say(`cannot run here: node ${node}: ${reason}`);
      for (const peer of down) say(`not established: ${peer.name} of node ${peer.node}: ${peer.info}`);
      const seconds = ((Date.now() - started) / 1000).toFixed(1);
      const routers = plan.routers.length === 0 ? "" : `, ${plan.routers.length} routers`;
      process.stdout.write(
        `lab ${name} is up after ${seconds} s: ${plan.nodes.length} nodes, ${plan.workloads.length} workloads${routers}\n`,
      );
      return down.length === 0 ? 0 : 1;
    } finally {
      await lock.release();
    }
  });
}
