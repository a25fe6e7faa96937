import { Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { hostOptions } from "./apply/options.ts";
import type { HistoryRequest } from "./history/run.ts";

/** `calicoctl history`: the policies that this host has enforced. */
export function historyCommand(): Command {
  const command = new Command("history").description(
    "List the last policies of this host, which 'calicoctl rollback' goes back to",
  );
  return hostOptions(command)
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .addHelpText("after", examples({ "sudo calicoctl history": "what this host enforced before, by number" }))
    .action(async (request: HistoryRequest) => {
      const { runHistory } = await import("./history/run.ts");
      process.exitCode = await runHistory(request);
    });
}
