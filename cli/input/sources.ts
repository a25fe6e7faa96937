import type { Command } from "commander";
import type { SourceFile } from "../../compiler/index.ts";
import { readSources, SourceError } from "../../runtime/datastore/files.ts";
import { UserError } from "../output/errors.ts";

/** Where the resources are: files, or the datastore. */
export interface SourceRequest {
  readonly filename?: readonly string[];
  readonly datastore?: boolean;
  /** How to connect to it. */
  readonly config?: string;
  readonly inventory?: string;
}

/** Options of every command that takes resources from either. */
export function sourceOptions(command: Command): Command {
  return command
    .option("-f, --filename <path...>", "files, directories (recursive), globs, or - for standard input")
    .option("--datastore", "the resources that the datastore holds, in place of -f")
    .option("-c, --config <file>", "how to connect to the datastore (default: the environment)")
    .option("--inventory <file>", "a saved inventory (pods, nodes, blocks) beside the resources");
}

/** Throws UserError, also where it is not clear which resources are meant. */
export async function readInputs(request: SourceRequest): Promise<readonly SourceFile[]> {
  const { filename, inventory } = request;
  if (request.datastore && filename !== undefined)
    throw new UserError("give the resources by -f or by --datastore, not both");
  if (!request.datastore && filename === undefined)
    throw new UserError("say which resources: files with -f, or --datastore for what is there");
  try {
    const saved = inventory === undefined ? [] : [inventory];
    const files = [...(filename ?? []), ...saved];
    const read = files.length === 0 ? [] : await readSources(files, process.cwd());
    if (!request.datastore) return read;
    const { readWhole } = await import("../datastore/snapshot.ts");
    return [...(await readWhole(request.config)), ...read];
  } catch (error) {
    if (error instanceof SourceError) throw new UserError(error.message);
    throw error;
  }
}

/** Where the resources are, for a report. */
export function nameOfSources({ filename }: SourceRequest): string {
  return filename?.join(", ") ?? "the datastore";
}
