import { Argument, Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { hostOptions } from "./apply/options.ts";
import type { DriftRequest } from "./drift/run.ts";

/** `calicoctl drift`: what on this host differs from what was applied. */
export function driftCommand(): Command {
  const command = new Command("drift")
    .description(
      "Say what of ours on this host differs from what was last applied (exit code 2), and repair it",
    )
    .addArgument(new Argument("[bundle]", "compare with this bundle instead"))
    .option("--node <name>", "whose bundle (default: the node on record, or else that of the host's name)")
    .option("--repair", "make it again as it was applied");
  return hostOptions(command)
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .addHelpText("after", examples({ "sudo calicoctl drift": "what somebody else has changed" }))
    .action(async (bundle: string | undefined, request: DriftRequest) => {
      const { runDrift } = await import("./drift/run.ts");
      process.exitCode = await runDrift(bundle, request);
    });
}
