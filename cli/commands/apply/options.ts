import type { Command } from "commander";
import { iptablesBackendOption } from "../../input/compile-options.ts";

/** Options of every command that works with this host. */
export function hostOptions(command: Command): Command {
  return command
    .addOption(iptablesBackendOption())
    .option("--bird-config <file>", "what BIRD reads (default: /etc/calico/bird/bird.conf)")
    .option("--bird-socket <file>", "BIRD's control socket (default: that of birdc)")
    .option(
      "--netns <name>",
      "take this network namespace for the host, to try a change (files are the machine's)",
    );
}
