import { Option } from "commander";

/** Options of every command that touches this host. */
export function hostOptions(): readonly Option[] {
  return [
    new Option("--iptables-backend <variant>", "the host's iptables variant").choices(["nft", "legacy"]),
    new Option("--bird-config <file>", "what BIRD reads (default: /etc/calico/bird/bird.conf)"),
    new Option("--bird-socket <file>", "BIRD's control socket (default: that of birdc)"),
    new Option("--netns <name>", "for tests: run all tools in this network namespace").hideHelp(),
  ];
}
