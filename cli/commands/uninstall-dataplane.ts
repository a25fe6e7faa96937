import { Command } from "commander";
import { hostOptions } from "./apply/options.ts";
import type { UninstallRequest } from "./uninstall-dataplane/run.ts";

/** `calicoctl uninstall-dataplane`: takes everything of ours off this host. */
export function uninstallDataplaneCommand(): Command {
  const command = new Command("uninstall-dataplane").description(
    "Remove the rules, sets, routes, devices and BIRD configuration that are ours from this host, and nothing else",
  );
  for (const option of hostOptions()) command.addOption(option);
  return command.action(async (request: UninstallRequest) => {
    const { runUninstall } = await import("./uninstall-dataplane/run.ts");
    process.exitCode = await runUninstall(request);
  });
}
