import { Argument, Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { ending, inputOptions } from "../resources/command.ts";
import type { WriteRequest } from "../resources/write.ts";
import { hostOptions } from "./apply/options.ts";
import type { ApplyRequest } from "./apply/run.ts";
import { confirmOption } from "./confirm/options.ts";

/** `calicoctl apply`: `-f` writes resources to the datastore; a plan or a bundle is what this host shall enforce. */
export function applyCommand(): Command {
  const command = inputOptions(new Command("apply"))
    .description(
      "Write the resources of files to the datastore with -f; or make this host enforce a plan or a bundle that was made for it, whole or not at all",
    )
    .addArgument(
      new Argument(
        "[plan|bundle]",
        "the file that plan --out wrote; or a node's bundle, or the directory of bundles that compile wrote",
      ),
    )
    .option("--node <name>", "whose part (default: the node on record, or else that of the host's name)")
    .option(
      "--accept-window",
      "go on where packets may meet part of the old and of the new policy for a moment",
    )
    .option("--exact", "of a plan: refuse it if anything of ours has changed since it was made")
    .option("--replan", "of a plan: only tell what has changed since, and what is left to change")
    .option("--cut", "then end connections that may not begin any more, which the kernel lets go on")
    .addOption(confirmOption());
  return hostOptions(command)
    .addHelpText(
      "after",
      examples({
        "calicoctl apply -f policies/": "create or update the resources of a directory in the datastore",
        "calicoctl get gnp -o yaml | calicoctl apply -f -": "changes nothing",
        "sudo calicoctl apply out/node-1": "make this host enforce what was compiled for it",
      }),
    )
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .action(async (path: string | undefined, request: ApplyRequest & WriteRequest) => {
      const { meaningOf } = await import("./apply/meaning.ts");
      const meaning = meaningOf(path, request);
      if (meaning.kind === "resources") {
        const { applyResources } = await import("../resources/write.ts");
        process.exitCode = await ending(() => applyResources(request));
        return;
      }
      const { runApply } = await import("./apply/run.ts");
      process.exitCode = await runApply(meaning.path, request);
    });
}
