import { Command, Option } from "commander";
import { targetOptions } from "../input/compile-options.ts";
import { sourceOptions } from "../input/sources.ts";
import { examples } from "../output/examples.ts";
import { hostOptions } from "./apply/options.ts";
import type { PlanRequest } from "./plan/request.ts";

/** `calicoctl plan`: what a change of the resources changes on the nodes, before it does. */
export function planCommand(): Command {
  const command = new Command("plan").description(
    "Show what the resources would change: rules, sets, routes, BGP, and which connections",
  );
  targetOptions(sourceOptions(command), "host with live, as the bundle with a bundle")
    .option(
      "--against <what>",
      "what they are held against: live (this host), datastore, a bundle or directory of bundles, other resources, or a git commit (default: live, as root)",
    )
    .option(
      "--node <name...>",
      "only these nodes (default: every node; with live: the one on record, or else that of the host's name)",
    )
    .option("--full", "show what stays as it is, too")
    .option("--detailed-exitcode", "exit with 2 if anything changes (0: nothing, 1: an error)")
    .option("--out <file>", "write the plan, so that 'apply' does exactly this");
  return hostOptions(command)
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      examples({
        "sudo calicoctl plan -f policies/ --inventory inventory.yaml": "what would change on this host",
        "calicoctl plan -f policies/ --inventory inventory.yaml --against HEAD --out plan.json":
          "what the edit of the files changes, to be applied",
        "calicoctl plan -f policies/ --against datastore": "what an apply -f would change on every node",
      }),
    )
    .action(async (request: PlanRequest) => {
      const { runPlan } = await import("./plan/run.ts");
      process.exitCode = await runPlan(request);
    });
}
