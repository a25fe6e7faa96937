import { Command } from "commander";
import { datastoreOptions } from "../datastore/options.ts";
import { examples } from "../output/examples.ts";
import { ending } from "../resources/command.ts";
import type { LabelRequest } from "./label/run.ts";

/** `calicoctl label`: sets, changes and removes a label of one resource. */
export function labelCommand(): Command {
  const command = datastoreOptions(
    new Command("label")
      .description("Set or remove a label of a resource")
      .argument("<kind>")
      .argument("<name>")
      .argument("<label>", "key=value, or with --remove the key"),
  )
    .option("-n, --namespace <name>", 'the namespace of a namespaced resource (default: "default")')
    .option("--overwrite", "change a label that is there")
    .option("--remove", "remove the label");
  return command
    .addHelpText(
      "after",
      examples({
        "calicoctl label nodes node-1 rack=4": "set a label",
        "calicoctl label nodes node-1 rack=5 --overwrite": "change it",
        "calicoctl label nodes node-1 rack --remove": "remove it",
      }),
    )
    .action(async (kind: string, name: string, label: string, request: LabelRequest) => {
      const { runLabel } = await import("./label/run.ts");
      process.exitCode = await ending(() => runLabel(kind, name, label, request));
    });
}
