import { Command, Option } from "commander";
import { iptablesBackendOption, targetOptions } from "../input/compile-options.ts";
import { sourceOptions } from "../input/sources.ts";
import { examples } from "../output/examples.ts";
import type { CompileRequest } from "./compile/run.ts";

export const OUTPUT_FORMATS = ["text", "json", "github", "sarif", "junit"] as const;

/** `calicoctl compile`: resources in, every node's artifacts out. */
export function compileCommand(): Command {
  const command = new Command("compile").description("Compile resources into the artifacts of every node");
  return targetOptions(sourceOptions(command))
    .addOption(iptablesBackendOption())
    .option("--node <name...>", "only these nodes (default: every node)")
    .option("--out-dir <dir>", "where the bundles go, one directory a node", "out")
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
