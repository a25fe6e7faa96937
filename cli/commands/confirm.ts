import { Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { hostOptions } from "./apply/options.ts";
import { WATCHDOG } from "./confirm/options.ts";
import type { ConfirmRequest } from "./confirm/run.ts";
import type { WatchdogRequest } from "./confirm/watchdog.ts";

/** `calicoctl confirm`: keeps a change that was applied with `--confirm-timeout`. */
export function confirmCommand(): Command {
  const command = new Command("confirm").description(
    "Keep the change that was applied with --confirm-timeout, which else is taken back",
  );
  return hostOptions(command)
    .addHelpText(
      "after",
      examples({
        "sudo calicoctl confirm": "after an 'apply --confirm-timeout 60' that has not cut this host off",
      }),
    )
    .action(async (request: ConfirmRequest) => {
      const { runConfirm } = await import("./confirm/run.ts");
      process.exitCode = await runConfirm(request);
    });
}

/** What waits for the deadline in the background; nobody types it. */
export function watchdogCommand(): Command {
  return new Command(WATCHDOG)
    .requiredOption("--token <token>")
    .addOption(new Option("--iptables-backend <variant>").choices(["nft", "legacy"]).makeOptionMandatory())
    .option("--netns <name>")
    .action(async (request: WatchdogRequest) => {
      const { runWatchdog } = await import("./confirm/watchdog.ts");
      await runWatchdog(request);
    });
}
