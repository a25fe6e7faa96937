import { Command } from "commander";
import { datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { ClusterDiagsRequest } from "./cluster/diags.ts";

/** `calicoctl cluster`: the cluster as a whole. */
export function clusterCommand(): Command {
  const cluster = new Command("cluster").description("The cluster as a whole");
  datastoreOptions(
    cluster
      .command("diags")
      .description("Pack what the datastore holds and what Calico's pods and nodes say into one archive"),
  )
    .option(
      "--since <duration>",
      "only logs that are newer than this many seconds, minutes or hours: 90s, 10m, 2h",
      "0s",
    )
    .option("--max-logs <number>", "pods of each component whose logs are taken", "5")
    .option("--max-parallelism <number>", "tools that may run at once", "10")
    .option("--focus-nodes <names>", "nodes whose pods come first, separated by commas")
    .option("--skip-temp-dir-cleanup", "leave what was packed in its temporary directory, too")
    .addHelpText(
      "after",
      examples({
        "calicoctl cluster diags": "all of it, into the working directory",
        "calicoctl cluster diags --since 1h --focus-nodes node-3": "the last hour, node-3 first",
      }),
    )
    .action(async (request: ClusterDiagsRequest) => {
      const { runClusterDiags } = await import("./cluster/diags.ts");
      process.exitCode = await ending(() => runClusterDiags(request));
    });
  return cluster;
}
