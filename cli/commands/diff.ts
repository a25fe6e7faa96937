import { Command } from "commander";
import { examples } from "../output/examples.ts";
import { ending, inputOptions } from "../resources/command.ts";
import type { DiffRequest } from "./diff/run.ts";

/** `calicoctl diff`: what `apply -f` would change in the datastore. */
export function diffCommand(): Command {
  const command = inputOptions(
    new Command("diff").description(
      "Show what 'apply -f' would change in the datastore, without changing it",
    ),
  ).option("--detailed-exitcode", "exit with 2 if anything would change (0: nothing, 1: an error)");
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl diff -f policies/": "what the files would create or change",
      }),
    )
    .action(async (request: DiffRequest) => {
      const { runDiff } = await import("./diff/run.ts");
      let changes = 0;
      const code = await ending(async () => {
        changes = await runDiff(request);
      });
      process.exitCode = code === 0 && changes > 0 && request.detailedExitcode ? 2 : code;
    });
}
