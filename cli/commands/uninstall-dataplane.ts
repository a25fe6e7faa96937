import { Command } from "commander";
import { examples } from "../output/examples.ts";
import { hostOptions } from "./apply/options.ts";
import type { UninstallRequest } from "./uninstall-dataplane/run.ts";

/** `calicoctl uninstall-dataplane`: takes everything of ours off this host. */
export function uninstallDataplaneCommand(): Command {
  const command = new Command("uninstall-dataplane").description(
    "Remove the rules, sets, routes, devices and BIRD configuration that are ours from this host, and nothing else",
  );
  return hostOptions(command)
    .addHelpText(
      "after",
      examples({
        "sudo calicoctl uninstall-dataplane": "leave the host as if nothing of ours had been there",
      }),
    )
    .action(async (request: UninstallRequest) => {
      const { runUninstall } = await import("./uninstall-dataplane/run.ts");
      process.exitCode = await runUninstall(request);
    });
}
