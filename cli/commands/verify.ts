import { Command, Option } from "commander";
import { iptablesBackendOption, targetOptions } from "../input/compile-options.ts";
import { sourceOptions } from "../input/sources.ts";
import { examples } from "../output/examples.ts";
import type { VerifyRequest } from "./verify/run.ts";

/** `calicoctl verify`: proves that the files do with every packet what the resources say. */
export function verifyCommand(): Command {
  const command = new Command("verify").description(
    "Prove that every node's files do with every packet what the resources say",
  );
  return targetOptions(sourceOptions(command))
    .addOption(iptablesBackendOption())
    .option("--node <name...>", "only these nodes (default: every node)")
    .option(
      "--bundle <dir>",
      "prove the files of this bundle, or directory of bundles, instead of fresh ones",
    )
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
