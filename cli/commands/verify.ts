import { Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import type { VerifyRequest } from "./verify/run.ts";

/** `calicoctl verify`: proves that the files do with every packet what the resources say. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("Prove that every node's files do with every packet what the resources say")
    .option("-f, --filename <path...>", "files, directories (recursive), globs, or - for standard input")
    .option("--datastore", "the resources that the datastore holds, in place of -f")
    .option("-c, --config <file>", "how to connect to the datastore (default: the environment)")
    .option("--node <name...>", "only these nodes (default: every node)")
    .option("--inventory <file>", "a saved inventory (pods, nodes, blocks) beside the resources")
    .option(
      "--bundle <dir>",
      "prove the files of this bundle, or directory of bundles, instead of fresh ones",
    )
    .addOption(
      new Option("--iptables-backend <variant>", "the host's iptables variant").choices(["nft", "legacy"]),
    )
    .option("--features <default|host|file>", "what the target host can do", "default")
    .option("--interface-prefix <prefix>", "first part of the names of pods' interfaces (default: cali)")
    .addOption(new Option("-o, --output <format>", "how to report").choices(["text", "json"]).default("text"))
    .addHelpText(
      "after",
      examples({
        "calicoctl verify -f policies/ -f cluster.yaml": "prove a compile of these files",
        "calicoctl verify -f policies/ --inventory inventory.yaml --bundle out/":
          "prove bundles that are there",
      }),
    )
    .action(async (request: VerifyRequest) => {
      const { runVerify } = await import("./verify/run.ts");
      process.exitCode = await runVerify(request);
    });
}
