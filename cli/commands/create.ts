import { Command } from "commander";
import { examples } from "../output/examples.ts";
import { ending, inputOptions } from "../resources/command.ts";
import type { WriteRequest } from "../resources/write.ts";

/** `calicoctl create`: makes resources that are not there yet. */
export function createCommand(): Command {
  const command = inputOptions(
    new Command("create").description("Create the resources of files; those that exist are errors"),
  ).option("--skip-exists", "leave resources that exist as they are");
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl create -f policies/": "all resources of a directory",
        "calicoctl create -f pools.yaml --skip-exists": "pools, unless they are there",
      }),
    )
    .action(async (request: WriteRequest) => {
      const { createResources } = await import("../resources/write.ts");
      process.exitCode = await ending(() => createResources(request));
    });
}
