import { Command, InvalidArgumentError, Option } from "commander";
import { iptablesBackendOption, targetOptions } from "../input/compile-options.ts";
import { sourceOptions } from "../input/sources.ts";
import { examples } from "../output/examples.ts";
import type { ExplainRequest } from "./explain/run.ts";

/** `calicoctl explain`: what becomes of one packet, and because of what. */
export function explainCommand(): Command {
  const command = new Command("explain").description(
    "Say what becomes of a packet, by which policies and by which emitted rules",
  );
  return targetOptions(sourceOptions(command))
    .addOption(iptablesBackendOption())
    .requiredOption("--from <end>", "NAMESPACE/POD, an IP address, node/NAME, or host")
    .requiredOption("--to <end>", "the same")
    .option("--proto <protocol>", "name (tcp, udp, sctp, icmp, …) or number", "tcp")
    .option("--dport <port>", "destination port", number(65_535))
    .option("--sport <port>", "source port", number(65_535), 40_000)
    .option("--icmp-type <type>", "type of an ICMP packet (default: echo request)", number(255))
    .option("--icmp-code <code>", "code of an ICMP packet", number(255), 0)
    .addOption(
      new Option("--ip-version <version>", "where both ends have addresses of both").choices(["4", "6"]),
    )
    .option("--node <name>", "judge this node only")
    .option("--uplink <interface>", "the nodes' interface towards other hosts (default: as the Node says)")
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      examples({
        "calicoctl explain -f cluster/ --from shop/web-1 --to shop/db-1 --dport 5432":
          "may the web server reach its database?",
      }),
    )
    .action(async (request: ExplainRequest) => {
      const { runExplain } = await import("./explain/run.ts");
      process.exitCode = await runExplain(request);
    });
}

function number(max: number): (text: string) => number {
  return (text) => {
    if (!/^\d{1,5}$/.test(text) || Number(text) > max)
      throw new InvalidArgumentError(`Not a number from 0 to ${max}.`);
    return Number(text);
  };
}
