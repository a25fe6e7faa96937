import { Command, InvalidArgumentError, Option } from "commander";
import { examples } from "../output/examples.ts";
import type { CompileRequest } from "./compile/run.ts";

export const OUTPUT_FORMATS = ["text", "json", "github", "sarif", "junit"] as const;

/** `calicoctl compile`: resources in, every node's artifacts out. */
export function compileCommand(): Command {
  return new Command("compile")
    .description("Compile resources into the artifacts of every node")
    .option("-f, --filename <path...>", "files, directories (recursive), globs, or - for standard input")
    .option("--datastore", "the resources that the datastore holds, in place of -f")
    .option("-c, --config <file>", "how to connect to the datastore (default: the environment)")
    .option("--node <name...>", "only these nodes (default: every node)")
    .option("--out-dir <dir>", "where the bundles go, one directory a node", "out")
    .option("--inventory <file>", "a saved inventory (pods, nodes, blocks) to compile the resources against")
    .addOption(
      new Option("--iptables-backend <variant>", "the host's iptables variant").choices(["nft", "legacy"]),
    )
    .option("--features <default|host|file>", "what the target host can do", "default")
    .option("--host-mtu <bytes>", "smallest MTU of the hosts' interfaces, from which tunnels get theirs", mtu)
    .addOption(
      new Option(
        "--router-id <from>",
        "what BGP speakers are known by: their IPv4 address or a hash of their name",
      )
        .choices(["address", "hash"])
        .default("address"),
    )
    .option("--emit-ir", "also write ir.txt, the node's intermediate representation, into each bundle")
    .option("--dump-after <pass>", "print the IR after this stage ('lower' or a pass) to standard output")
    .option("--keep-going", "write the nodes without errors even when others have some")
    .addOption(
      new Option("-o, --output <format>", "how to report").choices([...OUTPUT_FORMATS]).default("text"),
    )
    .addHelpText(
      "after",
      examples({
        "calicoctl compile -f policies/ -f cluster.yaml": "every node's bundle, below out/",
        "calicoctl compile --datastore --node node-1 --features host":
          "what this host shall be, from the datastore",
      }),
    )
    .action(async (request: CompileRequest) => {
      const { runCompile } = await import("./compile/run.ts");
      process.exitCode = await runCompile(request);
    });
}

function mtu(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 576 || value > 65535)
    throw new InvalidArgumentError("a number of bytes from 576 to 65535");
  return value;
}
