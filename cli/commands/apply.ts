import { Argument, Command, Option } from "commander";
import { hostOptions } from "./apply/options.ts";
import type { ApplyRequest } from "./apply/run.ts";
import { confirmOption } from "./confirm/options.ts";

/** `calicoctl apply`: makes this host enforce a plan or a bundle. */
export function applyCommand(): Command {
  const command = new Command("apply")
    .description("Make this host enforce a plan or a bundle that was made for it, whole or not at all")
    .addArgument(
      new Argument(
        "[plan|bundle]",
        "the file that plan --out wrote; or a node's bundle, or the directory of bundles that compile wrote",
      ),
    )
    .option("-f, --filename <path...>", "write resources to the datastore (not there yet)")
    .option("--node <name>", "whose part (default: the host's name)")
    .option(
      "--accept-window",
      "go on where packets may meet part of the old and of the new policy for a moment",
    )
    .option("--exact", "of a plan: refuse it if anything of ours has changed since it was made")
    .option("--replan", "of a plan: only tell what has changed since, and what is left to change")
    .option("--cut", "then end connections that may not begin any more, which the kernel lets go on")
    .addOption(confirmOption());
  for (const option of hostOptions()) command.addOption(option);
  return command
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .action(async (path: string | undefined, request: ApplyRequest) => {
      const { runApply } = await import("./apply/run.ts");
      process.exitCode = await runApply(path, request);
    });
}
