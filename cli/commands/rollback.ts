import { Argument, Command, InvalidArgumentError } from "commander";
import { examples } from "../output/examples.ts";
import { hostOptions } from "./apply/options.ts";
import { confirmOption } from "./confirm/options.ts";
import type { RollbackRequest } from "./rollback/run.ts";

/** `calicoctl rollback`: an earlier policy for the cluster of today. */
export function rollbackCommand(): Command {
  const number = new Argument("[number]", "of the history (default: the one before what is in force)");
  const command = new Command("rollback")
    .description("Make this host enforce an earlier policy, compiled against the inventory of today")
    .addArgument(
      number.argParser((text) => {
        if (!/^[1-9]\d{0,8}$/.test(text))
          throw new InvalidArgumentError("Give a number that 'history' lists.");
        return Number(text);
      }),
    )
    .option(
      "-f, --filename <path...>",
      "resources to take today's inventory from (default: the last applied)",
    )
    .option(
      "--accept-window",
      "go on where packets may meet part of the old and of the new policy for a moment",
    )
    .addOption(confirmOption());
  return hostOptions(command)
    .addHelpText("after", examples({ "sudo calicoctl rollback": "the policy before this one" }))
    .action(async (chosen: number | undefined, request: RollbackRequest) => {
      const { runRollback } = await import("./rollback/run.ts");
      process.exitCode = await runRollback(chosen, request);
    });
}
