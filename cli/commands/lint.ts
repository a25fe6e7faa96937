import { Command, Option } from "commander";
import { iptablesBackendOption, targetOptions } from "../input/compile-options.ts";
import { sourceOptions } from "../input/sources.ts";
import { examples } from "../output/examples.ts";
import { OUTPUT_FORMATS } from "./compile.ts";
import type { LintRequest } from "./lint/run.ts";

/** `calicoctl lint`: everything that a compile finds, and nothing written. */
export function lintCommand(): Command {
  const command = new Command("lint").description(
    "Say what is wrong with resources, alone, together and on their nodes, and write nothing",
  );
  return targetOptions(sourceOptions(command))
    .addOption(iptablesBackendOption())
    .addOption(
      new Option("--fail-on <severity>", "the mildest finding for exit code 1")
        .choices(["error", "warning", "info"])
        .default("error"),
    )
    .addOption(
      new Option("-o, --output <format>", "how to report").choices([...OUTPUT_FORMATS]).default("text"),
    )
    .addHelpText(
      "after",
      examples({
        "calicoctl lint -f policies/ --inventory inventory.yaml --fail-on warning":
          "policies, as part of the cluster that they are for",
        "calicoctl lint -f policies/ -o github": "as notes beside the lines of a pull request",
      }),
    )
    .action(async (request: LintRequest) => {
      const { runLint } = await import("./lint/run.ts");
      process.exitCode = await runLint(request);
    });
}
