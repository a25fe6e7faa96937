import { Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { ConvertRequest } from "./convert/run.ts";

/** `calicoctl convert`: custom resources as Kubernetes stores them → resources as people write them. */
export function convertCommand(): Command {
  return new Command("convert")
    .description(
      "Print resources of crd.projectcalico.org/v1, as Kubernetes stores them, as projectcalico.org/v3",
    )
    .requiredOption("-f, --filename <path...>", "files, directories, or - for standard input")
    .option("-R, --recursive", "directories with all below them")
    .addOption(new Option("-o, --output <format>", "how to print").choices(["yaml", "json"]).default("yaml"))
    .addHelpText(
      "after",
      examples({
        "kubectl get ippools.crd.projectcalico.org -o yaml | calicoctl convert -f - > pools.yaml":
          "pools of a cluster, to be applied to another",
      }),
    )
    .action(async (request: ConvertRequest) => {
      const { runConvert } = await import("./convert/run.ts");
      process.exitCode = await ending(() => runConvert(request));
    });
}
