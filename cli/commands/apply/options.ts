import { Option } from "commander";
import { iptablesBackendOption } from "../../input/compile-options.ts";

/** Options of every command that touches this host. */
export function hostOptions(): readonly Option[] {
  return [
    iptablesBackendOption(),
    new Option("--bird-config <file>", "what BIRD reads (default: /etc/calico/bird/bird.conf)"),
    new Option("--bird-socket <file>", "BIRD's control socket (default: that of birdc)"),
    new Option("--netns <name>", "for tests: run all tools in this network namespace").hideHelp(),
  ];
}
