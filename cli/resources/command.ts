/** What the resource commands have in common: their options, and how their mistakes end. */
import type { Command } from "commander";
import { problemOf } from "../../runtime/datastore/errors.ts";
import { datastoreOptions } from "../datastore/options.ts";
import { UnreadableInput, UserError } from "../output/errors.ts";

export function inputOptions(command: Command): Command {
  return datastoreOptions(
    command
      .option("-f, --filename <path...>", "files, directories, or - for standard input")
      .option("-R, --recursive", "directories with all below them")
      .option("--skip-empty", "files without resources are no mistake"),
  ).option("-n, --namespace <name>", 'the namespace of namespaced resources (default: "default")');
}

/** Runs a command to its exit code: mistakes are said on standard error as Calico does, without a prefix. */
export async function ending(run: () => Promise<void>): Promise<number> {
  try {
    await run();
    return 0;
  } catch (error) {
    if (error instanceof UnreadableInput) {
      const { printDiagnostics } = await import("../output/diagnostics.ts");
      printDiagnostics(error.diagnostics, error.files, "text");
      process.stderr.write(`failed to execute command: ${error.message}\n`);
    } else if (error instanceof UserError || problemOf(error) !== undefined)
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    else throw error;
    return 1;
  }
}
