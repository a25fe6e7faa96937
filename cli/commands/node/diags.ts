import { mkdir, mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { collect, copyLogs, pack } from "../../../runtime/diags/collect.ts";
import { containerPieces } from "../../../runtime/diags/containers.ts";
import { NODE_PIECES } from "../../../runtime/diags/node.ts";
import { timestamp } from "../../output/timestamp.ts";
import { demandRoot } from "./root.ts";

export interface NodeDiagsRequest {
  readonly logDir: string;
}

/** The archive stays in a temporary directory, as Calico's does; what cannot be had is said and left out. */
export async function runNodeDiags({ logDir }: NodeDiagsRequest): Promise<void> {
  demandRoot();
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  say("Collecting diagnostics");
  const room = await mkdtemp(join(tmpdir(), "calico"));
  say(`Using temp dir: ${room}`);
  const directory = join(room, "diagnostics");
  await mkdir(directory);
  await collect([...NODE_PIECES, ...(await containerPieces())], { directory, parallelism: 1, say });
  const info = await stat(logDir).catch(() => undefined);
  if (info?.isDirectory()) {
    say("Copying Calico logs");
    await copyLogs(logDir, join(directory, "logs"), say);
  } else say(`No logs found in ${logDir}; skipping log copying`);
  const archive = join(room, `diags-${timestamp()}.tar.gz`);
  await pack(room, "diagnostics", archive);
  say(`\nDiags saved to ${archive}`);
}
