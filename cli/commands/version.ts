import { Command } from "commander";
import { datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { VersionRequest } from "./version/run.ts";

/** `calicoctl version`: of this program and of the cluster. */
export function versionCommand(): Command {
  const command = datastoreOptions(
    new Command("version").description("Show the versions of client and cluster"),
  )
    .option("--client", "only that of this program")
    .option("--poll <duration>", "look again after each 10s, 1m, 1h, and show what has changed");
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl version": "both versions",
        "calicoctl version --client": "without a datastore",
      }),
    )
    .action(async (request: VersionRequest) => {
      const { runVersion } = await import("./version/run.ts");
      process.exitCode = await ending(() => runVersion(request));
    });
}
