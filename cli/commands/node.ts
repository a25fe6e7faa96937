import { Command, Option } from "commander";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { ChecksystemRequest } from "./node/checksystem.ts";
import type { NodeDiagsRequest } from "./node/diags.ts";
import type { NodeStatusRequest } from "./node/status.ts";

/** `calicoctl node`: what runs on this node, and whether it can. */
export function nodeCommand(): Command {
  const node = new Command("node").description("What runs on this node, and whether it can");
  node
    .command("status")
    .description("BGP peers of this node and the state of their sessions")
    .addOption(
      new Option(
        "--bird-socket <file>",
        "BIRD's control socket (default: Calico's and BIRD's own places, the first that is there)",
      ).env("CALICO_BIRD_SOCKET"),
    )
    .addOption(
      new Option("-o, --output <format>", "how to report; json: the content of a CalicoNodeStatus")
        .choices(["table", "json"])
        .default("table"),
    )
    .addHelpText("after", examples({ "sudo calicoctl node status": "sessions as a table" }))
    .action(async (request: NodeStatusRequest) => {
      const { runNodeStatus } = await import("./node/status.ts");
      process.exitCode = await runNodeStatus(request);
    });
  node
    .command("diags")
    .description("Pack what this machine's tools and logs say of its network into one archive")
    .option("--log-dir <directory>", "where Calico's logs are", "/var/log/calico")
    .addHelpText(
      "after",
      examples({ "sudo calicoctl node diags": "the last line says where the archive is" }),
    )
    .action(async (request: NodeDiagsRequest) => {
      const { runNodeDiags } = await import("./node/diags.ts");
      process.exitCode = await ending(() => runNodeDiags(request));
    });
  node
    .command("checksystem")
    .description("Whether the kernel of this machine has what Calico needs")
    .option(
      "-f, --kernel-config <file>",
      "the kernel's configuration as plain text (default: where distributions keep it, or /proc/config.gz)",
    )
    .addHelpText("after", examples({ "sudo calicoctl node checksystem": "each need with OK, SKIP or FAIL" }))
    .action(async (request: ChecksystemRequest) => {
      const { runChecksystem } = await import("./node/checksystem.ts");
      process.exitCode = await ending(() => runChecksystem(request));
    });
  return node;
}
